// Asks again where asking again is safe and may help.
#pragma once

#include "base/ids.hpp"
#include "connectors/api/transport.hpp"

#include <chrono>
#include <memory>

namespace gramsetu::connectors::wrap {

struct RetryLimits {
  int attempts = 5;                     // the first one among them
  std::chrono::milliseconds first{500}; // upper bound of the first wait, doubled each time
  std::chrono::milliseconds longest{30'000};
};

// Repeats reads (pull, probe, reach) after passing faults, with exponential backoff and full jitter, and
// honours what the endpoint asks for when that is at most `longest`. Never repeats a push: what became
// of one is the engine's to find out. Any thread.
std::unique_ptr<Connector> retrying(std::unique_ptr<Connector> inner, Clock& clock,
                                    const RetryLimits& limits = {});

// What is done about each kind of error.
bool is_passing(ErrorKind kind);

} // namespace gramsetu::connectors::wrap
