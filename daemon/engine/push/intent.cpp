// One outbox row: frozen before it is sent, settled by its receipt.
#include "daemon/engine/push/intent.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/planned.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/canonical.hpp"
#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using connectors::Intent;
using connectors::Receipt;
using connectors::Verb;
using store::OutboxRow;
using store::OutboxState;

Verb verb_of(std::string_view name)
{
  if (name == name_of(Verb::create)) return Verb::create;
  return name == name_of(Verb::remove) ? Verb::remove : Verb::update;
}

void freeze_row(Run& run, OutboxRow& row, const Need& need,
                const std::optional<store::ShadowRow>& shadow)
{
  const auto& flow = run.flow;
  const auto& mapping = *flow.stream->mapping;
  row.state = OutboxState::in_flight;
  row.verb = std::string(name_of(need.verb));
  row.idempotency_key = run.services.ids.idempotency_key();
  row.expected_version = shadow && need.verb != Verb::create ? shadow->mark.version : "";
  row.again = false;
  row.payload.clear();
  row.base.clear();
  row.digest = shadow ? shadow->mark.digest : Digest{};
  if (need.verb == Verb::remove) return;
  row.payload = schema::to_json(mapping.to_remote(need.after, mapping.pushed()));
  row.base = write_base(*flow.entity, {need.base, need.unmapped, std::nullopt});
  row.digest = digest_of(*flow.entity, need.after, mapping.pulled());
}

// A person must look: the row stays, with its payload, until the record or the person moves.
Result<void> refuse(store::Tx& tx, Run& run, OutboxRow row, const Error& error)
{
  store::QuarantineRow parked;
  parked.flow = run.flow.id;
  parked.entity = run.flow.entity->name;
  parked.key = row.key;
  parked.direction = "push";
  parked.code = "refused";
  parked.reason = error.what;
  parked.payload = row.payload;
  parked.run = run.options.run_id;
  parked.first_at = parked.last_at = run.services.clock.now();
  parked.state = "open";
  row.state = OutboxState::parked;
  row.error = error.what;
  ++row.attempts;
  ++run.counts().refused;
  TRY_VOID(tx.put_outbox(row));
  TRY(const auto id, tx.add_quarantine(parked));
  run.services.log.event(Event::record_quarantined, "the endpoint refuses it",
                         {{"quarantine", std::to_string(id)}, {"key", row.key}});
  return {};
}

std::chrono::milliseconds backoff(int attempts)
{
  auto wait = kPushBackoffFirst;
  for (int i = 1; i < attempts && wait < kPushBackoffLast; ++i)
    wait *= 2;
  return std::min(wait, kPushBackoffLast);
}

} // namespace

Result<std::vector<OutboxRow>> freeze(store::Tx& tx, Run& run,
                                      const std::vector<OutboxRow>& pending)
{
  std::vector<OutboxRow> frozen;
  for (auto row : pending) {
    const auto& entity = run.flow.entity->name;
    TRY(const auto record, tx.record(entity, row.key));
    TRY(const auto shadow, tx.shadow(run.flow.id, row.key));
    TRY(const auto open, tx.conflicts({run.flow.id, entity, row.key, true, 0, 100}));
    TRY(const auto need, need_of(run.flow, record, shadow, open));
    if (!need) {
      TRY_VOID(tx.erase_outbox(row.flow, row.key));
      continue;
    }
    if (!run.options.applies.empty()) {
      TRY(const bool planned, is_planned(tx, run, row.key, *need));
      if (!planned) continue;
    }
    auto fresh = row;
    freeze_row(run, fresh, *need, shadow);
    // An attempt without effect is repeated as it was, key and all; a changed record is a new effect.
    const bool same =
        !row.idempotency_key.empty() && fresh.verb == row.verb && fresh.payload == row.payload;
    if (same) fresh.idempotency_key = row.idempotency_key;
    row = std::move(fresh);
    TRY_VOID(tx.put_outbox(row));
    frozen.push_back(std::move(row));
  }
  return frozen;
}

Intent intent_of(const OutboxRow& row, const std::string& remote_id)
{
  Intent intent;
  intent.idempotency_key = row.idempotency_key;
  intent.verb = verb_of(row.verb);
  intent.key = row.key;
  intent.remote_id = remote_id;
  intent.expected_version = row.expected_version;
  if (!row.payload.empty()) {
    // Written by freeze_row: it is JSON, or the store is not to be trusted.
    auto body = schema::parse_json(row.payload);
    if (body) intent.body = std::move(*body);
  }
  return intent;
}

Result<void> back_to_pending(store::Tx& tx, Run& run, OutboxRow row, const std::string& why,
                             bool wait)
{
  row.state = OutboxState::pending;
  row.error = why;
  if (wait) {
    if (++row.attempts >= kPushAttemptsMax)
      return refuse(tx, run, row,
                    {ErrorKind::transient,
                     "gave up after " + std::to_string(row.attempts) + " attempts: " + why,
                     std::nullopt});
    row.not_before = run.services.clock.now() + backoff(row.attempts);
  }
  return tx.put_outbox(row);
}

Result<void> record_receipt(store::Tx& tx, Run& run, const OutboxRow& sent, const Receipt& receipt)
{
  // The record may have changed while we waited: the row in the store knows.
  TRY(const auto stored, tx.outbox_of(sent.flow, sent.key));
  OutboxRow row = stored.value_or(sent);
  switch (receipt.outcome) {
  case Receipt::Outcome::applied:
    ++run.counts().pushed;
    if (run.pushed.size() < kVerifyProbesMax) run.pushed.push_back(row.key);
    return acknowledge(tx, run.flow, row, receipt.remote_id, receipt.version);
  case Receipt::Outcome::not_sent: return back_to_pending(tx, run, row, receipt.error.what, true);
  case Receipt::Outcome::refused: return refuse(tx, run, row, receipt.error);
  case Receipt::Outcome::moved:
    // What is there now is read back and decided; a new attempt is a new effect with a new key.
    row.idempotency_key.clear();
    return back_to_pending(tx, run, row, "the endpoint has moved on", false);
  case Receipt::Outcome::unknown:
    ++run.counts().unknown;
    row.state = OutboxState::unknown;
    row.error = receipt.error.what;
    ++row.attempts;
    run.services.log.event(Event::outcome_unknown, receipt.error.what, {{"key", row.key}});
    return tx.put_outbox(row);
  }
  return {};
}

Result<void> take_sighting(store::Tx& tx, Run& run, const std::string& key,
                           const connectors::Sighting& sighting)
{
  store::InboxRow news;
  news.flow = run.flow.id;
  news.key = key;
  news.received_at = run.services.clock.now();
  TRY(const auto shadow, tx.shadow(run.flow.id, key));
  if (shadow) {
    news.slice = shadow->slice;
    news.remote_id = shadow->remote_id;
  }
  if (!sighting.found) {
    if (!shadow || shadow->mark.deleted) return {};
    news.absent = true; // asked for by name and not there: that proves it
    return tx.put_inbox(news);
  }
  TRY(auto outcome, stage_record(tx, run.flow, sighting.record));
  if (auto* rejected = std::get_if<Rejected>(&outcome)) return park(tx, run, news.slice, *rejected);
  auto& staged = std::get<Staged>(outcome);
  const bool known = shadow && shadow->mark.digest == staged.news.digest &&
                     shadow->mark.deleted == staged.news.deleted;
  if (known) {
    // Only the version moved: the next attempt names the new one.
    auto row = *shadow;
    row.mark.version = staged.news.version;
    return tx.put_shadow(row);
  }
  staged.news.slice = news.slice;
  staged.news.received_at = news.received_at;
  return tx.put_inbox(staged.news);
}

} // namespace gramsetu::engine
