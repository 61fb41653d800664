// Who may do what: every route of the router, by every role; and that each is in the OpenAPI document.
#include "daemon/api/server_access.hpp"
#include "tests/unit/daemon/api_bench.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <type_traits>

using namespace gramsetu;
using namespace gramsetu::api;
using namespace gramsetu::test;

namespace {

// A row of the table that says no role does not compile.
static_assert(!std::is_default_constructible_v<Least>);
static_assert(!std::is_default_constructible_v<Route>);

// The least role of each route, "open" for anybody; +app where an app may, for its entities. A new route gets
// its line here, so that nobody gives a right by accident.
constexpr std::string_view kMatrix = R"(
open GET /healthz
open GET /readyz
viewer GET /api/v1/backup
viewer GET /api/v1/changes
viewer GET /api/v1/conflicts
viewer GET /api/v1/conflicts/{id}
viewer GET /api/v1/connectors
viewer GET /api/v1/counts/{entity}
viewer GET /api/v1/exceptions
viewer GET /api/v1/flows
viewer GET /api/v1/freshness
viewer GET /api/v1/logs
viewer GET /api/v1/openapi.json
viewer GET /api/v1/places/unresolved
viewer GET /api/v1/places/{kind}/{code}
viewer GET /api/v1/quarantine
viewer GET /api/v1/quarantine/{id}
viewer GET /api/v1/records/{entity}
viewer GET /api/v1/records/{entity}/{key}
viewer+app GET /api/v1/records/{entity}/{key}/attachments/{field}
viewer GET /api/v1/records/{entity}/{key}/history
viewer GET /api/v1/removals
viewer GET /api/v1/rewind
viewer GET /api/v1/runs
viewer GET /api/v1/runs/{id}
viewer GET /api/v1/runs/{id}/plan
viewer GET /api/v1/runs/{id}/remarks
viewer GET /api/v1/status
viewer GET /api/v1/why/{entity}/{key}
viewer GET /api/v1/why/{entity}/{key}/{field}
viewer GET /metrics
viewer+app GET /api/v1/changes/{entity}
viewer+app GET /api/v1/feed/{entity}
viewer+app GET /api/v1/feed/{entity}/{key}
operator GET /api/v1/flows/{flow}/projection
operator GET /api/v1/runs/{id}/evidence
operator POST /api/v1/apply
operator GET /api/v1/audit/head
operator POST /api/v1/conflicts/resolve
operator POST /api/v1/conflicts/{id}/resolve
operator POST /api/v1/connectors/{name}/look
operator POST /api/v1/connectors/{name}/probe
operator POST /api/v1/connectors/{name}/recording
operator POST /api/v1/plan
operator POST /api/v1/quarantine/{id}/discard
operator POST /api/v1/quarantine/{id}/replay
operator POST /api/v1/quarantine/{id}/resolve
operator POST /api/v1/records/{entity}
operator POST /api/v1/runs
operator POST /api/v1/runs/{id}/approve
operator POST /api/v1/runs/{id}/undo
operator POST /api/v1/verify
operator+app DELETE /api/v1/records/{entity}/{key}
operator+app PUT /api/v1/records/{entity}/{key}
admin GET /api/v1/audit
admin GET /api/v1/audit/verify
admin GET /api/v1/personal/{entity}/{key}
admin POST /api/v1/audit/export
admin POST /api/v1/backup
admin POST /api/v1/personal/erase
admin POST /api/v1/personal/export
admin POST /api/v1/personal/find
admin POST /api/v1/personal/{entity}/{key}/erase
admin POST /api/v1/personal/{entity}/{key}/lift
admin POST /api/v1/reload
admin POST /api/v1/rewind/accept
)";

// "viewer+app GET /api/v1/feed/{entity}", as the router has it.
std::string line_of(const Route& route)
{
  return (route.open ? "open" : std::string(name_of(route.role.role))) +
         (route.apps ? "+app" : "") + " " + std::string(route.method) + " " +
         std::string(route.pattern);
}

// A path of the route's; nothing that it names is there.
std::string path_of(const Route& route)
{
  auto path = std::regex_replace(std::string(route.pattern), std::regex("\\{entity\\}"), "state");
  return std::regex_replace(path, std::regex("\\{[a-z]+\\}"), "404");
}

const std::array<Role, 4> kRoles{Role::app, Role::viewer, Role::operator_, Role::admin};

// What the matrix says, and not the router's own rule.
bool may(const Route& route, Role role, bool its_entity)
{
  const auto line = line_of(route);
  const auto words = split(line, ' ');
  if (words[0] == "open") return true;
  if (role == Role::app) return words[0].ends_with("+app") && its_entity;
  if (role == Role::viewer) return words[0].starts_with("viewer");
  return role == Role::admin || !words[0].starts_with("admin");
}

} // namespace

TEST_CASE("the routes are those of the matrix, each with its role")
{
  std::vector<std::string> routes, matrix;
  for (const auto& route : all_routes())
    routes.push_back(line_of(route));
  for (const auto line : split(kMatrix, '\n'))
    matrix.emplace_back(line);
  std::sort(routes.begin(), routes.end());
  std::sort(matrix.begin(), matrix.end());
  for (const auto& route : routes)
    CHECK_MESSAGE(std::count(matrix.begin(), matrix.end(), route) == 1, route);
  CHECK(routes == matrix);
}

TEST_CASE("every role at every route: let in where the matrix says so, refused with 403 elsewhere")
{
  ApiBench bench;
  for (const auto& route : bench.routes())
    for (const auto role : kRoles)
      for (const bool its_entity : {true, false}) {
        if (!its_entity && role != Role::app) continue;
        auto request = bench.request(std::string(route.route.method), path_of(route.route));
        request.role = role;
        if (role == Role::app) request.entities = {its_entity ? "state" : "district"};
        CAPTURE(line_of(route.route));
        CAPTURE(name_of(role));
        const auto response = bench.ask(request);
        CHECK((response.status == 403) != may(route.route, role, its_entity));
      }
}

TEST_CASE("no role but an admin unmasks, and that leaves its reason in the log")
{
  ApiBench bench;
  for (const auto& route : bench.routes()) {
    const bool unmasks =
        std::any_of(route.query.begin(), route.query.end(),
                    [](const Parameter& parameter) { return parameter.name == "unmask"; });
    if (!unmasks) continue;
    auto request = bench.request(std::string(route.route.method), path_of(route.route));
    request.query = {{"unmask", "audit 7/2026"}, {"side", "hub"}};
    if (route.route.pattern.find("evidence") == std::string_view::npos) request.query.erase("side");
    request.role = Role::operator_;
    if (route.takes) continue; // the body is looked at first
    CAPTURE(line_of(route.route));
    CHECK(bench.ask(request).status == 403);
    request.role = Role::admin;
    CHECK(bench.ask(request).status != 403);
  }
  const auto logs = bench.json("GET", "/api/v1/logs");
  CHECK(schema::to_json(logs).find("audit 7/2026") != std::string::npos);
}

TEST_CASE("the document has every route, its parameters and answers, and nothing undeclared")
{
  const auto document = *schema::parse_json(openapi_json());
  const auto* paths = document.object().find("paths");
  std::size_t operations = 0;
  for (const auto& path : paths->object().members())
    operations += path.value.object().size();
  CHECK(operations == all_routes().size());
  std::set<std::string> used, ids;
  for (const auto& route : prepared_routes()) {
    CAPTURE(line_of(route.route));
    const auto* path = paths->object().find(route.route.pattern);
    REQUIRE(path);
    std::string method(route.route.method);
    std::transform(method.begin(), method.end(), method.begin(), ::tolower);
    const auto* operation = path->object().find(method);
    REQUIRE(operation);
    const auto& has = operation->object();
    CHECK(ids.insert(has.find("operationId")->text()).second);
    CHECK_FALSE(route.route.summary.empty());
    CHECK_FALSE(route.route.gives.empty());
    CHECK(has.find("parameters")->list().size() ==
          route.path.size() + route.query.size() + route.headers.size());
    CHECK((has.find("requestBody") != nullptr) == route.takes.has_value());
    CHECK(has.find("responses")->object().size() ==
          route.errors().size() + split(route.route.good, ' ').size());
    if (route.route.gives.find('/') == std::string_view::npos)
      used.merge(Shape::of(route.route.gives).mentions());
    CHECK(is_open_path(route.route.pattern) == route.route.open);
  }
  used.insert("Problem");
  for (const auto& name : Shape::names())
    used.merge(Shape::named(name).mentions());
  for (const auto& name : Shape::names())
    CHECK_MESSAGE(used.contains(name), name);
}

TEST_CASE("unknown members and parameters are refused everywhere, before anything is done")
{
  ApiBench bench;
  for (const auto& route : bench.routes()) {
    CAPTURE(line_of(route.route));
    auto request = bench.request(std::string(route.route.method), path_of(route.route));
    request.query = {{"role", "admin"}};
    CHECK(bench.ask(request).status == 400);
    request.query.clear();
    for (const auto* body :
         {R"({"actor":"somebody","role":"admin"})", "[]", "{", "1", R"({"a":1,"a":2})"}) {
      CAPTURE(body);
      request.body = body;
      CHECK(bench.ask(request).status == 400);
    }
  }
}

TEST_CASE("a method that a path does not have is refused with those that it has")
{
  ApiBench bench;
  const auto refused = bench.ask("DELETE", "/api/v1/runs");
  CHECK(refused.status == 405);
  CHECK(refused.headers.at("Allow") == "GET, POST");
  CHECK(bench.ask("POST", "/api/v1/status").headers.at("Allow") == "GET");
  for (const auto* method : {"TRACE", "OPTIONS", "HEAD", "PATCH", "CONNECT", "get"}) {
    CAPTURE(method);
    const auto answer = bench.ask(method, "/api/v1/status");
    CHECK(answer.status == 405);
    CHECK(answer.headers.at("Allow") == "GET");
  }
  CHECK(bench.ask("GET", "/api/v1/nothing").status == 404);
}
