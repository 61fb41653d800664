// The parts of /metrics. docs/metrics.md lists the families.
#pragma once

#include "daemon/api/metrics_writer.hpp"
#include "daemon/api/server.hpp"
#include "daemon/api/status.hpp"

#include <functional>

namespace gramsetu::api {

// Counts what the server answered in the hub's meters, by the operation of its route.
std::function<void(const Answered&)> count_requests(runtime::Hub& hub);

// What the parts are written from.
struct MetricsSource {
  const HubStatus& status;
  runtime::Hub& hub;
  const runtime::Setup& setup;
  Instant now;
};

void write_flows(MetricsWriter& out, const MetricsSource& from);     // freshness, queues, runs
void write_endpoints(MetricsWriter& out, const MetricsSource& from); // what they were asked
void write_standing(MetricsWriter& out, const MetricsSource& from);  // clocks, certificates
void write_requests(MetricsWriter& out, const MetricsSource& from);  // of the admin API
void write_process(MetricsWriter& out, const MetricsSource& from);   // the hub itself

} // namespace gramsetu::api
