// What a run did, in the numbers that its last log line carries.
#pragma once

#include "daemon/engine/verify/certificate.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
  std::string values;      // "amount 125000 -> 1250"; personal and financial ones are never in it
};

// A rail that the plan of a slice hits.
struct Trip {
  std::string rail; // as the option is called
  std::string why;  // the rail, the slice, the numbers and what is allowed, in a sentence
  std::size_t count = 0, of = 0;
};

// What the rails look at: the part of a plan that no person has approved yet.
struct Judged {
  std::size_t creates = 0, updates = 0, deletes = 0;
  // By field: records in which it goes blank, less those in which it is filled.
  std::map<std::string, std::int64_t> blanked;
};

// What a run would write, in numbers and samples.
struct PlanSummary {
  std::string slice;                // empty: what is sent, whatever slice it is of
  std::size_t known = 0;            // records of the slice before
  std::optional<std::size_t> found; // by this run, when it read all of the slice
  std::size_t last = 0;             // by the last such reading that was carried out, or approved
  bool empty = false;               // the source answered, and the slice held nothing
  std::size_t creates = 0, updates = 0, deletes = 0, conflicts = 0, pushes = 0;
  std::vector<PlanSample> samples; // at most 20
  Judged judged;
  std::vector<Trip> trips;
};

// What a held run leaves for the person who may release it.
struct Held {
  std::set<std::string> rails;
  std::size_t records = 0;                  // that it would change in all
  std::size_t more = 0;                     // slices that a rail holds too, and that are not shown
  std::map<std::string, std::size_t> found; // by slice that came back smaller: what it lists now
};

struct Report {
  RunState state = RunState::done;
  std::string reason; // of a hold or a failure
  Counts counts;
  std::vector<PlanSummary> held; // of a plan: all slices; of a held run: those that a rail holds
  Held hold;
  std::optional<Certificate> certificate;
};

} // namespace gramsetu::engine
