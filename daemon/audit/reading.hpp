// Reading the audit log while it is written, and checking the whole of it.
#pragma once

#include "base/clock.hpp"
#include "daemon/audit/chain.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::audit {

struct Query {
  std::optional<Instant> from = {}, till = {};  // [from, till), by the time of the act
  std::string who = {}, what = {}, object = {}; // what: "conflict.resolve", or "conflict" for all
  std::int64_t after = 0;
  std::size_t limit = 200;
  bool newest = false; // the newest `limit`, still oldest first
};

// Entries as they were written. Any thread, no lock: what is being written is not there yet.
std::vector<Line> read_entries(const std::string& folder, const Query& query);

struct Verdict {
  std::int64_t entries = 0, first = 0, last = 0;
  std::size_t heads = 0;
  std::int64_t bad = 0; // the first sequence that is not as it was written; 0: all are
  std::string problem;
};

// Reads every file. gramsetu-audit does the same without us.
Verdict verify(const std::string& folder);

// The time of the first entry of a file; nothing when it cannot be read.
std::optional<Instant> begin_of(const std::string& path);

} // namespace gramsetu::audit
