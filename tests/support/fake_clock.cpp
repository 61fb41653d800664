// The clock of the tests.
#include "tests/support/fake_clock.hpp"

#include "base/check.hpp"

namespace gramsetu::test {

namespace chr = std::chrono;

FakeClock::FakeClock() : FakeClock(at("2026-11-23T10:00:00+05:30")) {}

// Ticks start far from zero: code that takes a default-made time point for "long ago" must not pass
// by luck, nor must a difference to it overflow.
FakeClock::FakeClock(Instant now) : now_(now), ticks_(chr::hours(1000)) {}

Instant FakeClock::now() const noexcept
{
  const std::lock_guard lock(mutex_);
  return now_;
}

Ticks FakeClock::ticks() const noexcept
{
  const std::lock_guard lock(mutex_);
  return ticks_;
}

bool FakeClock::sleep_until(Ticks deadline, std::stop_token stop)
{
  if (stop.stop_requested()) return false;
  const std::lock_guard lock(mutex_);
  const auto wait = chr::ceil<chr::milliseconds>(deadline - ticks_);
  if (wait > wait.zero()) {
    now_ += wait;
    ticks_ += wait;
    sleeps_.push_back(wait);
  }
  return true;
}

void FakeClock::advance(chr::milliseconds by)
{
  const std::lock_guard lock(mutex_);
  now_ += by;
  ticks_ += by;
}

void FakeClock::set(Instant now)
{
  const std::lock_guard lock(mutex_);
  now_ = now;
}

std::vector<chr::milliseconds> FakeClock::sleeps() const
{
  const std::lock_guard lock(mutex_);
  return sleeps_;
}

Instant at(std::string_view rfc3339)
{
  const auto instant = from_rfc3339(rfc3339);
  check(instant.has_value(), "a time in a test is well-formed");
  return *instant;
}

} // namespace gramsetu::test
