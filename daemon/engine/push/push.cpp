// The outbox, batch by batch: freeze, send, record.
#include "daemon/engine/push/push.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/intent.hpp"
#include "daemon/engine/stage/stage.hpp"

#include <algorithm>
#include <map>

namespace gramsetu::engine {

namespace {

using connectors::Receipt;
using connectors::Reference;
using connectors::Sighting;
using store::OutboxRow;
using store::OutboxState;

// One pass over the outbox.
struct Pass {
  connectors::Capabilities able;
  bool loaded = false; // every slice was read completely once: what is not known is not there
  std::string after;
  std::size_t failures_in_a_row = 0;
};

Result<bool> all_loaded(Run& run)
{
  bool loaded = run.flow.pulls && run.counts().slices_failed == 0;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.slices(run.flow.id));
    for (const auto& row : rows)
      loaded = loaded && row.loaded;
    loaded = loaded && !rows.empty();
    return {};
  }));
  return loaded;
}

Result<std::vector<OutboxRow>> next_batch(Run& run, Pass& pass)
{
  std::vector<OutboxRow> rows;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    store::OutboxQuery query;
    query.flow = run.flow.id;
    query.state = OutboxState::pending;
    query.due = run.services.clock.now();
    query.after_key = pass.after;
    query.limit = std::clamp<std::size_t>(pass.able.batch_max, 1, kBatchRecords);
    TRY(rows, tx.outbox(query));
    return {};
  }));
  if (!rows.empty()) pass.after = rows.back().key;
  return rows;
}

// While a plan is carried out, what it does not hold is not even looked at.
Result<void> leave_unplanned(Run& run, std::vector<OutboxRow>& rows)
{
  if (run.options.applies.empty()) return {};
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    std::vector<OutboxRow> planned;
    for (auto& row : rows) {
      TRY(const auto plan, tx.planned_of(run.options.applies, row.key));
      if (plan && plan->state == "applied") planned.push_back(std::move(row));
    }
    rows = std::move(planned);
    return {};
  });
}

// Rows that must be looked at before they are written: updates that the endpoint would not refuse when it
// has moved on, and creates of what it may have already.
Result<std::vector<OutboxRow>> to_look_at(store::Tx& tx, const Run& run, const Pass& pass,
                                          const std::vector<OutboxRow>& rows)
{
  std::vector<OutboxRow> some;
  for (const auto& row : rows) {
    TRY(const auto shadow, tx.shadow(run.flow.id, row.key));
    const bool there = shadow && !shadow->mark.deleted;
    const bool unguarded = there && (!pass.able.if_version || shadow->mark.version.empty());
    const bool unsure = !there && !pass.loaded;
    if (unguarded || unsure) some.push_back(row);
  }
  return some;
}

bool is_as_known(const std::optional<store::ShadowRow>& shadow, const Sighting& sighting,
                 const Digest& digest)
{
  const bool there = sighting.found && !sighting.record.deleted;
  if (!shadow || shadow->mark.deleted) return !there;
  return there && shadow->mark.digest == digest;
}

// Takes the rows that moved out of `rows`, after putting what is there into the inbox.
Result<void> drop_moved(store::Tx& tx, Run& run, const std::vector<OutboxRow>& looked,
                        const std::vector<Sighting>& sightings, std::vector<OutboxRow>& rows)
{
  for (std::size_t i = 0; i < looked.size(); ++i) {
    TRY(const auto shadow, tx.shadow(run.flow.id, looked[i].key));
    Digest digest{};
    if (sightings[i].found) {
      TRY(const auto outcome, stage_record(tx, run.flow, sightings[i].record));
      if (const auto* staged = std::get_if<Staged>(&outcome)) digest = staged->news.digest;
    }
    if (is_as_known(shadow, sightings[i], digest)) continue;
    TRY_VOID(take_sighting(tx, run, looked[i].key, sightings[i]));
    std::erase_if(rows, [&](const auto& row) { return row.key == looked[i].key; });
  }
  return {};
}

// Read, compare, write: for endpoints that cannot refuse a write over a version that they no longer have.
Result<void> look_first(Run& run, const Pass& pass, std::vector<OutboxRow>& rows)
{
  std::vector<OutboxRow> looked;
  std::vector<Reference> references;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(looked, to_look_at(tx, run, pass, rows));
    for (const auto& row : looked) {
      TRY(const auto shadow, tx.shadow(run.flow.id, row.key));
      references.push_back({row.key, shadow ? shadow->remote_id : std::string()});
    }
    return {};
  }));
  if (looked.empty()) return {};
  if (!pass.able.probes) {
    // A slice that was never read to its end may hold what we would create: wait until it is.
    if (run.flow.pulls && !pass.loaded)
      for (const auto& row : looked)
        std::erase_if(rows, [&](const auto& other) { return other.key == row.key; });
    return {};
  }
  run.step(Stage::push);
  TRY(const auto sightings, run.flow.connector->probe(*run.flow.stream, references, run.stop));
  return run.services.store.transact(
      [&](store::Tx& tx) -> Result<void> { return drop_moved(tx, run, looked, sightings, rows); });
}

Result<std::vector<connectors::Intent>> intents_of(Run& run, const std::vector<OutboxRow>& frozen)
{
  std::vector<connectors::Intent> intents;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& row : frozen) {
      TRY(const auto shadow, tx.shadow(run.flow.id, row.key));
      const bool known = shadow && !shadow->mark.deleted;
      intents.push_back(intent_of(row, known ? shadow->remote_id : std::string()));
    }
    return {};
  }));
  return intents;
}

// What met another version is read back at once, so that the next round can decide.
Result<void> read_back(Run& run, const Pass& pass, const std::vector<OutboxRow>& frozen,
                       const std::vector<Receipt>& receipts)
{
  std::vector<OutboxRow> moved;
  for (std::size_t i = 0; i < frozen.size(); ++i)
    if (receipts[i].outcome == Receipt::Outcome::moved) moved.push_back(frozen[i]);
  if (moved.empty() || !pass.able.probes) return {};
  std::vector<Reference> references;
  TRY(const auto intents, intents_of(run, moved));
  for (const auto& intent : intents)
    references.push_back({intent.key, intent.remote_id});
  run.step(Stage::push);
  TRY(const auto sightings, run.flow.connector->probe(*run.flow.stream, references, run.stop));
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < moved.size(); ++i)
      TRY_VOID(take_sighting(tx, run, moved[i].key, sightings[i]));
    return {};
  });
}

// The endpoint is down or lets nobody in when nothing gets through: the rest of the queue can wait.
Result<void> judge(Pass& pass, const std::vector<Receipt>& receipts)
{
  for (const auto& receipt : receipts) {
    if (receipt.outcome != Receipt::Outcome::not_sent) {
      pass.failures_in_a_row = 0;
      continue;
    }
    if (receipt.error.kind == ErrorKind::unauthorized || receipt.error.kind == ErrorKind::cancelled)
      return tl::unexpected(receipt.error);
    if (++pass.failures_in_a_row >= kPushFailuresInARow) return tl::unexpected(receipt.error);
  }
  return {};
}

Result<void> send(Run& run, Pass& pass, const std::vector<OutboxRow>& rows)
{
  std::vector<OutboxRow> frozen;
  run.step(Stage::push);
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(frozen, freeze(tx, run, rows));
    return {};
  }));
  if (frozen.empty()) return {};
  TRY(const auto intents, intents_of(run, frozen));
  run.step(Stage::push);
  const auto receipts = run.flow.connector->push(*run.flow.stream, intents, run.stop);
  run.step(Stage::push);
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < frozen.size(); ++i)
      TRY_VOID(record_receipt(tx, run, frozen[i], receipts[i]));
    return {};
  }));
  TRY_VOID(read_back(run, pass, frozen, receipts));
  return judge(pass, receipts);
}

} // namespace

Result<void> offer_existing(Run& run)
{
  const auto able = run.flow.connector->capabilities(*run.flow.stream);
  TRY(const bool loaded, all_loaded(run));
  if (run.flow.pulls && !loaded && !able.probes) return {};
  return enqueue_existing(run.flow, run.services.store, run.services.clock.now());
}

Result<void> push_due(Run& run)
{
  Pass pass;
  pass.able = run.flow.connector->capabilities(*run.flow.stream);
  TRY(pass.loaded, all_loaded(run));
  if (run.options.applies.empty()) TRY_VOID(offer_existing(run));
  while (true) {
    if (run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    TRY(auto rows, next_batch(run, pass));
    if (rows.empty()) return {};
    TRY_VOID(leave_unplanned(run, rows));
    if (rows.empty()) continue;
    Progress progress;
    progress.stage = Stage::push;
    progress.records = run.counts().pushed;
    run.tell(progress);
    TRY_VOID(look_first(run, pass, rows));
    if (!rows.empty()) TRY_VOID(send(run, pass, rows));
  }
}

} // namespace gramsetu::engine
