// A fingerprint: what decides how bytes are read, and the bytes; both by their digests.
#include "daemon/engine/stage/glance.hpp"

#include "base/quick_hash.hpp"
#include "connectors/api/attachment.hpp"
#include "daemon/engine/limits.hpp"
#include "schema/json_pieces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

namespace gramsetu::engine {

namespace {

using connectors::Glance;
using store::ShadowMark;

// Raised when the same mapping comes to read the same bytes otherwise.
constexpr int kReading = 1;
// Enough of a digest that no two records have one fingerprint by chance; together they fit into a string without an
// allocation. Who makes two on purpose hides his own change from us, and could as well not send it.
constexpr std::size_t kMappingBytes = 5, kRecordBytes = 10;

// Everything that decides what a record's bytes mean and whether they are good.
std::string mapping_print(const Flow& flow)
{
  const auto& stream = *flow.stream;
  auto all = fmt::format(
      "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", kReading, as_bytes(flow.entity->digest),
      as_bytes(schema::digest_of(stream.fields)), stream.id_pointer, stream.version_pointer,
      stream.modified_pointer, stream.modified_format,
      stream.modified_zone ? stream.modified_zone->count() : 0, static_cast<int>(stream.deletes),
      stream.deleted_pointer, fmt::join(stream.deleted_values, ","));
  all +=
      fmt::format("|{}|{}|{}", flow.area.state, flow.area.district, fmt::join(flow.parents, ","));
  return std::string(as_bytes(sha256(all)).substr(0, kMappingBytes));
}

class Glancer {
public:
  // False where the record's key or parents are not simply said.
  static std::unique_ptr<Glancer> make(Run& run, const LookOf& of);

  Result<std::vector<Glance>> look(std::span<const std::string_view> records);

private:
  Glancer(Run& run, const LookOf& of)
      : run_(run), of_(of), takes_prints_only_(of.direct || run.inbox_held)
  {
  }

  // A record that may be known: what its bytes say.
  struct Found {
    std::string key;
    std::size_t index = 0;
    std::size_t picked = 0; // where its picks begin in `picked_`
  };

  void find(std::span<const std::string_view> records);
  Result<bool> has_parents(store::Tx& tx, const Found& found);
  std::string key_in(const std::vector<std::string_view>& picked) const;
  Result<void> compare(store::Tx& tx, std::vector<Glance>& glances);
  std::string_view cursor_of(const Found& found) const;

  Run& run_;
  LookOf of_;
  bool takes_prints_only_;
  bool fruitless_ = false; // no key that was guessed was one
  std::string mapping_;
  std::vector<std::string> parents_;              // entities, as the picks after the key's say
  std::unique_ptr<schema::JsonPicks> picks_ = {}; // key, parents, cursor
  // Of the page that is looked at: which of its records may be known, by key, and what was picked out of them.
  std::vector<Found> found_;
  std::vector<std::string_view> picked_;
};

std::unique_ptr<Glancer> Glancer::make(Run& run, const LookOf& of)
{
  const auto& flow = run.flow;
  const auto& entity = *flow.entity;
  if (entity.versions || entity.succession || !connectors::attachments_of(*flow.stream).empty())
    return nullptr;
  std::unique_ptr<Glancer> glancer(new Glancer(run, of));
  std::vector<std::string> pointers;
  const auto add = [&](std::size_t field) {
    const auto pointer = flow.stream->mapping->sole_pointer(field);
    if (pointer) pointers.push_back(*pointer);
    return pointer.has_value();
  };
  for (const auto field : entity.key)
    if (!add(field)) return nullptr;
  for (const auto& parent : entity.parents) {
    if (!is_enforced(flow, parent)) continue;
    if (!add(parent.field)) return nullptr;
    glancer->parents_.push_back(parent.entity);
  }
  if (!flow.stream->cursor_pointer.empty()) pointers.push_back(flow.stream->cursor_pointer);
  glancer->picks_ = std::make_unique<schema::JsonPicks>(pointers);
  glancer->mapping_ = mapping_print(flow);
  return glancer;
}

// A guess: where it is none of the hub's keys, the record is read.
std::string Glancer::key_in(const std::vector<std::string_view>& picked) const
{
  const auto parts = run_.flow.entity->key.size();
  if (parts == 1) return std::string(picked.front());
  std::string key;
  for (std::size_t i = 0; i < parts; ++i) {
    if (picked[i].empty()) continue;
    if (!key.empty()) key += '/';
    key += schema::key_part(schema::Value(picked[i]), true);
  }
  return key;
}

Result<bool> Glancer::has_parents(store::Tx& tx, const Found& found)
{
  const auto* parent = picked_.data() + found.picked + run_.flow.entity->key.size();
  for (std::size_t i = 0; i < parents_.size(); ++i) {
    const auto key = parent[i];
    if (key.empty()) continue;
    TRY(const bool there, of_.parents.is_there(tx, run_.flow, parents_[i], key));
    if (!there) return false;
  }
  return true;
}

std::string_view Glancer::cursor_of(const Found& found) const
{
  if (run_.flow.stream->cursor_pointer.empty()) return {};
  return picked_[found.picked + run_.flow.entity->key.size() + parents_.size()];
}

// Which of the records may be known, in the order of their keys. Needs no store: others use it meanwhile.
void Glancer::find(std::span<const std::string_view> records)
{
  found_.clear();
  picked_.clear();
  std::vector<std::string_view> picked;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!picks_->pick(records[i], picked)) continue;
    found_.push_back({key_in(picked), i, picked_.size()});
    picked_.insert(picked_.end(), picked.begin(), picked.end());
  }
  const auto in_order = [](const Found& a, const Found& b) { return a.key < b.key; };
  if (!std::is_sorted(found_.begin(), found_.end(), in_order))
    std::sort(found_.begin(), found_.end(), in_order);
}

Result<void> Glancer::compare(store::Tx& tx, std::vector<Glance>& glances)
{
  std::vector<std::string> keys;
  keys.reserve(found_.size());
  for (auto& found : found_)
    keys.push_back(std::move(found.key));
  TRY_VOID(of_.parents.refresh(tx, run_.flow));
  TRY(const auto marks, tx.marks(run_.flow.id, keys));
  fruitless_ = std::none_of(marks.begin(), marks.end(), [](const auto& mark) { return mark; });
  for (std::size_t i = 0; i < found_.size(); ++i) {
    auto& glance = glances[found_[i].index];
    if (!marks[i] || marks[i]->deleted || marks[i]->fingerprint != glance.fingerprint) continue;
    TRY(const bool parents, has_parents(tx, found_[i]));
    if (!parents) continue;
    glance.known = true;
    glance.cursor = cursor_of(found_[i]);
    of_.left_out.push_back(std::move(keys[i]));
  }
  return {};
}

Result<std::vector<Glance>> Glancer::look(std::span<const std::string_view> records)
{
  of_.left_out.clear();
  std::vector<Glance> glances(records.size());
  if (fruitless_) return glances;
  for (std::size_t i = 0; i < records.size(); ++i) {
    glances[i].fingerprint.reserve(kMappingBytes + kRecordBytes);
    glances[i].fingerprint = mapping_;
    const auto hash = wide_quick_hash(records[i]);
    glances[i].fingerprint.append(reinterpret_cast<const char*>(hash.data()), kRecordBytes);
  }
  if (takes_prints_only_) return glances;
  find(records);
  TRY_VOID(run_.services.store.transact([&](store::Tx& tx) { return compare(tx, glances); }));
  return glances;
}

} // namespace

connectors::Look look_of(Run& run, const LookOf& of)
{
  std::shared_ptr<Glancer> glancer = Glancer::make(run, of);
  if (!glancer) return {};
  return [glancer](std::span<const std::string_view> records) { return glancer->look(records); };
}

void note_fingerprint(std::vector<Seen>& some, const store::InboxRow& news, const ShadowMark& mark)
{
  if (news.fingerprint.empty() || news.deleted || news.fingerprint == mark.fingerprint) return;
  const bool moved = mark.fingerprint.starts_with(news.fingerprint.substr(0, kMappingBytes));
  some.push_back({news.key, news.fingerprint, moved});
}

Result<void> remember_bytes(store::Tx& tx, const Flow& flow, const std::vector<Seen>& some,
                            std::size_t size)
{
  const auto moved = static_cast<std::size_t>(
      std::count_if(some.begin(), some.end(), [](const auto& one) { return one.moved; }));
  const bool restless = moved * kRestlessShare > size;
  for (const auto& one : some)
    if (!one.moved || !restless) TRY_VOID(tx.put_fingerprint(flow.id, one.key, one.fingerprint));
  return {};
}

} // namespace gramsetu::engine
