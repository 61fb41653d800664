// The parts of /metrics. docs/metrics.md lists the families.
#pragma once

#include "daemon/api/metrics_writer.hpp"
#include "daemon/api/status.hpp"

namespace gramsetu::api {

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
void write_process(MetricsWriter& out, const MetricsSource& from);   // the hub itself

} // namespace gramsetu::api
