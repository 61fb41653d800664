// Several requests of one flow under way at once.
#pragma once

#include "daemon/engine/push/intent.hpp"

#include <cstddef>
#include <vector>

namespace gramsetu::engine {

// What goes out in one request: frozen rows, and what became of them.
struct Sending {
  std::vector<store::OutboxRow> rows;
  std::vector<connectors::Intent> intents{};
  std::vector<connectors::Receipt> receipts{}; // one a row
};
using Group = std::vector<Sending>;

// How many rows go out in one request.
std::size_t batch_size(const connectors::Capabilities& able);

// How many sendings may be under way at once. A flow sends records of one entity, and the outbox holds a record
// once, so that they are of different records by themselves; but they leave in no order. So there is one at a time
// where an order counts: where records of an entity refer to each other (parents first), and where an endpoint cannot
// refuse a write over another version than was looked at: nothing may come between a look and its write.
std::size_t most_at_once(const Flow& flow, const connectors::Capabilities& able);

// Parts `rows` into at most so many sendings of at most `batch_size` rows and freezes all of them, in the
// outbox's order and in one transaction: nothing leaves before every intent is durable, and no more are `in_flight`
// than may be under way, which is what a death leaves unknown. What lacks nothing any more is left out.
Result<Group> freeze_group(Run& run, const std::vector<store::OutboxRow>& rows,
                           const connectors::Capabilities& able);

// Sends all of them, one at least, at once, the first on the caller's thread; returns when each has its receipts. The
// endpoint's allowance (its pace, its calls at once, its breaker) holds for each as for any call.
void send_group(Run& run, Group& group);

// Writes down what became of them, in the outbox's order and in one transaction, on the caller's thread.
Result<void> record_group(Run& run, const Group& group);

} // namespace gramsetu::engine
