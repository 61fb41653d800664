// One look after the other.
#include "daemon/runtime/idle.hpp"

#include <utility>

namespace gramsetu::runtime {

namespace {

constexpr int kShare =
    100; // quiet: less than this part of a core. Ticks and timers take a tenth of it.
constexpr std::chrono::minutes kLeast{1};
constexpr std::size_t kWorth =
    1 << 20; // bytes that have come: below, it is not worth the page faults

} // namespace

bool Idle::look(Ticks now, bool busy, const Footprint& footprint)
{
  const auto worked = footprint.processor - std::exchange(processor_, footprint.processor);
  const auto before = std::exchange(looked_, now);
  if (busy || !before || worked * kShare >= now - *before) {
    settles_ = false;
    return false;
  }
  if (std::exchange(settles_, false)) settled_ = footprint.resident;
  if (gave_ && now - *gave_ < kLeast) return false;
  if (footprint.resident < settled_ + kWorth) return false;
  gave_ = now;
  settles_ = true;
  return true;
}

} // namespace gramsetu::runtime
