// The route table as an OpenAPI 3.1 document: what a route declares is what the document says.
#include "daemon/api/prepared.hpp"
#include "daemon/api/routes.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

namespace gramsetu::api {

namespace {

using schema::List;
using schema::Object;
using schema::Value;

constexpr std::string_view kProblem = "application/problem+json";

Value reference(std::string_view to)
{
  Object json;
  json.append("$ref", to);
  return json;
}

Value content_of(std::string_view type, Value schema)
{
  Object media, content;
  media.append("schema", std::move(schema));
  content.append(std::string(type), std::move(media));
  return content;
}

Value parameter_json(const Parameter& parameter, std::string_view where)
{
  Object json;
  json.append("name", parameter.name);
  json.append("in", where);
  json.append("required", parameter.required);
  json.append("schema", parameter.json_schema());
  return json;
}

List parameters_json(const Prepared& route)
{
  List list;
  for (const auto& parameter : route.path)
    list.push_back(parameter_json(parameter, "path"));
  for (const auto& parameter : route.query)
    list.push_back(parameter_json(parameter, "query"));
  for (const auto& parameter : route.headers)
    list.push_back(parameter_json(parameter, "header"));
  return list;
}

Object good_json(const Route& route)
{
  Object json, text;
  json.append("description", "done");
  text.append("type", "string");
  const bool shaped = route.gives.find('/') == route.gives.npos;
  auto content = shaped ? content_of("application/json", Shape::of(route.gives).json_schema())
                        : content_of(route.gives, text);
  if (route.streams)
    content.object().append(
        "text/event-stream",
        *content_of("text/event-stream", std::move(text)).object().find("text/event-stream"));
  json.append("content", std::move(content));
  return json;
}

Object responses_json(const Prepared& route)
{
  Object json;
  for (const auto status : split(route.route.good, ' '))
    json.append(std::string(status), good_json(route.route));
  for (const int status : route.errors())
    json.append(std::to_string(status), reference("#/components/responses/Problem"));
  return json;
}

Object operation_json(const Prepared& route)
{
  const auto& row = route.route;
  Object json;
  json.append("operationId", route.operation);
  json.append("summary", row.summary);
  json.append("description", row.open ? "Anybody may ask."
                                      : fmt::format("The least role: {}{}.", name_of(row.role.role),
                                                    row.apps ? "; an app, for its entities" : ""));
  json.append("x-role", row.open ? Value(schema::Null{}) : Value(name_of(row.role.role)));
  json.append("x-apps", row.apps);
  json.append("parameters", parameters_json(route));
  if (route.takes) {
    Object body;
    body.append("content", content_of("application/json", route.takes->json_schema()));
    json.append("requestBody", std::move(body));
  }
  json.append("responses", responses_json(route));
  if (row.open) json.append("security", List());
  return json;
}

Object components_json()
{
  Object schemas, problem, responses, bearer, schemes, json;
  for (const auto& name : Shape::names())
    schemas.append(name, Shape::named(name).json_schema());
  problem.append("description", "what is wrong, and what to do");
  problem.append("content", content_of(kProblem, reference("#/components/schemas/Problem")));
  responses.append("Problem", std::move(problem));
  bearer.append("type", "http");
  bearer.append("scheme", "bearer");
  bearer.append("description", "over TCP; over the Unix socket the kernel says who asks");
  schemes.append("token", std::move(bearer));
  json.append("schemas", std::move(schemas));
  json.append("responses", std::move(responses));
  json.append("securitySchemes", std::move(schemes));
  return json;
}

Object paths_json()
{
  Object paths;
  for (const auto& route : prepared_routes()) {
    const std::string path(route.route.pattern);
    if (!paths.find(path)) paths.append(path, Object());
    paths.find(path)->object().append(lower_case(route.route.method), operation_json(route));
  }
  return paths;
}

} // namespace

std::string openapi_json()
{
  Object info, document, token;
  info.append("title", "GramSetu admin API");
  info.append("version", "1");
  info.append("description", "What `gramsetu` asks its daemon; docs/api.md shows how.");
  token.append("token", List());
  document.append("openapi", "3.1.0");
  document.append("info", std::move(info));
  document.append("security", List{std::move(token)});
  document.append("paths", paths_json());
  document.append("components", components_json());
  return schema::to_json(std::move(document));
}

} // namespace gramsetu::api
