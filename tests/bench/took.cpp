// Two clocks.
#include "tests/bench/took.hpp"

#include "tests/bench/sample.hpp"

#include <chrono>
#include <ctime>

namespace gramsetu::bench {

namespace {

double processor_seconds()
{
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

} // namespace

Took took_by(const std::function<void()>& action)
{
  const auto begin = std::chrono::steady_clock::now();
  const double used = processor_seconds();
  action();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return {wall.count(), processor_seconds() - used};
}

void tell_time(const Took& took)
{
  tell("seconds", took.seconds);
  tell("processor", took.processor);
}

} // namespace gramsetu::bench
