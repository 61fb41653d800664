// Finds a request's route, checks who asks and what for, and turns errors into problem documents.
#include "daemon/api/routes.hpp"
#include "daemon/api/prepared.hpp"
#include "daemon/api/trace.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <set>

namespace gramsetu::api {

namespace {

Result<void> check_parts(const Call& call, const Prepared& route)
{
  for (std::size_t i = 0; i < call.parts.size(); ++i)
    TRY_VOID(route.path[i].fits(call.parts[i]));
  return {};
}

// Of a route that takes none, an empty object is none, too.
Result<void> read_body(Call& call, const Prepared& route)
{
  schema::Value body{schema::Object()};
  if (!call.request.body.empty()) {
    auto parsed = schema::parse_json(call.request.body);
    if (!parsed) return within("the body", std::move(parsed.error()));
    body = std::move(*parsed);
  }
  if (!body.is_object()) return fail(ErrorKind::invalid, "the body must be a JSON object");
  if (!route.takes && !body.object().empty())
    return fail(ErrorKind::invalid,
                fmt::format("{} {} takes no body", route.route.method, route.route.pattern));
  if (route.takes) TRY_VOID(route.takes->fits(body));
  call.body = std::move(body.object());
  return {};
}

// Unmasking is a right of its own, and leaves a trace with its reason.
Result<void> check_unmask(Call& call)
{
  const auto reason = call.query("unmask");
  if (reason.empty()) return {};
  if (call.request.role != Role::admin) {
    note_denied(call.hub, call.request, "personal values unmasked");
    return fail(ErrorKind::unauthorized, "only an admin may see personal values unmasked");
  }
  call.unmasked = true;
  call.hub.log().event(
      Event::admin_action, "values shown unmasked",
      {{"by", call.request.actor}, {"path", call.request.path}, {"reason", reason}});
  return {};
}

Response told(Call& call, const Error& error)
{
  call.hub.note(error);
  if (error.kind == ErrorKind::unauthorized && !call.query("unmask").empty())
    return problem(403, error.what, "leave out 'unmask'");
  return problem(error);
}

Result<void> check_asked(Call& call, const Prepared& route)
{
  auto query = call.request.query;
  if (route.route.method == "GET")
    query.erase(std::string(kExport)); // any reading may be an export
  TRY_VOID(check_query(route.query, query, route.route.pattern));
  TRY_VOID(check_parts(call, route));
  TRY_VOID(read_body(call, route));
  return check_unmask(call);
}

// What is an act is on record before it is done; without evidence it is not done.
Response answer(Call& call, const Prepared& route)
{
  const auto asked = check_asked(call, route);
  if (!asked) return told(call, asked.error());
  auto trace = Trace::begin(call, route.route);
  if (!trace)
    return problem(503, trace.error().what, "make room on the disk, or see `gramsetu status`");
  auto answered = route.route.answer(call);
  auto response = answered ? std::move(*answered) : told(call, answered.error());
  trace->end(response.status);
  return response;
}

// An app is kept to its entities; all others go by their rank.
bool may(const Request& request, const Route& route, const std::vector<std::string>& parts)
{
  if (route.open) return true;
  if (request.role == Role::app) return route.apps && request.entities.contains(parts.at(0));
  return static_cast<int>(request.role) >= static_cast<int>(route.role.role);
}

Response respond(runtime::Hub& hub, const Request& request, const Prepared& route,
                 std::vector<std::string> parts)
{
  if (!may(request, route.route, parts)) {
    note_denied(hub, request, fmt::format("{} {}", route.route.method, route.route.pattern));
    return problem(403, fmt::format("{} may not do this", request.actor),
                   "ask somebody with a higher role");
  }
  // What an app is there for, it sees; a mask would come back as a value.
  Call call{request, hub, hub.setup(), std::move(parts), request.role == Role::app};
  return answer(call, route);
}

Response respond(runtime::Hub& hub, const std::vector<Prepared>& routes, const Request& request)
{
  std::set<std::string_view> allowed;
  for (const auto& route : routes) {
    auto parts = route.match(request.path);
    if (!parts) continue;
    if (route.route.method == request.method)
      return respond(hub, request, route, std::move(*parts));
    allowed.insert(route.route.method);
  }
  if (allowed.empty())
    return problem(404, fmt::format("there is nothing at {}", request.path),
                   "see /api/v1/openapi.json");
  auto refusal = problem(405, fmt::format("{} is not for {}", request.path, request.method),
                         "see /api/v1/openapi.json");
  refusal.headers["Allow"] = fmt::format("{}", fmt::join(allowed, ", "));
  return refusal;
}

} // namespace

std::vector<Route> all_routes()
{
  std::vector<Route> all;
  for (const auto& rows :
       {status_routes(), run_routes(), plan_routes(), evidence_routes(), log_routes(),
        record_routes(), feed_routes(), history_routes(), why_routes(), conflict_routes(),
        exception_routes(), quarantine_routes(), connector_routes(), kit_routes(), place_routes(),
        reload_routes(), care_routes(), personal_routes(), audit_routes()})
    all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

Handler make_handler(runtime::Hub& hub)
{
  return [&hub, &routes = prepared_routes()](const Request& request) {
    return respond(hub, routes, request);
  };
}

} // namespace gramsetu::api
