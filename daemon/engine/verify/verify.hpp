// Do both sides agree? Counts and order-independent digests, per range of keys.
#pragma once

#include "daemon/engine/cycle.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/engine/report.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace gramsetu::engine {

// Reads everything the endpoint has and compares it with the hub; writes nothing. Keys with an open conflict
// or an open quarantine are counted as `open` and left out of both sums. A value that the hub keeps by
// rule against an endpoint that it does not push to is agreement.
Result<Certificate> verify_flow(const Flow& flow, const Services& services, std::stop_token stop);

// After a run: reads back what was pushed (at most kVerifyProbesMax keys) and compares.
Result<Certificate> verify_pushed(const Flow& flow, const std::vector<std::string>& keys,
                                  const Services& services, std::stop_token stop);

std::string to_json(const Certificate& certificate);

} // namespace gramsetu::engine
