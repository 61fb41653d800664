// What the process has counted since it began, and what the store does not keep.
#pragma once

#include "base/clock.hpp"
#include "daemon/engine/report.hpp"
#include "daemon/runtime/run_json.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gramsetu::runtime {

// Runs of one flow.
struct FlowTally {
  std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> runs; // by kind and state
  engine::Counts counts; // of all runs that move data; of the numbers that finish lines carry
};

// Requests of the admin API.
struct RequestTally {
  std::map<int, std::uint64_t> by_status;
  std::chrono::nanoseconds took{0};
};

// Any thread.
class Meters {
public:
  void run_ended(const std::string& flow, RunKind kind, const engine::Report& report);
  std::map<std::string, FlowTally> tallies() const;

  // `operation`: one of the route table's, never what a stranger typed.
  void request_ended(std::string_view operation, int status, std::chrono::nanoseconds took);
  std::map<std::string, RequestTally, std::less<>> requests() const;

  // The schedule was looked at, on the loop; it should have been `period` after the last time.
  void ticked(Ticks now, std::chrono::milliseconds period);
  // The worst lateness of a tick in about the last minute.
  std::chrono::milliseconds lag(Ticks now) const;
  // It was within the last seconds: the schedule runs.
  bool is_ticking(Ticks now) const;

private:
  struct Window {
    std::int64_t minute = 0;
    std::chrono::milliseconds worst{0};
  };

  mutable std::mutex mutex_; // guards all below
  std::map<std::string, FlowTally> tallies_;
  std::map<std::string, RequestTally, std::less<>> requests_;
  std::optional<Ticks> ticked_;
  std::array<Window, 2> late_{}; // this minute and the one before
};

} // namespace gramsetu::runtime
