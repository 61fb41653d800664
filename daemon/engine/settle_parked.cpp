// Quarantined records, as people decide on them: tried again, closed, or told what became of them.
#include "daemon/engine/settle.hpp"

#include "connectors/api/extract.hpp"
#include "daemon/engine/apply/record_write.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "daemon/engine/reconcile/closed.hpp"
#include "daemon/engine/stage/release.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/canonical.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

namespace gramsetu::engine {

namespace {

Result<store::QuarantineRow> open_row(store::Tx& tx, std::int64_t id)
{
  TRY(auto row, tx.quarantined(id));
  if (!row)
    return fail(ErrorKind::not_found, "there is no quarantined record " + std::to_string(id));
  if (row->state != "open")
    return fail(ErrorKind::precondition,
                "quarantined record " + std::to_string(id) + " was " + row->state + " already");
  return *row;
}

// Sending again, or looking away, may double or lose what the endpoint has or has not.
Result<void> refuse_unknown(const store::QuarantineRow& row)
{
  if (row.code != kOutcomeUnknown) return {};
  const auto id = std::to_string(row.id);
  return fail(ErrorKind::precondition,
              "nobody knows whether the endpoint has it; look there, then: gramsetu quarantine "
              "resolve " +
                  id + " took-effect|no-effect --note WHY");
}

// The effect that the question is about, unless it was settled while the person looked.
Result<store::OutboxRow> unsettled(store::Tx& tx, const store::QuarantineRow& row)
{
  TRY(const auto outbox, tx.outbox_of(row.flow, row.key));
  if (!outbox || outbox->state != store::OutboxState::unknown || outbox->payload != row.payload)
    return fail(ErrorKind::precondition, "its outcome has come to light; nothing is left to say");
  return *outbox;
}

Result<void> send_anew(store::Tx& tx, const Flow& flow, store::OutboxRow row, Instant now)
{
  row.state = store::OutboxState::pending;
  row.idempotency_key.clear();
  row.attempts = 0;
  row.not_before.reset();
  TRY_VOID(tx.put_outbox(row));
  TRY(const auto record, tx.record(flow.entity->name, row.key));
  return record ? enqueue(tx, {&flow}, *record, now) : Result<void>{};
}

// A record whose own fault is gone may still lack its parent: then it waits like any other.
Result<void> replay_pull(store::Tx& tx, const Flow& flow, store::QuarantineRow& row, Instant now)
{
  TRY(auto body, schema::parse_json(row.payload));
  const auto remote = connectors::extract(*flow.stream, std::move(body));
  TRY(auto outcome, stage_record(tx, flow, remote));
  if (const auto* rejected = std::get_if<Rejected>(&outcome)) {
    if (rejected->waits_for.empty())
      return fail(ErrorKind::invalid, "still " + rejected->code + ": " + rejected->reason);
    row.code = rejected->code;
    row.reason = rejected->reason;
    row.pointer.clear();
    row.waits_for = rejected->waits_for;
    return {};
  }
  auto& news = std::get<Staged>(outcome).news;
  TRY(const auto impossible, why_impossible(tx, flow, news));
  if (impossible)
    return fail(ErrorKind::invalid, "still " + impossible->code + ": " + impossible->reason);
  news.slice = row.slice;
  news.received_at = now;
  row.state = "replayed";
  return tx.put_inbox(news);
}

Result<void> replay_push(store::Tx& tx, const Flow& flow, store::QuarantineRow& row, Instant now)
{
  row.state = "replayed";

  TRY(auto outbox, tx.outbox_of(flow.id, row.key));
  if (outbox) {
    outbox->state = store::OutboxState::pending;
    outbox->attempts = 0;
    outbox->not_before.reset();
    TRY_VOID(tx.put_outbox(*outbox));
  }
  TRY(const auto record, tx.record(row.entity, row.key));
  return record ? enqueue(tx, {&flow}, *record, now) : Result<void>{};
}

} // namespace

Result<void> replay(const Flow& flow, std::int64_t quarantine_id, const std::string& by,
                    const Services& services)
{
  return services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(auto row, open_row(tx, quarantine_id));
    TRY_VOID(refuse_unknown(row));
    const auto now = services.clock.now();
    if (row.direction == "push")
      TRY_VOID(replay_push(tx, flow, row, now));
    else
      TRY_VOID(replay_pull(tx, flow, row, now));
    if (row.state == "replayed") row.settled_by = by;
    row.last_at = now;
    return tx.put_quarantine(row);
  });
}

Result<void> discard(const Discard& asked, const Services& services)
{
  if (asked.by.empty()) return fail(ErrorKind::invalid, "say who decides");
  return services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(auto row, open_row(tx, asked.quarantine));
    TRY_VOID(refuse_unknown(row));
    std::vector<store::WaitingRow> below;
    if (row.direction == "pull") {
      TRY(below, waiting_below(tx, row.entity, row.key, kWaitingShown));
    }
    if (!below.empty() && !asked.leave_waiting)
      return fail(ErrorKind::precondition,
                  fmt::format("{}{} waiting for {} {} and would stay so, the first as number {}; "
                              "say that they may",
                              below.size(), below.size() == kWaitingShown ? " or more are" : " are",
                              row.entity, row.key, below.front().id));
    row.state = "discarded";
    row.settled_by = asked.by;
    row.note = asked.note;
    row.last_at = services.clock.now();
    return tx.put_quarantine(row);
  });
}

Result<void> resolve_outcome(const Flow& flow, const Outcome& outcome, const Services& services)
{
  if (outcome.by.empty()) return fail(ErrorKind::invalid, "say who decides");
  if (outcome.note.empty()) return fail(ErrorKind::invalid, "say how you know, in a note");
  return services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(auto row, open_row(tx, outcome.quarantine));
    if (row.code != kOutcomeUnknown)
      return fail(ErrorKind::invalid,
                  "what became of it is known: " + row.code + "; it may be replayed or discarded");
    TRY(const auto sent, unsettled(tx, row));
    const auto now = services.clock.now();
    row.state = outcome.took_effect ? "took_effect" : "no_effect";
    row.settled_by = outcome.by;
    row.note = outcome.note;
    row.last_at = now;
    TRY_VOID(tx.put_quarantine(row));
    if (outcome.took_effect) return acknowledge(tx, flow, sent, {outcome.remote_id, "", now});
    return send_anew(tx, flow, sent, now);
  });
}

} // namespace gramsetu::engine
