// Outcomes that nobody told us: look before anything is sent again, and ask a person when looking does not help.
#include "daemon/engine/apply/reexamine.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/look.hpp"
#include "daemon/engine/push/push.hpp"
#include "daemon/engine/push/replay.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/canonical.hpp"

#include <algorithm>
#include <map>

namespace gramsetu::engine {

namespace {

using connectors::Sighting;
using store::OutboxRow;
using store::OutboxState;

// One settling of everything that is open.
struct Settling {
  Run& run;
  connectors::Capabilities able;
  Replays replays;
  std::map<std::string, bool> whole; // by batch: nothing of it is settled yet
};

Result<std::vector<OutboxRow>> page(Run& run, OutboxState state, const OutboxRow* after)
{
  std::vector<OutboxRow> rows;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    store::OutboxQuery query;
    query.flow = run.flow.id;
    query.state = state;
    query.limit = kBatchRecords;
    if (after) query.after.emplace(after->created_at, after->key);
    TRY(rows, tx.outbox(query));
    return {};
  }));
  return rows;
}

// Asked before any row of the batch is settled: from then on it is not whole, and its key is of no use.
Result<bool> is_whole(store::Tx& tx, Settling& settling, const OutboxRow& row)
{
  if (!settling.able.keys_by_batch || row.batch.empty()) return true;
  if (const auto known = settling.whole.find(row.batch); known != settling.whole.end())
    return known->second;
  store::OutboxQuery query;
  query.flow = row.flow;
  query.batch = row.batch;
  TRY(auto rows, tx.outbox(query));
  std::erase_if(rows, [](const auto& other) {
    return other.state != OutboxState::unknown && other.state != OutboxState::in_flight;
  });
  return settling.whole[row.batch] = batch_of(rows) == row.batch;
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

Result<void> decide_again(store::Tx& tx, Run& run, OutboxRow row, const Sighting& sighting)
{
  row.idempotency_key.clear();
  TRY_VOID(keep_agreed(tx, run.flow, row, sighting));
  TRY_VOID(back_to_pending(tx, row, "the endpoint has moved on"));
  TRY_VOID(take_sighting(tx, run, row.key, sighting));
  return {};
}

// Nobody but a person may say now. The question is asked once; what the endpoint shows meanwhile is kept up.
Result<void> ask_person(store::Tx& tx, Run& run, const OutboxRow& row)
{
  store::QuarantineQuery query;
  query.flow = row.flow;
  query.key = row.key;
  query.state = "open";
  TRY(const auto asked, tx.quarantine(query));
  const bool new_question = std::none_of(
      asked.begin(), asked.end(), [](const auto& other) { return other.code == kOutcomeUnknown; });
  store::QuarantineRow question;
  question.flow = row.flow;
  question.entity = run.flow.entity->name;
  question.key = row.key;
  question.direction = "push";
  question.code = kOutcomeUnknown;
  question.reason = "no answer came to the " + row.verb + ", and " + row.error;
  question.payload = row.payload;
  question.run = run.options.run_id;
  question.first_at = question.last_at = run.services.clock.now();
  question.state = "open";
  TRY(const auto id, tx.add_quarantine(question));
  if (new_question)
    run.services.log.event(Event::record_quarantined, "a person must say what became of it",
                           {{"quarantine", std::to_string(id)}, {"key", row.key}});
  return {};
}

Result<void> carry_out(store::Tx& tx, Settling& settling, OutboxRow row, const Look& look)
{
  auto& run = settling.run;
  const auto now = run.services.clock.now();
  TRY(const auto reading, read_look(tx, run.flow, row, look));
  auto evidence = evidence_of(row, settling.able, run.flow.clock_doubt, now);
  evidence.shown = reading.shown;
  TRY(evidence.whole, is_whole(tx, settling, row));
  TRY(evidence.closed, is_closed_by_now(tx, run.flow, row));
  const auto ruling = judge(evidence);
  switch (ruling) {
  case Ruling::took_effect:
    ++run.counts().pushed;
    return acknowledge(tx, run.flow, row,
                       {look.sighting->record.remote_id, look.sighting->record.version, now});
  case Ruling::no_effect:
    TRY_VOID(close_unknown(tx, row, "no_effect", now));
    row.idempotency_key.clear();
    row.error = "it had no effect";
    row.state = OutboxState::pending;
    return count_attempt(tx, run, row);
  case Ruling::decide_again:
    TRY_VOID(close_unknown(tx, row, "replayed", now));
    return decide_again(tx, run, row, *look.sighting);
  case Ruling::replay:
  case Ruling::wait:
  case Ruling::person: break;
  }
  row.state = OutboxState::unknown;
  row.error = reading.words;
  TRY_VOID(tx.put_outbox(row));
  const bool due = !row.not_before || *row.not_before <= now;
  if (ruling == Ruling::replay && due) {
    settling.replays.add(row);
    return {};
  }
  ++run.counts().unknown;
  return ruling == Ruling::person ? ask_person(tx, run, row) : Result<void>{};
}

Result<void> settle_page(Settling& settling, const std::vector<OutboxRow>& rows)
{
  auto& run = settling.run;
  TRY(const auto looks, look_at(run, rows));
  run.step(Stage::push);
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      // A person may have decided while we looked.
      TRY(const auto row, tx.outbox_of(run.flow.id, rows[i].key));
      if (!row || row->state != rows[i].state || row->idempotency_key != rows[i].idempotency_key)
        continue;
      TRY_VOID(carry_out(tx, settling, *row, looks[i]));
    }
    return {};
  });
}

} // namespace

Result<void> settle_unknown(Run& run)
{
  Settling settling{run, run.flow.connector->capabilities(*run.flow.stream), {}, {}};
  // What was in flight when the hub died becomes unknown: not before the others have been looked at.
  for (const auto state : {OutboxState::unknown, OutboxState::in_flight}) {
    auto rows = std::vector<OutboxRow>();
    do {
      TRY(rows, page(run, state, rows.empty() ? nullptr : &rows.back()));
      if (!rows.empty()) TRY_VOID(settle_page(settling, rows));
    } while (rows.size() == kBatchRecords);
  }
  return replay_unknown(run, settling.replays);
}

} // namespace gramsetu::engine
