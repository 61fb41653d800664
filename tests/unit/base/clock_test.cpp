// Times go out and come back exactly, and nothing that is not a time gets in.
#include "base/clock.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace gramsetu;
using namespace std::chrono_literals;

TEST_CASE("a time is written in UTC or with an offset, and read back to the millisecond")
{
  const Instant at = *from_rfc3339("2026-11-23T10:00:00.123+05:30");
  CHECK(to_rfc3339(at) == "2026-11-23T04:30:00.123Z");
  CHECK(to_rfc3339(at, 330min) == "2026-11-23T10:00:00.123+05:30");
  CHECK(to_rfc3339(at, -210min) == "2026-11-23T01:00:00.123-03:30");
  CHECK(*from_rfc3339("2026-11-23t04:30:00.123456789z") == at);
  CHECK(*from_rfc3339("2026-11-23 04:30:00.123Z") == at);
  // The year of accounts begins at midnight in India, which is the day before in UTC.
  CHECK(to_rfc3339(*from_rfc3339("2026-04-01T00:10:00+05:30")) == "2026-03-31T18:40:00.000Z");
  CHECK(to_rfc3339(*from_rfc3339("2024-02-29T23:59:59Z"), 1min) == "2024-03-01T00:00:59.000+00:01");
}

TEST_CASE("what is not a time with a zone is refused")
{
  for (const auto* text :
       {"", "2026-11-23", "2026-11-23T10:00:00", "2026-02-29T10:00:00Z", "2026-13-01T10:00:00Z",
        "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:60Z",
        "2026-11-23T10:00:00.Z", "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00 05:30",
        "2026-11-23T10:00:00Z ", "26-11-23T10:00:00Z", "२०२६-11-23T10:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(from_rfc3339(text));
  }
}

TEST_CASE("a sleeper wakes when its time has come, or at once when stop is requested")
{
  SystemClock clock;
  CHECK(clock.sleep_until(clock.ticks() + 1ms, {}));
  std::stop_source stop;
  std::jthread asking([&] { stop.request_stop(); });
  CHECK_FALSE(clock.sleep_until(clock.ticks() + 1h, stop.get_token()));
  CHECK_FALSE(clock.sleep_until(clock.ticks() + 1h, stop.get_token()));
}
