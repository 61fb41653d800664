// Finds a request's route, checks who asks and what for, and turns errors into problem documents.
#include "daemon/api/routes.hpp"

#include "daemon/api/target.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::api {

namespace {

std::vector<std::string_view> split(std::string_view text, char separator)
{
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// The captured parts when `path` has the shape of `pattern`.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path)
{
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].front() != '{') {
      if (wanted[i] != given[i]) return std::nullopt;
      continue;
    }
    auto part = percent_decoded(given[i]);
    if (!part || !schema::is_utf8(*part)) return std::nullopt;
    parts.push_back(std::move(*part));
  }
  return parts;
}

Result<void> check_query(const Call& call, const Route& route)
{
  const auto known = split(route.query, ' ');
  for (const auto& [name, value] : call.request.query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return fail(ErrorKind::invalid,
                fmt::format("unknown query parameter '{}'; {} knows: {}", name, route.pattern,
                            known.empty() ? "none" : route.query));
  }
  return {};
}

// Unmasking is a right of its own, and leaves a trace with its reason.
Result<void> check_unmask(Call& call)
{
  const auto reason = call.query("unmask");
  if (reason.empty()) return {};
  if (call.request.role != Role::admin)
    return fail(ErrorKind::unauthorized, "only an admin may see personal values unmasked");
  call.unmasked = true;
  call.hub.log().event(
      Event::admin_action, "values shown unmasked",
      {{"by", call.request.actor}, {"path", call.request.path}, {"reason", reason}});
  return {};
}

Result<Response> answer(Call& call, const Route& route)
{
  TRY_VOID(check_query(call, route));
  TRY_VOID(check_unmask(call));
  return route.answer(call);
}

// An app is kept to its entities; all others go by their rank.
bool may(const Request& request, const Route& route, const std::vector<std::string>& parts)
{
  if (request.role == Role::app) return route.apps && request.entities.contains(parts.at(0));
  return static_cast<int>(request.role) >= static_cast<int>(route.role);
}

Response respond(runtime::Hub& hub, const std::vector<Route>& routes, const Request& request)
{
  bool path_known = false;
  for (const auto& route : routes) {
    auto parts = match(route.pattern, request.path);
    if (!parts) continue;
    path_known = true;
    if (route.method != request.method) continue;
    if (!may(request, route, *parts)) {
      return problem(403, fmt::format("{} may not do this", request.actor),
                     "ask somebody with a higher role");
    }
    // What an app is there for, it sees; a mask would come back as a value.
    Call call{request, hub, hub.setup(), std::move(*parts), request.role == Role::app};
    auto response = answer(call, route);
    if (response) return std::move(*response);
    hub.note(response.error());
    if (response.error().kind == ErrorKind::unauthorized && !call.query("unmask").empty())
      return problem(403, response.error().what, "leave out 'unmask'");
    return problem(response.error());
  }
  if (path_known)
    return problem(405, fmt::format("{} is not for {}", request.path, request.method),
                   "see /api/v1/openapi.json");
  return problem(404, fmt::format("there is nothing at {}", request.path),
                 "see /api/v1/openapi.json");
}

} // namespace

std::vector<Route> all_routes()
{
  std::vector<Route> all;
  for (const auto& rows :
       {status_routes(), run_routes(), plan_routes(), evidence_routes(), log_routes(),
        record_routes(), feed_routes(), history_routes(), why_routes(), conflict_routes(),
        exception_routes(), quarantine_routes(), connector_routes(), kit_routes(), place_routes()})
    all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

Handler make_handler(runtime::Hub& hub)
{
  return [&hub, routes = all_routes()](const Request& request) {
    return respond(hub, routes, request);
  };
}

std::string openapi_json()
{
  schema::Object paths;
  for (const auto& route : all_routes()) {
    const std::string path(route.pattern);
    if (!paths.find(path)) paths.append(path, schema::Object());
    schema::List parameters;
    const auto parameter = [&](std::string_view name, std::string_view where, bool required) {
      schema::Object row;
      row.append("name", name);
      row.append("in", where);
      row.append("required", required);
      schema::Object type;
      type.append("type", "string");
      row.append("schema", std::move(type));
      parameters.emplace_back(std::move(row));
    };
    for (const auto part : split(route.pattern, '/'))
      if (part.front() == '{') parameter(part.substr(1, part.size() - 2), "path", true);
    for (const auto name : split(route.query, ' '))
      parameter(name, "query", false);
    schema::Object good, responses, operation;
    good.append("description", "done");
    responses.append("2XX", std::move(good));
    schema::Object bad;
    bad.append("description", "application/problem+json: a sentence, and what to do");
    responses.append("default", std::move(bad));
    operation.append("summary", route.summary);
    operation.append("parameters", std::move(parameters));
    operation.append("responses", std::move(responses));
    std::string method(route.method);
    for (auto& letter : method)
      letter = static_cast<char>(letter | 0x20);
    paths.find(path)->object().append(std::move(method), std::move(operation));
  }
  schema::Object info, document;
  info.append("title", "GramSetu admin API");
  info.append("version", "1");
  document.append("openapi", "3.1.0");
  document.append("info", std::move(info));
  document.append("paths", std::move(paths));
  return schema::to_json(std::move(document));
}

} // namespace gramsetu::api
