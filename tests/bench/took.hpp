// How long something took.
#pragma once

#include <functional>

namespace gramsetu::bench {

// Wall time, and what the process had of the processors meanwhile: the latter is steadier on a busy machine.
struct Took {
  double seconds = 0, processor = 0;
  Took& operator+=(const Took& more)
  {
    seconds += more.seconds;
    processor += more.processor;
    return *this;
  }
};

Took took_by(const std::function<void()>& action);

void tell_time(const Took& took); // as a child does: "seconds", "processor"

} // namespace gramsetu::bench
