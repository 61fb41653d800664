// Leaves an endpoint alone that fails and fails.
#pragma once

#include "connectors/api/traffic.hpp"
#include "connectors/api/transport.hpp"

#include <chrono>
#include <memory>

namespace gramsetu::connectors::wrap {

struct BreakerLimits {
  int failures = 10;                       // in a row, after which it is left alone
  std::chrono::milliseconds first{30'000}; // for so long, doubled each time that it fails again
  std::chrono::milliseconds longest{900'000};
};

// After `failures` passing faults in a row (nobody there, no answer, 5xx), calls fail at once, with the time
// that is left as `retry_after`; pushes are `not_sent`. When it is over, one call is let through: the others
// wait for what becomes of it. Any answer that is not such a fault counts as one. `traffic`, if any, is told.
// Any thread.
std::unique_ptr<Connector> breaking(std::unique_ptr<Connector> inner, Clock& clock,
                                    const BreakerLimits& limits = {},
                                    std::shared_ptr<Traffic> traffic = nullptr);

} // namespace gramsetu::connectors::wrap
