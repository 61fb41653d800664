// Each differing record is looked at again, and then goes the way of all news.
#include "daemon/engine/verify/repair.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/origin.hpp"
#include "daemon/engine/pull/pull.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"
#include "daemon/engine/verify/compare.hpp"
#include "daemon/engine/verify/expected.hpp"
#include "schema/canonical.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using connectors::Reference;
using connectors::Sighting;
using schema::Record;
using schema::Value;
using store::TwinRow;

// Changes of one record that are searched for a value it once had.
constexpr std::size_t kHistoryMax = 1'000;

// Every value that the change log knows of a field of the record.
Result<std::vector<Value>> former_values(store::Tx& tx, const Flow& flow, const std::string& key,
                                         const std::string& field)
{
  store::ChangeQuery query;
  query.entity = flow.entity->name;
  query.key = key;
  query.limit = kHistoryMax;
  query.newest_first = true;
  TRY(const auto changes, tx.changes(query));
  std::vector<Value> values;
  for (const auto& change : changes) {
    if (change.fields.empty()) continue;
    TRY(const Value fields, schema::parse_json(change.fields));
    const auto* pair = fields.is_object() ? fields.object().find(field) : nullptr;
    if (!pair || !pair->is_list()) continue;
    values.insert(values.end(), pair->list().begin(), pair->list().end());
  }
  return values;
}

// Versions that are numbers count up: a higher one is a write that we have not seen.
bool has_gone_on(const std::string& known, const std::string& version)
{
  const auto before = schema::read_integer(known), now = schema::read_integer(version);
  return before && now && *now > *before;
}

// The endpoint shows what it once had, as one that was restored from a backup does: every field that differs
// is one that the hub sends, holds there a value that the hub has superseded since, and is dated before that.
// Such a record is behind, not ahead; and none of its values is lost when it gets the hub's again.
Result<bool> shows_the_past(store::Tx& tx, const Flow& flow, const store::RecordRow& row,
                            const store::InboxRow& news)
{
  if (!flow.pushes || row.deleted || news.deleted || !news.modified) return false;
  TRY(const auto ours, decode_record(*flow.entity, row.body));
  TRY(const auto theirs, read_base(*flow.entity, news.body));
  const auto difference = difference_of(flow, row.key, ours, theirs.record);
  if (!difference) return false;
  const auto origins = read_origins(row.origin);
  for (const auto& field : difference->fields) {
    const auto index = *flow.entity->index_of(field.name);
    const auto& origin = origins.of(field.name);
    const auto since = origin.changed_at.value_or(origin.at);
    if (!flow.stream->mapping->pushed()[index] || *news.modified >= since - flow.clock_doubt)
      return false;
    TRY(const auto values, former_values(tx, flow, row.key, field.name));
    const auto& spec = flow.entity->fields[index];
    const bool known = std::any_of(values.begin(), values.end(), [&](const Value& value) {
      return same_value(spec, value, field.endpoint);
    });
    if (!known) return false;
  }
  return true;
}

// From now on the sides agree on what the endpoint shows; what the hub has beyond it, the endpoint lacks.
Result<void> follow_shadow(store::Tx& tx, store::ShadowRow shadow, const store::InboxRow& news)
{
  shadow.mark = {news.digest, news.version, false};
  shadow.base = news.body;
  shadow.absences = 0;
  return tx.put_shadow(shadow);
}

// What the endpoint's record does not state any more, it does not hold: it was lost and entered anew, say. Only a
// comparison may conclude that; for a sync a field that is not mentioned has not changed.
Result<void> forget_unstated(store::Tx& tx, const Flow& flow, store::ShadowRow shadow,
                             const store::InboxRow& news)
{
  TRY(auto base, read_base(*flow.entity, shadow.base));
  TRY(const auto told, read_base(*flow.entity, news.body));
  for (std::size_t i = 0; i < flow.entity->fields.size(); ++i)
    if (flow.stream->mapping->pulled()[i] && told.record.fields[i].is_absent())
      base.record.fields[i] = {};
  shadow.base = write_base(*flow.entity, base);
  return tx.put_shadow(shadow);
}

// What the endpoint says of the record now.
Result<void> hear(store::Tx& tx, Run& run, const TwinRow& twin, const Sighting& sighting)
{
  TRY(auto outcome, stage_record(tx, run.flow, sighting.record));
  if (auto* rejected = std::get_if<Rejected>(&outcome)) return park(tx, run, twin.slice, *rejected);
  auto& staged = std::get<Staged>(outcome);
  TRY(const auto shadow, tx.shadow(run.flow.id, twin.key));
  TRY(const auto row, tx.record(run.flow.entity->name, twin.key));
  if (shadow && !shadow->mark.deleted && row &&
      !has_gone_on(shadow->mark.version, staged.news.version)) {
    TRY(const bool past, shows_the_past(tx, run.flow, *row, staged.news));
    if (past) return follow_shadow(tx, *shadow, staged.news);
    if (!staged.news.deleted) TRY_VOID(forget_unstated(tx, run.flow, *shadow, staged.news));
  }
  staged.news.slice = twin.slice.empty() && shadow ? shadow->slice : twin.slice;
  staged.news.run = run.options.run_id;
  staged.news.received_at = run.services.clock.now();
  staged.document = &sighting.record.body;
  ++run.counts().heard;
  return take_news(tx, run, staged, false);
}

// Asked for by name, and not there. Where absence means deletion it is news; elsewhere the endpoint says when it
// deletes, and has said nothing: it lost the record, and gets it again.
Result<void> miss(store::Tx& tx, Run& run, const TwinRow& twin)
{
  TRY(auto shadow, tx.shadow(run.flow.id, twin.key));
  if (!shadow || shadow->mark.deleted) return {};
  if (run.flow.stream->deletes == connectors::Deletes::snapshot) {
    store::InboxRow news;
    news.flow = run.flow.id;
    news.slice = shadow->slice;
    news.key = twin.key;
    news.remote_id = shadow->remote_id;
    news.version = shadow->mark.version;
    news.absent = true;
    news.received_at = run.services.clock.now();
    news.run = run.options.run_id;
    ++run.counts().heard;
    return tx.put_inbox(news);
  }
  const auto able = run.flow.connector->capabilities(*run.flow.stream);
  if (!run.flow.pushes || !able.creates) return {};
  shadow->mark.deleted = true;
  shadow->base.clear();
  return tx.put_shadow(*shadow);
}

Result<void> offer(store::Tx& tx, Run& run, const std::string& key)
{
  if (!run.flow.pushes) return {};
  TRY(const auto row, tx.record(run.flow.entity->name, key));
  if (!row) return {};
  TRY_VOID(enqueue(tx, {&run.flow}, *row, run.services.clock.now()));
  TRY(const auto lacks, tx.outbox_of(run.flow.id, key));
  if (lacks) ++run.counts().offered;
  return {};
}

// Whom a repair asks again, by name.
struct Repair {
  bool probes = false;  // the endpoint can be asked
  bool by_name = false; // about records that it has, too: there are few
};

bool is_asked(const Repair& repair, const TwinRow& twin)
{
  return repair.probes && (repair.by_name || !twin.there);
}

Result<std::vector<Sighting>> look_again(Run& run, const Repair& repair,
                                         const std::vector<TwinRow>& twins)
{
  std::vector<Reference> references;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& twin : twins) {
      if (!is_asked(repair, twin)) continue;
      TRY(const auto shadow, tx.shadow(run.flow.id, twin.key));
      references.push_back({twin.key, shadow ? shadow->remote_id : std::string()});
    }
    return {};
  }));
  if (references.empty()) return std::vector<Sighting>();
  run.step(Stage::verify);
  return run.flow.connector->probe(*run.flow.stream, references, run.stop);
}

Result<bool> repair_batch(Run& run, const Repair& repair, std::string& after)
{
  std::vector<TwinRow> twins;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(twins, tx.twins(run.flow.id, after, kProbeBatch, true));
    return {};
  }));
  if (twins.empty()) return false;
  after = twins.back().key;
  TRY(const auto sightings, look_again(run, repair, twins));
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    auto sighting = sightings.begin();
    for (const auto& twin : twins) {
      if (is_asked(repair, twin)) {
        const auto& seen = *sighting++;
        TRY_VOID(seen.found ? hear(tx, run, twin, seen) : miss(tx, run, twin));
      }
      TRY_VOID(offer(tx, run, twin.key));
    }
    return {};
  }));
  return true;
}

} // namespace

Result<void> hear_differences(Run& run)
{
  TRY(run.report.certificate, compare(run, false));
  const auto differing = run.report.certificate->differing;
  run.counts().differed = differing;
  if (differing == 0) return {};
  Repair repair;
  repair.probes = run.flow.connector->capabilities(*run.flow.stream).probes;
  repair.by_name = repair.probes && differing <= kRepairProbesMax;
  if (!repair.by_name && run.flow.pulls) TRY_VOID(pull_all(run));
  std::string after;
  for (bool more = true; more;) {
    if (run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    TRY(more, repair_batch(run, repair, after));
  }
  return {};
}

} // namespace gramsetu::engine
