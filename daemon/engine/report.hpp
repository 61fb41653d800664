// What a run did, in the numbers that its last log line carries.
#pragma once

#include "daemon/engine/verify/certificate.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::engine {

struct Counts {
  std::size_t pulled = 0, unchanged = 0, created = 0, updated = 0, deleted = 0;
  std::size_t conflicts = 0; // decided by rule or left open
  std::size_t opened = 0;    // those left open
  std::size_t quarantined = 0, waiting = 0;
  std::size_t pushed = 0, refused = 0, unknown = 0;
  std::size_t kept = 0;       // changed there, and the hub stays as it is
  std::size_t superseded = 0; // stale news of a tombstone
  std::size_t drifted = 0;    // records with fields that no mapping reads
  std::size_t restored = 0;   // records of which an undo put something back
  std::size_t left = 0;       // what an apply or an undo left as it is
  std::size_t bytes = 0;      // received
  std::size_t slices = 0, slices_failed = 0;
  // Of a repair: records that differed; heard anew; offered to the endpoint again.
  std::size_t differed = 0, heard = 0, offered = 0;
};

enum class RunState { done, partial, held, failed, cancelled };
std::string_view name_of(RunState state); // what `RunRow::state` says

// One line of a plan, for people.
struct PlanSample {
  std::string key, change; // "update", "delete", ...
  std::string what;        // fields, in words
};

// What a run would write, in numbers and samples.
struct PlanSummary {
  std::string slice;     // empty: what is sent, whatever slice it is of
  std::size_t known = 0; // records of the slice before
  bool empty = false;    // the source answered, and the slice held nothing
  std::size_t creates = 0, updates = 0, deletes = 0, conflicts = 0, pushes = 0;
  std::vector<PlanSample> samples; // at most 20
};

struct Report {
  RunState state = RunState::done;
  std::string reason; // of a hold or a failure
  Counts counts;
  std::vector<PlanSummary> held;
  std::optional<Certificate> certificate;
};

} // namespace gramsetu::engine
