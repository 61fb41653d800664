// The hub's state as the API shows it.
#include "daemon/api/certificates.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/status.hpp"
#include "daemon/api/trace.hpp"

#include "daemon/engine/clock_doubt.hpp"
#include "schema/scalar.hpp"

namespace gramsetu::api {

namespace {

// A clock that is further off than this should be set.
constexpr std::chrono::seconds kClockWorthTelling{5};

schema::Value number(std::size_t count)
{
  return static_cast<std::int64_t>(count);
}

// For lists: the ranges and what they go over are for whoever looks at one.
schema::Value brief_certificate(const std::string& json)
{
  auto certificate = stored_json(json);
  if (certificate.is_object())
    for (const auto* part : {"ranges", "fields", "keyed"})
      certificate.object().erase(part);
  return certificate;
}

// The held run without its plan, which may be long.
schema::Value held_json(const store::RunRow& row)
{
  schema::Object json;
  json.append("run", row.id);
  json.append("reason", row.reason);
  json.append("hold", stored_json(row.hold));
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
  json.append("hold", stored_json(row.hold));
  json.append("counts", stored_json(row.counts));
  json.append("plan", stored_json(row.plan));
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

namespace {

void append_certificate(schema::Object& json, std::string_view name,
                        const std::optional<Instant>& end, Instant now)
{
  if (!end) return;
  json.append(std::string(name) + "_until", time_value(end));
  if (const auto days = days_left(*end, now)) json.append(std::string(name) + "_days", *days);
}

schema::List endpoints_json(const HubStatus& status, const runtime::Setup& setup, Instant now)
{
  schema::List endpoints;
  for (const auto& endpoint : status.endpoints) {
    const auto& settings = setup.config().endpoints.at(endpoint.name);
    schema::Object row;
    row.append("endpoint", endpoint.name);
    row.append("connector", settings.manifest->name);
    row.append("role", settings.role);
    row.append("state", endpoint.down ? "down" : "up");
    if (endpoint.down) row.append("down_since", time_value(endpoint.down->since));
    if (endpoint.down) row.append("reason", endpoint.down->reason);
    append_clock(row, endpoint.clock, settings.clock_doubt);
    append_certificate(row, "our_certificate", endpoint.identity_until, now);
    append_certificate(row, "their_certificate", endpoint.server_until, now);
    endpoints.emplace_back(std::move(row));
  }
  return endpoints;
}

schema::List left_json(const HubStatus& status)
{
  schema::List left;
  for (const auto& row : status.left) {
    schema::Object json;
    json.append("flow", row.flow);
    json.append("pending", number(row.pending));
    json.append("unknown", number(row.unknown));
    json.append("inbox", number(row.inbox));
    json.append("conflicts", number(row.conflicts));
    json.append("quarantined", number(row.quarantined));
    left.emplace_back(std::move(json));
  }
  return left;
}

schema::Object audit_json(const audit::State& state)
{
  schema::Object json;
  json.append("state", state.blocked ? "AUDIT_BLOCKED" : "good");
  if (!state.blocked) return json;
  json.append("reason", state.reason);
  json.append("since", time_value(state.since));
  json.append("waiting", number(state.waiting));
  return json;
}

} // namespace

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
  json.append("endpoints", endpoints_json(status, setup, now));
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
  json.append("left", left_json(status));
  json.append("backup", backup_json(status.care.backup, now));
  json.append("rewind", rewind_json(status.care.rewind));
  json.append("audit", audit_json(audit_of(hub)->state()));
  return json;
}

} // namespace gramsetu::api
