// From outbox rows to intents, and from receipts back.
#pragma once

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/push/outbox.hpp"

#include <vector>

namespace gramsetu::engine {

// Freezes pending rows: decides again what the endpoint lacks, mints the idempotency key, writes the payload,
// and marks the row in flight, as of now, in one batch. Rows that lack nothing any more are erased; while a plan is
// carried out, what it does not hold stays.
struct Frozen {
  std::vector<store::OutboxRow> rows;
  std::vector<connectors::Intent> intents; // one a row
};
Result<Frozen> freeze(store::Tx& tx, Run& run, const std::vector<store::OutboxRow>& pending);

// What is sent for frozen rows: the same, to the byte, whenever it is asked for.
Result<std::vector<connectors::Intent>> intents_of(Run& run,
                                                   const std::vector<store::OutboxRow>& frozen);

// The batch that frozen rows are, when they go out together.
std::string batch_of(const std::vector<store::OutboxRow>& rows);

// True when the endpoint does not answer: further writes would only add to what is unknown.
bool is_failure(const connectors::Receipt& receipt);

// Writes down what became of one row. What is certainly without effect is pending again, and its attempts are
// not counted here: whether it was the record's fault or the endpoint's is seen from the others.
Result<void> record_receipt(store::Tx& tx, Run& run, const store::OutboxRow& row,
                            const connectors::Receipt& receipt);

// The row is to be decided and sent anew.
Result<void> back_to_pending(store::Tx& tx, store::OutboxRow row, const std::string& why);

// One more attempt at a row without effect: the next one waits, each time longer, and after the last one it is
// parked for a person.
Result<void> count_attempt(store::Tx& tx, Run& run, store::OutboxRow row);

// How long to wait after so many attempts.
std::chrono::milliseconds backoff(int attempts);

} // namespace gramsetu::engine
