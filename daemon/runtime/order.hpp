// What people and the schedule ask of flows, and the runs that come of it.
#pragma once

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "daemon/engine/cycle.hpp"
#include "daemon/runtime/run_json.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace gramsetu::runtime {

// What is asked of flows.
struct Order {
  RunKind kind = RunKind::sync;
  bool full = false;
  bool evidence = false; // verify: both sides' records are kept, to be read once
  std::string asked_by;  // empty: by the schedule
  std::string of;        // the run whose plan is applied, or that is undone
  std::string note;      // why it is undone
};

// A plan is for people who decide this week; later the records have moved on.
inline constexpr std::chrono::hours kPlansKept{7 * 24};

// A plan as a person has seen it: the run that made it, and the digest over all of it.
struct SeenPlan {
  std::string run;
  Digest digest{};
};

struct Ticket {
  std::string run, flow;
};

// What became of an approval.
struct Release {
  std::optional<Ticket> ticket; // of the run that carries it out; none: it waits for somebody else
  std::string held;             // the run that waits
  bool again = false;           // this person had approved it already
};

// A run that waits for its turn or goes on.
struct LiveRun {
  Ticket ticket;
  Order order;
  bool started = false;
  Instant since{};
  engine::Progress progress;
};

} // namespace gramsetu::runtime
