// One record: mapped to its entity, checked against it and against the hub's area.
#include "connectors/api/extract.hpp"
#include "daemon/engine/places/places.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/store/erasure.hpp"
#include "schema/canonical.hpp"
#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using connectors::RemoteRecord;
using schema::Record;
using schema::Value;

Rejected reject(const RemoteRecord& remote, std::string key, std::string code, std::string reason)
{
  return {std::move(key), std::move(code), std::move(reason), "", schema::to_json(remote.body), ""};
}

Rejected reject(const RemoteRecord& remote, std::string key, const schema::Problem& problem)
{
  auto rejected = reject(remote, std::move(key), problem.code, problem.text);
  rejected.pointer = problem.pointer;
  return rejected;
}

std::string text_of(const Record& record, std::optional<std::size_t> field)
{
  if (!field || !record.fields[*field].is_text()) return {};
  return record.fields[*field].text();
}

// Why the record is none of the hub's, or nothing. A place that has been here and moves away stays: its records
// name it, and where it went is news.
Result<std::string> not_ours(store::Tx& tx, const Flow& flow, const std::string& key,
                             const Record& record)
{
  auto why = why_outside(flow, record);
  if (why.empty() || !flow.entity->versions) return why;
  TRY(const auto known, tx.record(flow.entity->name, key));
  return known && !known->deleted ? std::string() : why;
}

// The first parent that is not there, as "entity/key".
Result<std::string> missing_parent(store::Tx& tx, const Flow& flow, const Record& record,
                                   Parents& parents)
{
  for (const auto& parent : flow.entity->parents) {
    const auto key = text_of(record, parent.field);
    if (!is_enforced(flow, parent) || key.empty()) continue;
    TRY(const bool known, parents.is_there(tx, flow, parent.entity, key));
    if (!known) return parent.entity + "/" + key;
  }
  return std::string();
}

// What is known of a parent that is not there.
Result<std::string> why_missing(store::Tx& tx, const std::string& parent)
{
  const auto slash = parent.find('/');
  const auto entity = parent.substr(0, slash), key = parent.substr(slash + 1);
  TRY(const auto row, tx.record(entity, key));
  if (row) return parent + " was deleted; it waits until that is back";
  store::QuarantineQuery query;
  query.entity = entity;
  query.key = key;
  query.state = "open";
  query.limit = 1;
  TRY(const auto parked, tx.quarantine(query));
  if (parked.empty()) return "there is no " + parent + "; it waits until there is";
  return parent + " is in quarantine itself, as number " + std::to_string(parked.front().id) +
         "; it waits until that is solved";
}

// The key of a record: from its own fields, or, for a bare tombstone, from the id it is known by.
Result<std::string> find_key(store::Tx& tx, const Flow& flow, const RemoteRecord& remote,
                             const Record& record)
{
  auto key = key_of(*flow.entity, record);
  if (key || remote.remote_id.empty()) return key;
  TRY(const auto known, tx.key_of_remote(flow.id, remote.remote_id));
  if (known) return *known;
  return key;
}

// What the stream reads for itself is no drift.
bool is_envelope(const connectors::Stream& stream, const std::string& pointer)
{
  return pointer == stream.id_pointer || pointer == stream.version_pointer ||
         pointer == stream.modified_pointer || pointer == stream.deleted_pointer ||
         pointer == stream.cursor_pointer;
}

Digest digest_as_pulled(const Flow& flow, const Record& record)
{
  return digest_of(*flow.entity, record, flow.stream->mapping->pulled());
}

Staged staged(const Flow& flow, std::string key, Mapped mapped)
{
  const auto& remote = *mapped.remote;
  Staged result;
  auto& news = result.news;
  news.flow = flow.id;
  news.key = std::move(key);
  news.remote_id = remote.remote_id.empty() ? news.key : remote.remote_id;
  news.version = remote.version;
  news.deleted = remote.deleted;
  news.fingerprint = remote.fingerprint;
  news.modified = remote.modified;
  if (remote.deleted) {
    result.told.record = Record(*flow.entity);
    return result;
  }
  news.digest = mapped.digest;
  auto& unknown = mapped.read.unknown;
  result.told.record = std::move(mapped.read.record);
  std::erase_if(unknown, [&](const auto& pointer) { return is_envelope(*flow.stream, pointer); });
  for (const auto& pointer : unknown)
    if (const auto* value = schema::at_pointer(remote.body, pointer))
      result.told.unmapped.set(pointer, *value);
  result.unmapped = std::move(unknown);
  news.body = write_base(std::move(mapped.text), result.told.unmapped, {});
  return result;
}

} // namespace

std::string why_outside(const Flow& flow, const Record& record)
{
  const auto state = text_of(record, flow.entity->state);
  const auto district = text_of(record, flow.entity->district);
  if (!flow.area.state.empty() && !state.empty() && state != flow.area.state)
    return "it belongs to state " + state + ", this hub to state " + flow.area.state;
  if (!flow.area.district.empty() && !district.empty() && district != flow.area.district)
    return "it belongs to district " + district + ", this hub to district " + flow.area.district;
  return {};
}

Mapped map_record(const Flow& flow, const RemoteRecord& remote)
{
  Mapped mapped{&remote, flow.stream->mapping->to_record(remote.body), {}};
  // A tombstone needs nothing but its key: its other fields are history.
  if (remote.deleted || !mapped.read.problems.empty()) return mapped;
  mapped.problems = check_record(*flow.entity, mapped.read.record);
  if (!mapped.problems.empty()) return mapped;
  mapped.digest = digest_as_pulled(flow, mapped.read.record);
  mapped.text = encode_record(*flow.entity, mapped.read.record);
  return mapped;
}

namespace {

using Outcome = std::variant<Staged, Rejected>;

// What was erased of a person stays out, whatever the endpoint says; what no mapping reads may be the same.
void leave_out(const Flow& flow, const store::ErasureRow& mark, Mapped& mapped)
{
  for (const auto& name : mark.fields)
    if (const auto field = flow.entity->index_of(name)) mapped.read.record.fields[*field] = Value();
  mapped.read.unknown.clear();
  mapped.digest = digest_as_pulled(flow, mapped.read.record);
  mapped.text = encode_record(*flow.entity, mapped.read.record);
}

Result<Outcome> stage_known(store::Tx& tx, const Flow& flow, Mapped mapped, Parents& parents)
{
  const auto& remote = *mapped.remote;
  const auto& read = mapped.read;
  const auto key = find_key(tx, flow, remote, read.record);
  if (!key && key.error().kind == ErrorKind::corrupt) return tl::unexpected(key.error());
  const std::string known = key.value_or("");
  if (remote.deleted && key) return Outcome(staged(flow, known, std::move(mapped)));
  if (!read.problems.empty()) return Outcome(reject(remote, known, read.problems.front()));
  if (!key) return Outcome(reject(remote, "", "no_key", key.error().what));
  if (!mapped.problems.empty()) return Outcome(reject(remote, known, mapped.problems.front()));
  TRY(const auto foreign, not_ours(tx, flow, known, read.record));
  if (!foreign.empty()) return Outcome(reject(remote, known, "out_of_area", foreign));
  TRY(const auto parent, missing_parent(tx, flow, read.record, parents));
  if (!parent.empty()) {
    TRY(auto why, why_missing(tx, parent));
    auto rejected = reject(remote, known, "parent_missing", std::move(why));
    rejected.waits_for = parent;
    return Outcome(std::move(rejected));
  }
  TRY(const auto mark, store::erasure_of(tx, flow.entity->name, known));
  if (mark) leave_out(flow, *mark, mapped);
  auto good = staged(flow, known, std::move(mapped));
  // A digest of the record's bytes would say what was erased to anyone who can guess it.
  if (mark) good.news.fingerprint.clear();
  return Outcome(std::move(good));
}

} // namespace

Result<Outcome> stage_record(store::Tx& tx, const Flow& flow, Mapped&& mapped, Parents& parents)
{
  TRY(auto outcome, stage_known(tx, flow, std::move(mapped), parents));
  auto* rejected = std::get_if<Rejected>(&outcome);
  if (!rejected || rejected->key.empty()) return outcome;
  // Quarantine keeps a record whole: not this one.
  TRY(const auto mark, store::erasure_of(tx, flow.entity->name, rejected->key));
  if (!mark) return outcome;
  rejected->payload = "{}";
  rejected->reason = rejected->code + "; its words are not kept: it was erased";
  return outcome;
}

Result<Outcome> stage_record(store::Tx& tx, const Flow& flow, const RemoteRecord& remote)
{
  Parents parents;
  return stage_record(tx, flow, map_record(flow, remote), parents);
}

} // namespace gramsetu::engine
