// From outbox rows to intents, and from receipts back.
#pragma once

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/push/outbox.hpp"

#include <vector>

namespace gramsetu::engine {

// Freezes pending rows: decides again what the endpoint lacks, mints the idempotency key, writes the payload,
// and marks the row in flight. Rows that lack nothing any more are erased; while a plan is carried out, what
// it does not hold stays. Returns the frozen rows.
Result<std::vector<store::OutboxRow>> freeze(store::Tx& tx, Run& run,
                                             const std::vector<store::OutboxRow>& pending);

connectors::Intent intent_of(const store::OutboxRow& row, const std::string& remote_id);

// Writes down what became of one row.
Result<void> record_receipt(store::Tx& tx, Run& run, const store::OutboxRow& row,
                            const connectors::Receipt& receipt);

// Puts what the endpoint holds now into the inbox, to be decided: after a refused precondition.
Result<void> take_sighting(store::Tx& tx, Run& run, const std::string& key,
                           const connectors::Sighting& sighting);

// The row goes back to pending: it certainly had no effect. With `wait`, not before a backoff is over.
Result<void> back_to_pending(store::Tx& tx, Run& run, store::OutboxRow row, const std::string& why,
                             bool wait);

} // namespace gramsetu::engine
