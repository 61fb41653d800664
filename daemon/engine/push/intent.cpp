// One outbox row: frozen before it is sent, settled by its receipt.
#include "daemon/engine/push/intent.hpp"

#include "daemon/engine/apply/reexamine.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/planned.hpp"
#include "daemon/engine/push/outcome.hpp"
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
  row.sends = 1;
  row.first_sent = row.last_sent = run.services.clock.now();
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
  ++run.counts().refused;
  TRY_VOID(tx.put_outbox(row));
  TRY(const auto id, tx.add_quarantine(parked));
  run.services.log.event(Event::record_quarantined, "the endpoint refuses it",
                         {{"quarantine", std::to_string(id)}, {"key", row.key}});
  return {};
}

// An attempt without effect is repeated as it was, key and all, while the endpoint remembers the key: who said
// that nothing happened may have been wrong. A changed record is a new effect.
bool is_same(const Run& run, const OutboxRow& before, const OutboxRow& fresh)
{
  if (before.idempotency_key.empty() || fresh.verb != before.verb ||
      fresh.payload != before.payload)
    return false;
  const auto able = run.flow.connector->capabilities(*run.flow.stream);
  return is_remembered(evidence_of(before, able, run.flow.clock_doubt, run.services.clock.now()));
}

std::string remote_id_of(const std::optional<store::ShadowRow>& shadow)
{
  return shadow && !shadow->mark.deleted ? shadow->remote_id : std::string();
}

Intent intent_of(const OutboxRow& row, const std::string& remote_id)
{
  Intent intent;
  intent.idempotency_key = row.idempotency_key;
  intent.batch = row.batch;
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

} // namespace

std::string batch_of(const std::vector<OutboxRow>& rows)
{
  std::vector<Intent> intents(rows.size());
  std::vector<const Intent*> all;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    intents[i].idempotency_key = rows[i].idempotency_key;
    all.push_back(&intents[i]);
  }
  return connectors::batch_key(all);
}

bool is_failure(const Receipt& receipt)
{
  return receipt.outcome == Receipt::Outcome::not_sent ||
         (receipt.outcome == Receipt::Outcome::unknown &&
          receipt.error.kind == ErrorKind::transient);
}

Result<Frozen> freeze(store::Tx& tx, Run& run, const std::vector<OutboxRow>& pending)
{
  Frozen frozen;
  std::vector<std::string> remote_ids;
  for (auto row : pending) {
    const auto& entity = run.flow.entity->name;
    TRY_VOID(hold_back(tx, run, row.key));
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
    if (is_same(run, row, fresh)) {
      fresh.idempotency_key = row.idempotency_key;
      fresh.first_sent = row.first_sent;
      fresh.sends = row.sends + 1;
    }
    frozen.rows.push_back(std::move(fresh));
    remote_ids.push_back(remote_id_of(shadow));
  }
  const auto batch = frozen.rows.size() > 1 ? batch_of(frozen.rows) : std::string();
  for (std::size_t i = 0; i < frozen.rows.size(); ++i) {
    auto& row = frozen.rows[i];
    row.batch = batch;
    TRY_VOID(tx.put_outbox(row));
    frozen.intents.push_back(intent_of(row, remote_ids[i]));
  }
  return frozen;
}

Result<std::vector<Intent>> intents_of(Run& run, const std::vector<OutboxRow>& frozen)
{
  std::vector<Intent> intents;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& row : frozen) {
      TRY(const auto shadow, tx.shadow(run.flow.id, row.key));
      intents.push_back(intent_of(row, remote_id_of(shadow)));
    }
    return {};
  }));
  return intents;
}

std::chrono::milliseconds backoff(int attempts)
{
  auto wait = kPushBackoffFirst;
  for (int i = 1; i < attempts && wait < kPushBackoffLast; ++i)
    wait *= 2;
  return std::min(wait, kPushBackoffLast);
}

Result<void> back_to_pending(store::Tx& tx, OutboxRow row, const std::string& why)
{
  row.state = OutboxState::pending;
  row.error = why;
  return tx.put_outbox(row);
}

Result<void> count_attempt(store::Tx& tx, Run& run, OutboxRow row)
{
  if (++row.attempts < kPushAttemptsMax) {
    row.not_before = run.services.clock.now() + backoff(row.attempts);
    return tx.put_outbox(row);
  }
  const auto why =
      "gave up after " + std::to_string(row.attempts) + " attempts: " + std::string(row.error);
  return refuse(tx, run, std::move(row), {ErrorKind::transient, why, std::nullopt});
}

Result<void> record_receipt(store::Tx& tx, Run& run, const OutboxRow& sent, const Receipt& receipt)
{
  // The record may have changed while we waited: the row in the store knows. And a person may have decided.
  TRY(const auto stored, tx.outbox_of(sent.flow, sent.key));
  if (!stored || stored->idempotency_key != sent.idempotency_key) return {};
  OutboxRow row = *stored;
  const auto now = run.services.clock.now();
  switch (receipt.outcome) {
  case Receipt::Outcome::applied:
    ++run.counts().pushed;
    if (run.pushed.size() < kVerifyProbesMax) run.pushed.push_back(row.key);
    return acknowledge(tx, run.flow, row, {receipt.remote_id, receipt.version, now});
  case Receipt::Outcome::not_sent:
    if (receipt.error.retry_after)
      row.not_before = now + std::min(*receipt.error.retry_after, kPushBackoffLast);
    return back_to_pending(tx, row, receipt.error.what);
  case Receipt::Outcome::refused:
    TRY_VOID(close_unknown(tx, row, "no_effect", now));
    if (!row.again) return refuse(tx, run, row, receipt.error);
    // What was refused has been overtaken by a change, which may be its correction.
    row.idempotency_key.clear();
    return back_to_pending(tx, row, receipt.error.what);
  case Receipt::Outcome::moved:
    // What is there now is read back and decided; a new attempt is a new effect with a new key.
    TRY_VOID(close_unknown(tx, row, "no_effect", now));
    row.idempotency_key.clear();
    return back_to_pending(tx, row, "the endpoint has moved on");
  case Receipt::Outcome::unknown:
    ++run.counts().unknown;
    row.state = OutboxState::unknown;
    row.error = receipt.error.what;
    if (!receipt.batch.empty()) row.batch = receipt.batch;
    if (row.sends > 1) row.not_before = now + backoff(row.sends - 1);
    run.services.log.event(Event::outcome_unknown, receipt.error.what, {{"key", row.key}});
    return tx.put_outbox(row);
  }
  return {};
}

} // namespace gramsetu::engine
