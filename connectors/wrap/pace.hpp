// How fast one host may be asked, by all endpoints that live on it.
#pragma once

#include "connectors/api/transport.hpp"

#include <chrono>
#include <memory>
#include <mutex>

namespace gramsetu::connectors::wrap {

// Turns are taken in order; the pause that one endpoint is asked for holds for all. Any thread.
class Pace {
public:
  explicit Pace(Clock& clock) : clock_(clock) {}

  // At most so many requests in a second on average, and one second's worth at once. Of several
  // endpoints' limits the lowest holds.
  void slow_down(std::int64_t requests_per_second);

  // Takes the turn of `requests` calls: when the first of them may go. An error when that is after a pause
  // that is too long to be waited out.
  Result<Ticks> reserve(std::size_t requests);
  void pause(std::chrono::milliseconds duration);

private:
  Clock& clock_;
  std::mutex mutex_; // guards all below
  std::int64_t rate_ = 0;
  Ticks::duration each_{}, burst_{};
  Ticks full_at_{}, paused_until_{};
};

// The pace of the endpoint's host (scheme, name and port), shared by all endpoints of this process and clock
// that have it; of an endpoint without an address, its own.
std::shared_ptr<Pace> pace_of(const EndpointSettings& settings, Clock& clock);

} // namespace gramsetu::connectors::wrap
