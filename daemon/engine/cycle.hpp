// One round trip of one flow: the six stages in order.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/engine/report.hpp"
#include "daemon/store/store.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <stop_token>

namespace gramsetu::engine {

enum class Stage { pull, stage, reconcile, apply, push, verify };
std::string_view name_of(Stage stage);

// Called before every step that touches the world. Empty in the daemon; tests throw from it, and that is
// how a run dies on purpose.
using OnStep = std::function<void(Stage stage)>;

struct Progress {
  Stage stage = Stage::pull;
  std::string slice;
  std::size_t slice_index = 0, slice_count = 0;
  std::size_t records = 0;
  std::optional<std::size_t> expected;
};

struct Services {
  store::Store& store;
  Clock& clock;
  Ids& ids;
  Log log;
  OnStep on_step = {};
  std::function<void(const Progress&)> progress = {};
  std::chrono::milliseconds clock_doubt{2'000}; // how far the hub's own clock may be off
  bool read_ahead = false; // the next page is fetched in a thread of its own while one is stored
};

// People looked at a held run and let it go. It covers what they saw and nothing else: news that came later,
// and a slice that has shrunk further, go by the rails.
struct Approval {
  std::string by;                           // their names; empty: nobody did
  Instant until{};                          // of the news that was shown
  std::map<std::string, std::size_t> found; // by slice: how few records were shown
};

struct RunOptions {
  std::string run_id;
  bool full = false;      // forget cursors: read everything again
  bool plan_only = false; // stop before anything is applied, and keep the plan under `run_id`
  bool repair = false; // look for what differs, and bring it back onto this path; goes with `full`
  std::string applies; // carry out the plan of that run and nothing else
  Approval approval;
};

// Runs one flow on the caller's thread. Death between any two steps leaves a state from which the next
// call carries on. `others` are all flows of the same entity, this one among them.
Result<Report> run_cycle(const Flow& flow, const FlowsOf& others, const RunOptions& options,
                         const Services& services, std::stop_token stop);

} // namespace gramsetu::engine
