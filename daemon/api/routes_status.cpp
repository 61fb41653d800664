// Routes: how the hub is.
#include "daemon/api/routes.hpp"
#include "daemon/api/status.hpp"
#include "schema/json.hpp"

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

// Ready: the store answers too. Says nothing else, because anybody may ask.
Result<Response> get_readyz(Call& call)
{
  TRY_VOID(read(call, [](store::Tx& tx) -> Result<void> {
    TRY_VOID(tx.fact("hub/ready"));
    return {};
  }));
  return get_healthz(call);
}

Result<Response> get_metrics(Call& call)
{
  TRY(const auto status, status_of(call.hub, *call.setup));
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_text(status, call.hub, call.hub.clock().now());
  return response;
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
            .errors = "502",
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
