// Sending again what nobody answered for: the same bytes under the same key.
#pragma once

#include "daemon/engine/push/intent.hpp"

#include <set>
#include <string>
#include <vector>

namespace gramsetu::engine {

// What may be sent again now: rows by themselves, and the rows of batches, which go out together as before.
struct Replays {
  std::vector<std::string> keys; // in the order in which they were made
  std::vector<std::string> batches;
  std::set<std::string> of_batches; // keys

  void add(const store::OutboxRow& row);
  std::size_t size() const { return keys.size() + of_batches.size(); }
};

// Sends them. A row stays unknown until it is answered; an endpoint that answers nothing is left alone for this
// run, and the run goes on. The error is that of a login that failed, or of a stop.
Result<void> replay_unknown(Run& run, const Replays& replays);

} // namespace gramsetu::engine
