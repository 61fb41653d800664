// What is due, and when to look again. Pure.
#pragma once

#include "base/clock.hpp"
#include "daemon/schedule/cron.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::schedule {

struct DayWindow {
  std::chrono::minutes from{}, to{}; // local time; may go over midnight
};

// One flow, as the scheduler sees it.
struct Job {
  std::string flow;
  std::string endpoint;
  std::optional<std::chrono::milliseconds> every;
  std::optional<Cron> cron;
  std::optional<DayWindow> window;
  std::chrono::milliseconds jitter{0}; // already drawn for the coming start
  std::optional<Instant> last_start;   // nothing: never ran, so that it is due at once
  bool running = false;
  bool asked = false;                // by a person: due now, whatever the clock says
  unsigned failures = 0;             // in a row: backs off, doubling from a minute to an hour
  std::optional<Instant> not_before; // an endpoint asked us to wait
};

struct Agenda {
  std::vector<std::string> start; // these now, longest overdue first
  std::optional<Instant> wake;    // nothing: only when something changes
};

// The start that a job waits for: the first that its schedule, window, jitter and backoff allow after
// its last one. Runs missed while the hub was off or busy count as one. After a failure the backoff takes the
// schedule's place, the window stays. `Instant::max()` when the job has no schedule.
Instant next_start(const Job& job, Instant now, std::chrono::minutes offset);

// At most `slots` flows start, and never more on one endpoint than `per_endpoint`, counting those that run.
// What is due and finds no room is not in `wake`: look again when a run ends.
Agenda agenda(const std::vector<Job>& jobs, Instant now, std::size_t slots,
              std::size_t per_endpoint, std::chrono::minutes offset);

} // namespace gramsetu::schedule
