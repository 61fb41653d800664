// Outcomes that nobody told us: look before anything is sent again.
#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/intent.hpp"
#include "daemon/engine/push/push.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/canonical.hpp"

namespace gramsetu::engine {

namespace {

using connectors::Sighting;
using store::OutboxRow;
using store::OutboxState;

Result<std::vector<OutboxRow>> unsettled(Run& run)
{
  std::vector<OutboxRow> rows;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto state : {OutboxState::in_flight, OutboxState::unknown}) {
      store::OutboxQuery query;
      query.flow = run.flow.id;
      query.state = state;
      query.limit = kBatchRecords;
      TRY(const auto some, tx.outbox(query));
      rows.insert(rows.end(), some.begin(), some.end());
    }
    return {};
  }));
  return rows;
}

// True when the endpoint holds what the row wanted it to hold.
Result<bool> has_taken(store::Tx& tx, const Flow& flow, const OutboxRow& row,
                       const Sighting& sighting)
{
  const bool there = sighting.found && !sighting.record.deleted;
  if (row.verb == "remove") return !there;
  if (!there) return false;
  TRY(const auto outcome, stage_record(tx, flow, sighting.record));
  const auto* staged = std::get_if<Staged>(&outcome);
  if (!staged) return false;
  TRY(const auto wanted, read_base(*flow.entity, row.base));
  TRY(const auto held, read_base(*flow.entity, staged->news.body));
  const auto& pushed = flow.stream->mapping->pushed();
  const auto& pulled = flow.stream->mapping->pulled();
  for (std::size_t i = 0; i < pushed.size(); ++i) {
    if (!pushed[i] || !pulled[i] || wanted.record.fields[i].is_absent()) continue;
    if (!same_value(flow.entity->fields[i], wanted.record.fields[i], held.record.fields[i]))
      return false;
  }
  return true;
}

// True when nothing has happened there since the shadow: the write did not take place.
Result<bool> is_untouched(store::Tx& tx, const Flow& flow, const OutboxRow& row,
                          const Sighting& sighting)
{
  TRY(const auto shadow, tx.shadow(flow.id, row.key));
  const bool there = sighting.found && !sighting.record.deleted;
  if (!shadow || shadow->mark.deleted) return !there;
  if (!there) return false;
  if (!sighting.record.version.empty() && !shadow->mark.version.empty())
    return sighting.record.version == shadow->mark.version;
  TRY(const auto outcome, stage_record(tx, flow, sighting.record));
  const auto* staged = std::get_if<Staged>(&outcome);
  return staged && staged->news.digest == shadow->mark.digest;
}

// The endpoint has moved on since we wrote, if we did. A field that holds what we wanted there is agreed on,
// whoever wrote it: taken for an edit of theirs, it would be disputed against the hub's next value.
Result<void> keep_agreed(store::Tx& tx, const Flow& flow, const OutboxRow& row,
                         const Sighting& sighting)
{
  const bool there = sighting.found && !sighting.record.deleted;
  if (row.verb == "remove" || !there) return {};
  TRY(const auto outcome, stage_record(tx, flow, sighting.record));
  const auto* staged = std::get_if<Staged>(&outcome);
  if (!staged) return {};
  TRY(auto shadow, tx.shadow(flow.id, row.key));
  const bool known = shadow && !shadow->mark.deleted;
  if (!known) {
    // No digest and no version: nothing that we know of is there, so that all of it is news.
    shadow = store::ShadowRow{};
    shadow->flow = flow.id;
    shadow->key = row.key;
    shadow->remote_id = sighting.record.remote_id;
  }
  TRY(const auto wanted, read_base(*flow.entity, row.base));
  TRY(const auto held, read_base(*flow.entity, staged->news.body));
  TRY(auto base, read_base(*flow.entity, known ? shadow->base : std::string()));
  for (std::size_t i = 0; i < flow.entity->fields.size(); ++i) {
    const auto& ours = wanted.record.fields[i];
    if (!ours.is_absent() && same_value(flow.entity->fields[i], ours, held.record.fields[i]))
      base.record.fields[i] = ours;
  }
  shadow->base = write_base(*flow.entity, base);
  return tx.put_shadow(*shadow);
}

Result<void> settle_seen(store::Tx& tx, Run& run, OutboxRow row, const Sighting& sighting)
{
  TRY(const bool taken, has_taken(tx, run.flow, row, sighting));
  if (taken) {
    ++run.counts().pushed;
    const auto& record = sighting.record;
    return acknowledge(tx, run.flow, row, record.remote_id, record.version);
  }
  TRY(const bool untouched, is_untouched(tx, run.flow, row, sighting));
  const bool idempotent = run.flow.connector->capabilities(*run.flow.stream).idempotent;
  // Without idempotency keys a late arrival of the first attempt would be a second effect: wait for it.
  if (untouched) return back_to_pending(tx, run, row, "it had no effect", !idempotent);
  row.idempotency_key.clear();
  TRY_VOID(keep_agreed(tx, run.flow, row, sighting));
  TRY_VOID(back_to_pending(tx, run, row, "the endpoint has moved on", false));
  return take_sighting(tx, run, row.key, sighting);
}

Result<void> settle_by_looking(Run& run, const std::vector<OutboxRow>& rows)
{
  std::vector<connectors::Reference> references;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& row : rows) {
      TRY(const auto shadow, tx.shadow(run.flow.id, row.key));
      references.push_back({row.key, shadow ? shadow->remote_id : std::string()});
    }
    return {};
  }));
  run.step(Stage::push);
  TRY(const auto sightings, run.flow.connector->probe(*run.flow.stream, references, run.stop));
  run.step(Stage::push);
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < rows.size(); ++i)
      TRY_VOID(settle_seen(tx, run, rows[i], sightings[i]));
    return {};
  });
}

// Nobody can be asked. With idempotency keys sending again is safe; without, a person must look.
Result<void> settle_blind(Run& run, const std::vector<OutboxRow>& rows)
{
  const bool idempotent = run.flow.connector->capabilities(*run.flow.stream).idempotent;
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (auto row : rows) {
      if (idempotent) {
        TRY_VOID(back_to_pending(tx, run, row, "sent again with the same key", false));
        continue;
      }
      ++run.counts().unknown;
      row.state = OutboxState::unknown;
      TRY_VOID(tx.put_outbox(row));
      store::QuarantineRow parked;
      parked.flow = run.flow.id;
      parked.entity = run.flow.entity->name;
      parked.key = row.key;
      parked.direction = "push";
      parked.code = "outcome_unknown";
      parked.reason = "sent, no answer came, and the endpoint cannot be asked";
      parked.payload = row.payload;
      parked.run = run.options.run_id;
      parked.first_at = parked.last_at = run.services.clock.now();
      parked.state = "open";
      TRY_VOID(tx.add_quarantine(parked));
    }
    return {};
  });
}

} // namespace

Result<void> settle_unknown(Run& run)
{
  TRY(const auto rows, unsettled(run));
  if (rows.empty()) return {};
  if (!run.flow.connector->capabilities(*run.flow.stream).probes) return settle_blind(run, rows);
  for (std::size_t from = 0; from < rows.size(); from += kProbeBatch) {
    const auto end = std::min(rows.size(), from + kProbeBatch);
    TRY_VOID(settle_by_looking(run, {rows.begin() + static_cast<std::ptrdiff_t>(from),
                                     rows.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  return {};
}

} // namespace gramsetu::engine
