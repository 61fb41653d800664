// One run of a tap: what it said of one stream, kept whole or not at all.
#pragma once

#include "connectors/exec/context.hpp"
#include "connectors/exec/spool.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace gramsetu::connectors::exec {

struct Reading {
  Spool spool;
  std::string state;       // the last STATE, as JSON; empty: it sent none
  std::size_t records = 0; // without the bad ones
  bool damaged = false;    // something may be missing: it proves no absence
};

// Runs the tap from `since` (a STATE; empty: from the beginning). An error when it did not end well, and when
// it said what cannot be relied on: nothing of such a run is used.
Result<Reading> read_tap(const Context& context, const PullRequest& request, std::stop_token stop);

// The names of the streams that it offers (`--discover`).
Result<std::vector<std::string>> discover_streams(const Context& context, std::stop_token stop);

} // namespace gramsetu::connectors::exec
