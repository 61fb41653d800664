// Gathers the hub's state from the store and from the runs that go on.
#include "daemon/api/status.hpp"

#include "daemon/api/routes.hpp"
#include "daemon/engine/clock_doubt.hpp"
#include "daemon/runtime/hold.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <algorithm>

namespace gramsetu::api {

namespace {

// A clock that is further off than this should be set.
constexpr std::chrono::seconds kClockWorthTelling{5};

schema::Value number(std::size_t count)
{
  return static_cast<std::int64_t>(count);
}

schema::Value parsed(const std::string& json)
{
  if (json.empty()) return schema::Null{};
  auto value = schema::parse_json(json);
  return value ? std::move(*value) : schema::Value(schema::Null{});
}

// For lists: the ranges and what they go over are for whoever looks at one.
schema::Value brief_certificate(const std::string& json)
{
  auto certificate = parsed(json);
  if (certificate.is_object())
    for (const auto* part : {"ranges", "fields", "keyed"})
      certificate.object().erase(part);
  return certificate;
}

// A flow is as fresh as its stalest slice: the newest one would hide a place that fails every day.
std::optional<Instant> freshness(const std::vector<store::SliceRow>& slices,
                                 std::optional<Instant> agreed)
{
  std::optional<Instant> oldest;
  for (const auto& slice : slices) {
    if (!slice.complete_at) continue;
    if (!oldest || *slice.complete_at < *oldest) oldest = slice.complete_at;
  }
  return oldest ? oldest : agreed;
}

std::string state_of(runtime::Hub& hub, const FlowStatus& status)
{
  for (const auto& run : hub.live())
    if (run.ticket.flow == status.flow->id) return run.started ? "running" : "waiting";
  if (status.aside) return "aside";
  if (status.last && status.last->state == "failed") return "failed";
  return status.held ? "held" : "idle";
}

Result<FlowStatus> flow_status(store::Tx& tx, const engine::Flow& flow, const store::Totals& totals)
{
  FlowStatus status;
  status.flow = &flow;
  TRY(const auto memory, runtime::recall(tx, flow.id));
  status.aside = memory.aside;
  TRY(status.last, tx.run(memory.last_run));
  TRY(status.held, runtime::held_run(tx, flow.id));
  TRY(const auto slices, tx.slices(flow.id));
  status.fresh = freshness(slices, memory.agreed);
  for (const auto& row : totals.flows)
    if (row.flow == flow.id) status.totals = row;
  return status;
}

// The held run without its plan, which may be long.
schema::Value held_json(const store::RunRow& row)
{
  schema::Object json;
  json.append("run", row.id);
  json.append("reason", row.reason);
  json.append("hold", parsed(row.hold));
  return json;
}

std::string schedule_text(const config::FlowSettings& settings)
{
  return settings.every ? "every " + schema::write_duration(*settings.every)
                        : "cron " + settings.cron;
}

} // namespace

schema::Object run_json(const store::RunRow& row)
{
  schema::Object json;
  json.append("run", row.id);
  json.append("flow", row.flow);
  json.append("state", row.state);
  json.append("reason", row.reason);
  json.append("started_at", time_value(row.started_at));
  json.append("ended_at", time_value(row.ended_at));
  json.append("asked_by", row.asked_by);
  json.append("approved_by", row.approved_by);
  json.append("hold", parsed(row.hold));
  json.append("counts", parsed(row.counts));
  json.append("plan", parsed(row.plan));
  json.append("certificate", brief_certificate(row.certificate));
  return json;
}

schema::Object run_json(const runtime::LiveRun& run)
{
  schema::Object json, progress;
  json.append("run", run.ticket.run);
  json.append("flow", run.ticket.flow);
  json.append("state", run.started ? "running" : "waiting");
  json.append("started_at", time_value(run.since));
  json.append("kind", runtime::name_of(run.order.kind));
  progress.append("stage", engine::name_of(run.progress.stage));
  progress.append("slice", run.progress.slice);
  progress.append("slice_index", number(run.progress.slice_index));
  progress.append("slice_count", number(run.progress.slice_count));
  progress.append("records", number(run.progress.records));
  if (run.progress.expected) progress.append("expected", number(*run.progress.expected));
  json.append("progress", std::move(progress));
  return json;
}

Result<HubStatus> status_of(runtime::Hub& hub, const runtime::Setup& setup)
{
  HubStatus status;
  TRY_VOID(hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto totals, tx.totals());
    status.records = totals.records;
    for (const auto& flow : setup.flows) {
      TRY(auto row, flow_status(tx, *flow, totals));
      status.flows.push_back(std::move(row));
    }
    for (const auto& row : totals.flows) {
      status.conflicts += row.conflicts;
      status.quarantined += row.quarantined;
      status.exceptions += row.exceptions;
      status.unknown += row.unknown;
      if (row.oldest_unknown)
        status.oldest_unknown =
            std::min(status.oldest_unknown.value_or(*row.oldest_unknown), *row.oldest_unknown);
    }
    for (const auto& [name, endpoint] : setup.config().endpoints) {
      TRY(auto down, runtime::down_since(tx, name));
      TRY(auto clock, engine::clock_of(tx, name));
      status.endpoints.push_back({name, std::move(down), clock});
    }
    return {};
  }));
  for (auto& flow : status.flows) {
    flow.state = state_of(hub, flow);
    if (flow.held) ++status.held;
  }
  return status;
}

schema::Object flow_json(const FlowStatus& status, const runtime::Setup& setup, Instant now)
{
  schema::Object json;
  const auto* settings = setup.settings_of(status.flow->id);
  json.append("flow", status.flow->id);
  json.append("entity", status.flow->entity->name);
  json.append("endpoint", status.flow->side.endpoint);
  json.append("direction", settings ? config::name_of(settings->direction) : "");
  json.append("schedule", settings ? schedule_text(*settings) : "");
  json.append("state", status.state);
  json.append("fresh_at", time_value(status.fresh));
  if (status.fresh) {
    const auto age = std::chrono::floor<std::chrono::seconds>(now - *status.fresh);
    json.append("age_seconds", static_cast<std::int64_t>(age.count()));
  }
  if (status.aside) json.append("aside_until", time_value(status.aside->until));
  json.append("last_run", status.last ? schema::Value(run_json(*status.last)) : schema::Null{});
  json.append("held_run", status.held ? held_json(*status.held) : schema::Value(schema::Null{}));
  json.append("pending", number(status.totals.pending));
  json.append("unknown", number(status.totals.unknown));
  json.append("parked", number(status.totals.parked));
  json.append("inbox", number(status.totals.inbox));
  json.append("conflicts", number(status.totals.conflicts));
  json.append("quarantined", number(status.totals.quarantined));
  json.append("exceptions", number(status.totals.exceptions));
  json.append("oldest_pending", time_value(status.totals.oldest_pending));
  json.append("oldest_unknown", time_value(status.totals.oldest_unknown));
  return json;
}

void append_clock(schema::Object& json, const std::optional<connectors::ClockReading>& clock,
                  std::chrono::milliseconds stated)
{
  json.append("clock_doubt_ms",
              static_cast<std::int64_t>(engine::doubt_with(stated, clock).count()));
  if (!clock) return;
  json.append("clock_ahead_ms", static_cast<std::int64_t>(clock->ahead.count()));
  json.append("clock_error_ms", static_cast<std::int64_t>(clock->error.count()));
  json.append("clock_off", engine::proven(*clock) > kClockWorthTelling);
}

schema::Object status_json(const HubStatus& status, runtime::Hub& hub, const runtime::Setup& setup)
{
  const auto now = hub.clock().now();
  schema::Object json;
  json.append("hub", setup.config().hub_name);
  json.append("time", time_value(now));
  schema::List flows;
  for (const auto& flow : status.flows)
    flows.emplace_back(flow_json(flow, setup, now));
  json.append("flows", std::move(flows));
  schema::List endpoints;
  for (const auto& [name, down, clock] : status.endpoints) {
    const auto& settings = setup.config().endpoints.at(name);
    schema::Object row;
    row.append("endpoint", name);
    row.append("connector", settings.manifest->name);
    row.append("role", settings.role);
    row.append("state", down ? "down" : "up");
    if (down) row.append("down_since", time_value(down->since));
    if (down) row.append("reason", down->reason);
    append_clock(row, clock, settings.clock_doubt);
    endpoints.emplace_back(std::move(row));
  }
  json.append("endpoints", std::move(endpoints));
  schema::Object records;
  for (const auto& [entity, count] : status.records)
    records.append(entity, number(count));
  json.append("records", std::move(records));
  json.append("held", number(status.held));
  json.append("conflicts", number(status.conflicts));
  json.append("quarantined", number(status.quarantined));
  json.append("exceptions", number(status.exceptions));
  json.append("unknown", number(status.unknown));
  json.append("oldest_unknown", time_value(status.oldest_unknown));
  return json;
}

} // namespace gramsetu::api
