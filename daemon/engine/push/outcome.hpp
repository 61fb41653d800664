// What is to be done about a write that nobody answered for. Pure.
#pragma once

#include "connectors/api/connector.hpp"
#include "daemon/store/rows.hpp"

#include <chrono>

namespace gramsetu::engine {

// What the endpoint shows of the record when it is asked.
enum class Shown {
  nothing,   // it could not be asked
  ours,      // it holds what was sent
  untouched, // nothing has happened there since what both sides last agreed on
  other,     // something else has happened there
};

// Everything that is known about one such write.
struct Evidence {
  Shown shown = Shown::nothing;
  bool keyed = false; // the endpoint knows idempotency keys
  bool whole = true;  // where it knows them by the batch: all of the batch is still unsettled
  bool guarded =
      false; // the write named a version, and is refused over another: it cannot happen twice
  bool closed = false; // the record is in a book that is closed by now
  Instant now, first_sent, last_sent;
  std::chrono::milliseconds retention{0}; // of a key, at the endpoint
  std::chrono::milliseconds lag{0};       // so long after a write it may not be shown yet
  std::chrono::milliseconds doubt{0};     // of the clocks
};

enum class Ruling {
  took_effect,  // the shadow follows
  no_effect,    // it may be sent anew, as a new effect
  decide_again, // the endpoint has moved on: what it holds is news
  wait,         // it may yet appear
  replay,       // the same bytes under the same key: safe, and the answer will tell
  person,       // nothing that a machine may do
};

Ruling judge(const Evidence& evidence);

// True while the endpoint certainly still knows a key that it first saw at `first_sent`, for a request that
// leaves now. A clock that went back proves nothing.
bool is_remembered(const Evidence& evidence);

// What of it stands in the row and the capabilities; `shown` and `whole` are the caller's.
Evidence evidence_of(const store::OutboxRow& row, const connectors::Capabilities& able,
                     std::chrono::milliseconds doubt, Instant now);

} // namespace gramsetu::engine
