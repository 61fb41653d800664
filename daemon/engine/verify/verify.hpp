// Do both sides agree? Counts and order-independent sums, per range of keys.
#pragma once

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/verify/certificate.hpp"

#include <stop_token>

namespace gramsetu::engine {

struct VerifyOptions {
  bool evidence = false; // leaves both sides' records, as text, in the scratch
};

// Reads everything the endpoint has and compares it with the hub; writes nothing. Keys with an open conflict
// or in quarantine are left out of both sums and counted apart. A value that the hub keeps by rule
// against an endpoint that it does not push to is agreement; so is what others brought to an endpoint
// that is only pushed to.
Result<Certificate> verify_flow(const Flow& flow, const Services& services,
                                const VerifyOptions& options, std::stop_token stop);

// After a run that moved data: reads back what it wrote (at most kVerifyProbesMax records) and compares.
Result<Certificate> read_back(const Run& run);

} // namespace gramsetu::engine
