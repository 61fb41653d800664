// Notices that the process has had nothing to do for a while.
#pragma once

#include "base/clock.hpp"
#include "base/idle_memory.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace gramsetu::runtime {

// Decides when memory is given back (`give_back_memory`) and the store's log copied: not while anything is under way,
// not after a time in which the process worked, not twice within a minute, and not when hardly anything has come since
// the last time. One thread.
class Idle {
public:
  static constexpr std::chrono::seconds kLook{5}; // how often `look` is to be called

  // `busy`: runs, jobs or requests are under way. True when that is to be done now.
  bool look(Ticks now, bool busy, const Footprint& footprint);

private:
  std::optional<Ticks> looked_, gave_;
  std::chrono::nanoseconds processor_{}; // at the last look
  bool settles_ = false;                 // gave back, and what is needed all the same comes again
  std::size_t settled_ = 0;              // bytes that were resident after that
};

} // namespace gramsetu::runtime
