// The state of the hub as one document: what `gramsetu status`, /readyz and /metrics are made from.
#pragma once

#include "daemon/api/care_json.hpp"
#include "daemon/runtime/hub.hpp"
#include "schema/value.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::api {

// A run as the API shows it.
schema::Object run_json(const store::RunRow& row);
schema::Object run_json(const runtime::LiveRun& run);

struct FlowStatus {
  const engine::Flow* flow = nullptr;
  std::string state; // "idle", "waiting", "running", "held", "failed", "aside"
  std::optional<store::RunRow> last;
  std::optional<store::RunRow> held; // waits for people, or for its cause to pass
  std::optional<Instant> fresh;      // the oldest of its slices' newest agreements
  std::optional<runtime::Aside> aside;
  store::FlowTotals totals;
  std::optional<Instant> oldest_conflict, oldest_quarantined, held_since;
  std::vector<runtime::PlaceAge> places; // the stalest first; of a flow that pulls
};

struct EndpointStatus {
  std::string name;
  std::optional<runtime::Down> down;
  std::optional<connectors::ClockReading> clock;
  std::optional<Instant> identity_until, server_until; // ends of certificates: ours, theirs
};

struct HubStatus {
  std::vector<FlowStatus> flows;
  std::vector<EndpointStatus> endpoints;
  std::vector<std::pair<std::string, std::size_t>> records;
  std::size_t held = 0, conflicts = 0, quarantined = 0, exceptions = 0, unknown = 0;
  std::size_t waiting = 0;             // for a record that is not there yet
  std::size_t orphaned = 0;            // wait for flows that are not in the configuration any more
  std::vector<store::FlowTotals> left; // those flows
  std::optional<Instant> oldest_unknown; // when it was first sent
  CareStatus care;
};

Result<HubStatus> status_of(runtime::Hub& hub, const runtime::Setup& setup);
schema::Object status_json(const HubStatus& status, runtime::Hub& hub, const runtime::Setup& setup);
// What is known of an endpoint's clock: the doubt in force, and what its answers showed.
void append_clock(schema::Object& json, const std::optional<connectors::ClockReading>& clock,
                  std::chrono::milliseconds stated);
schema::Object flow_json(const FlowStatus& status, const runtime::Setup& setup, Instant now);
std::string metrics_text(const HubStatus& status, runtime::Hub& hub, const runtime::Setup& setup);

} // namespace gramsetu::api
