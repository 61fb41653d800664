// Routes: how the hub is.
#include "daemon/api/routes.hpp"
#include "daemon/api/status.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::api {

namespace {

Result<Response> get_status(Call& call)
{
  TRY(const auto status, status_of(call.hub, *call.setup));
  return json_response(status_json(status, call.hub, *call.setup));
}

Result<Response> get_flows(Call& call)
{
  TRY(const auto status, status_of(call.hub, *call.setup));
  schema::List flows;
  for (const auto& flow : status.flows)
    flows.emplace_back(flow_json(flow, *call.setup, call.hub.clock().now()));
  schema::Object body;
  body.append("flows", std::move(flows));
  return json_response(std::move(body));
}

// Alive: this much says that requests are answered.
Result<Response> get_healthz(Call&)
{
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "ok\n";
  return response;
}

// Why the hub does no work now, in a word; empty when it does.
std::string_view hindrance(Call& call)
{
  if (call.hub.corrupt()) return "the store failed";
  if (call.hub.stopping().stop_requested()) return "stopping";
  if (!call.hub.meters().is_ticking(call.hub.clock().ticks())) return "the schedule does not run";
  const auto opened = read(call, [](store::Tx& tx) -> Result<void> {
    TRY_VOID(tx.fact("hub/ready"));
    return {};
  });
  return opened ? "" : "the store does not answer";
}

// Ready: the configuration is proved, or there would be no hub; the store answers, the schedule runs and is not
// about to end. Says nothing else, because anybody may ask.
Result<Response> get_readyz(Call& call)
{
  const auto why = hindrance(call);
  if (why.empty()) return get_healthz(call);
  return problem(503, fmt::format("not ready: {}", why), "see the log of the service");
}

Result<Response> get_metrics(Call& call)
{
  TRY(const auto status, status_of(call.hub, *call.setup));
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_text(status, call.hub, *call.setup);
  return response;
}

// How old the data of each place is, by flow; the stalest first.
Result<Response> get_freshness(Call& call)
{
  TRY(const auto limit, limit_of(call, 100, 10'000));
  TRY(const auto status, status_of(call.hub, *call.setup));
  const auto wanted = call.query("flow");
  if (!wanted.empty() && !call.setup->find(wanted))
    return fail(ErrorKind::not_found, fmt::format("there is no flow '{}'", wanted));
  const auto now = call.hub.clock().now();
  schema::List places;
  for (const auto& flow : status.flows) {
    if (!wanted.empty() && flow.flow->id != wanted) continue;
    for (std::size_t i = 0; i < std::min(limit, flow.places.size()); ++i) {
      const auto& place = flow.places[i];
      schema::Object row;
      row.append("flow", flow.flow->id);
      row.append("place", place.place);
      row.append("fresh_at", time_value(place.at));
      if (place.at) {
        const auto age = std::chrono::floor<std::chrono::seconds>(now - *place.at);
        row.append("age_seconds", static_cast<std::int64_t>(age.count()));
      }
      places.emplace_back(std::move(row));
    }
  }
  schema::Object body;
  body.append("places", std::move(places));
  return json_response(std::move(body));
}

Result<Response> get_openapi(Call&)
{
  Response response;
  static const std::string document = openapi_json();
  response.body = document;
  return response;
}

} // namespace

std::span<const Route> status_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/status",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_status,
            .summary = "The hub, its flows, what waits",
            .gives = "Status"},
      Route{.method = "GET",
            .pattern = "/api/v1/flows",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_flows,
            .summary = "Every flow and how it is",
            .gives = "{flows: [Flow]}"},
      Route{.method = "GET",
            .pattern = "/api/v1/freshness",
            .role = Role::viewer,
            .parameters = "flow limit:10000",
            .answer = get_freshness,
            .summary = "How old the data of each place is, the stalest first",
            .gives = "{places: [{flow, place, fresh_at: time~, age_seconds~: integer}]}",
            .errors = "404"},
      Route{.method = "GET",
            .pattern = "/api/v1/openapi.json",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_openapi,
            .summary = "This document",
            .gives = "object"},
      Route{.method = "GET",
            .pattern = "/healthz",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_healthz,
            .summary = "Alive",
            .gives = "text/plain",
            .open = true},
      Route{.method = "GET",
            .pattern = "/readyz",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_readyz,
            .summary = "Ready to work",
            .gives = "text/plain",
            .errors = "503",
            .open = true},
      Route{.method = "GET",
            .pattern = "/metrics",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_metrics,
            .summary = "Prometheus metrics",
            .gives = "text/plain"},
  };
  return rows;
}

} // namespace gramsetu::api
