// The real program on a store that is full: how soon it is ready, how fast it answers, what it costs idle.
#pragma once

#include "tests/bench/sample.hpp"

#include <chrono>
#include <string>

namespace gramsetu::bench {

struct DaemonWork {
  std::string config, socket, folder;
  std::chrono::seconds idle{0}; // for so long nothing happens
};

// "start_ms", "status_ms", "idle_mib", "idle_core" (the share of one).
Sample daemon_sample(const DaemonWork& asked);

} // namespace gramsetu::bench
