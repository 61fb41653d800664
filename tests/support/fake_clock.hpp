// A clock that tests turn by hand; its sleeps jump instead of waiting.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <mutex>
#include <string_view>
#include <vector>

namespace gramsetu::test {

// Any thread. Time moves only by `advance`, `set` and sleeping.
class FakeClock final : public Clock {
public:
  FakeClock(); // 23 November 2026, 10:00 in India
  explicit FakeClock(Instant now);

  Instant now() const noexcept override;
  Ticks ticks() const noexcept override;

  // Jumps both clocks to the deadline at once. Does not jump when `stop` was requested before.
  bool sleep_until(Ticks deadline, std::stop_token stop) override;

  void advance(std::chrono::milliseconds by); // both clocks
  void set(Instant now);                      // the wall clock alone: an operator or NTP steps it

  // How long each sleep was, oldest first: what backoff tests look at.
  std::vector<std::chrono::milliseconds> sleeps() const;

private:
  mutable std::mutex mutex_; // guards all below
  Instant now_;
  Ticks ticks_;
  std::vector<std::chrono::milliseconds> sleeps_;
};

// "2026-11-23T10:00:00+05:30" as an instant; ends the test program when it is malformed.
Instant at(std::string_view rfc3339);

} // namespace gramsetu::test
