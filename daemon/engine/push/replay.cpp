// Replays, batch by batch as they first went out.
#include "daemon/engine/push/replay.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/look.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using connectors::Receipt;
using store::OutboxRow;
using store::OutboxState;

// What goes out in one request: the batch that it first was, or a single record.
struct Once {
  std::string batch, key;
};

// What is to go out as one, in its first order. Whoever was settled meanwhile is not among them.
Result<std::vector<OutboxRow>> members(store::Tx& tx, const Run& run, const Replays& replays,
                                       const Once& once)
{
  std::vector<OutboxRow> rows;
  if (once.batch.empty()) {
    TRY(const auto row, tx.outbox_of(run.flow.id, once.key));
    if (row && row->state == OutboxState::unknown) rows.push_back(*row);
    return rows;
  }
  store::OutboxQuery query;
  query.flow = run.flow.id;
  query.state = OutboxState::unknown;
  query.batch = once.batch;
  TRY(rows, tx.outbox(query));
  std::erase_if(rows, [&](const auto& row) { return !replays.of_batches.contains(row.key); });
  return rows;
}

// The sending is on record before the first byte leaves, as it was the first time.
Result<std::vector<OutboxRow>> mark(Run& run, const Replays& replays, const Once& once)
{
  std::vector<OutboxRow> rows;
  run.step(Stage::push);
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(rows, members(tx, run, replays, once));
    if (!once.batch.empty() && run.flow.connector->capabilities(*run.flow.stream).keys_by_batch &&
        batch_of(rows) != once.batch) {
      rows.clear(); // no longer the batch that the endpoint may know
      return {};
    }
    for (auto& row : rows) {
      row.last_sent = run.services.clock.now();
      ++row.sends;
      TRY_VOID(tx.put_outbox(row));
    }
    return {};
  }));
  return rows;
}

// Certain of the second sending only: of the first, nobody knows.
Receipt seen_from_the_first(Receipt receipt)
{
  if (receipt.outcome == Receipt::Outcome::not_sent) receipt.outcome = Receipt::Outcome::unknown;
  return receipt;
}

// Failures in a row after these receipts, or the error that ends the run.
Result<std::size_t> failures_after(std::size_t before, const std::vector<Receipt>& receipts)
{
  std::size_t failures = before;
  for (const auto& receipt : receipts) {
    const auto kind = receipt.error.kind;
    if (receipt.outcome == Receipt::Outcome::not_sent &&
        (kind == ErrorKind::unauthorized || kind == ErrorKind::cancelled))
      return tl::unexpected(receipt.error);
    failures = is_failure(receipt) ? failures + 1 : 0;
  }
  return failures;
}

Result<std::vector<Receipt>> replay_one(Run& run, const std::vector<OutboxRow>& rows)
{
  TRY(const auto intents, intents_of(run, rows));
  run.step(Stage::push);
  const auto receipts = run.flow.connector->push(*run.flow.stream, intents, run.stop);
  run.step(Stage::push);
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < rows.size(); ++i)
      TRY_VOID(record_receipt(tx, run, rows[i], seen_from_the_first(receipts[i])));
    return {};
  }));
  TRY_VOID(read_back(run, rows, receipts));
  return receipts;
}

} // namespace

void Replays::add(const OutboxRow& row)
{
  if (row.batch.empty()) {
    keys.push_back(row.key);
    return;
  }
  of_batches.insert(row.key);
  if (std::find(batches.begin(), batches.end(), row.batch) == batches.end())
    batches.push_back(row.batch);
}

Result<void> replay_unknown(Run& run, const Replays& replays)
{
  std::size_t failures = 0, sent = 0;
  const auto all = replays.batches.size() + replays.keys.size();
  for (std::size_t i = 0; i < all && failures < kPushFailuresInARow; ++i) {
    const bool together = i < replays.batches.size();
    const auto once = together ? Once{replays.batches[i], ""}
                               : Once{"", replays.keys[i - replays.batches.size()]};
    TRY(const auto rows, mark(run, replays, once));
    if (rows.empty()) continue;
    sent += rows.size();
    TRY(const auto receipts, replay_one(run, rows));
    TRY(failures, failures_after(failures, receipts));
  }
  run.counts().unknown += replays.size() - sent;
  return {};
}

} // namespace gramsetu::engine
