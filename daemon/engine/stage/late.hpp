// New records of closed books come too late: they wait in quarantine for a person, or until the book is open.
#pragma once

#include "daemon/engine/stage/stage.hpp"

#include <optional>
#include <string>

namespace gramsetu::engine {

// How a record came.
struct Arrival {
  bool direct = false;             // with its slice's first load: that is history
  std::string run;                 // which brought it, when it had to wait for its parent since
  std::optional<Instant> received; // likewise
};

// Why news would enter a record into a closed book, or nothing. What its keeper entered before it was closed
// belongs to its last state.
Result<std::string> why_late(store::Tx& tx, const Run& run, const store::InboxRow& news,
                             const Arrival& arrival);

// Why a record that is new here may have been deleted long ago, or nothing: its side was away for longer than
// deletes are remembered, or brought it when it was.
Result<std::string> why_too_old(store::Tx& tx, const Run& run, const store::InboxRow& news);

// Takes a late record up again when its book has been opened.
Result<void> release_late(store::Tx& tx, Run& run, store::QuarantineRow row);

} // namespace gramsetu::engine
