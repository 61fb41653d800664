// Time, behind one interface, so that a month of schedule runs in a millisecond of test.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <stop_token>
#include <string>

namespace gramsetu {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>; // for records and logs
using Ticks = std::chrono::steady_clock::time_point;              // for waiting

// The only source of time. Nothing else may ask the system what time it is.
// Safe to use from any thread.
class Clock {
public:
  virtual ~Clock() = default;
  virtual Instant now() const noexcept = 0;
  virtual Ticks ticks() const noexcept = 0;
  // False when `stop` was requested first. A fake clock jumps instead of waiting.
  virtual bool sleep_until(Ticks deadline, std::stop_token stop) = 0;
};

class SystemClock final : public Clock {
public:
  Instant now() const noexcept override;
  Ticks ticks() const noexcept override;
  bool sleep_until(Ticks deadline, std::stop_token stop) override;
};

// RFC 3339 in UTC with milliseconds: "2026-11-23T04:30:00.000Z".
std::string to_rfc3339(Instant at);

// The same with a fixed offset from UTC: "2026-11-23T10:00:00.000+05:30".
std::string to_rfc3339(Instant at, std::chrono::minutes offset);

// Reads both forms above, with 0 to 9 digits of fraction (cut to milliseconds). Anything else,
// a time without a zone among them, is refused.
Result<Instant> from_rfc3339(std::string_view text);

} // namespace gramsetu
