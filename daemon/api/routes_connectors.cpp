// Routes: the endpoints, and whether they can be reached.
#include "daemon/api/routes.hpp"
#include "daemon/api/status.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::api {

namespace {

schema::Object stream_json(const connectors::Connector& connector, const connectors::Stream& stream)
{
  const auto can = connector.capabilities(stream);
  schema::Object json;
  json.append("stream", stream.name);
  json.append("entity", stream.entity->name);
  json.append("creates", can.creates);
  json.append("updates", can.updates);
  json.append("deletes", can.removes);
  json.append("probes", can.probes);
  json.append("if_version", can.if_version);
  json.append("idempotent", can.idempotent);
  json.append("batch_max", static_cast<std::int64_t>(can.batch_max));
  return json;
}

Result<Response> get_connectors(Call& call)
{
  schema::List endpoints;
  for (const auto& [name, settings] : call.setup->config().endpoints) {
    schema::Object json;
    json.append("endpoint", name);
    json.append("connector", settings.manifest->name);
    json.append("title", settings.manifest->title);
    json.append("transport", settings.manifest->transport);
    json.append("role", settings.role);
    json.append("address", settings.url.empty() ? settings.path : settings.url);
    schema::List streams;
    for (const auto& stream : settings.manifest->streams)
      streams.emplace_back(stream_json(*call.setup->connectors.at(name), stream));
    json.append("streams", std::move(streams));
    endpoints.emplace_back(std::move(json));
  }
  schema::Object body;
  body.append("endpoints", std::move(endpoints));
  return json_response(std::move(body));
}

Result<Response> post_probe(Call& call)
{
  const auto& connectors = call.setup->connectors;
  const auto found = connectors.find(call.parts[0]);
  if (found == connectors.end())
    return fail(ErrorKind::not_found, fmt::format("there is no endpoint '{}'", call.parts[0]));
  const auto reached = found->second->reach(call.hub.stopping());
  schema::Object json;
  json.append("endpoint", call.parts[0]);
  json.append("reachable", reached.has_value());
  json.append("text", reached ? *reached : reached.error().what);
  if (!reached) json.append("kind", name_of(reached.error().kind));
  append_clock(json, found->second->clock(),
               call.setup->config().endpoints.at(call.parts[0]).clock_doubt);
  return json_response(std::move(json));
}

} // namespace

std::span<const Route> connector_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/connectors",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_connectors,
            .summary = "Endpoints, their streams, and what these can do",
            .gives = "{endpoints: [Connector]}"},
      Route{.method = "POST",
            .pattern = "/api/v1/connectors/{name}/probe",
            .role = Role::operator_,
            .parameters = "",
            .answer = post_probe,
            .summary = "Can it be reached, and are we let in? Changes nothing",
            .gives = "Reached"},
  };
  return rows;
}

} // namespace gramsetu::api
