// Routes: asking for runs, looking at them, releasing held ones.
#include "daemon/api/routes.hpp"
#include "daemon/api/status.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <array>
#include <set>

namespace gramsetu::api {

namespace {

// What a body of POST /runs, /plan and /verify may hold.
struct Asked {
  std::vector<std::string> flows;
  bool full = false, wait = false;
};

Result<bool> flag(const schema::Value& value, std::string_view name)
{
  if (value.kind() == schema::Value::Kind::boolean) return value.boolean();
  return fail(ErrorKind::invalid, fmt::format("'{}' is true or false", name));
}

Result<std::vector<std::string>> names(const schema::Value& value)
{
  const auto bad = fail(ErrorKind::invalid, "'flows' is a list of names");
  if (!value.is_list()) return bad;
  std::vector<std::string> flows;
  for (const auto& item : value.list()) {
    if (!item.is_text()) return bad;
    flows.push_back(item.text());
  }
  return flows;
}

Result<Asked> read_asked(const Call& call)
{
  TRY(const auto body, body_of(call));
  Asked asked;
  for (const auto& member : body.members()) {
    if (member.name == "flows") {
      TRY(asked.flows, names(member.value));
    } else if (member.name == "full") {
      TRY(asked.full, flag(member.value, "full"));
    } else if (member.name == "wait") {
      TRY(asked.wait, flag(member.value, "wait"));
    } else {
      return fail(ErrorKind::invalid,
                  fmt::format("unknown member '{}'; there are flows, full and wait", member.name));
    }
  }
  return asked;
}

Result<Response> show_run(Call& call, const std::string& id, int status)
{
  if (const auto live = call.hub.live(id)) return json_response(run_json(*live), status);
  std::optional<store::RunRow> row;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(row, tx.run(id));
    return {};
  }));
  if (!row) return fail(ErrorKind::not_found, fmt::format("there is no run '{}'", id));
  return json_response(run_json(*row), status);
}

Result<Response> order(Call& call, runtime::RunKind kind)
{
  TRY(const auto asked, read_asked(call));
  runtime::Order order;
  order.kind = kind;
  order.full = asked.full;
  order.asked_by = call.request.actor;
  TRY(const auto tickets, call.hub.order(asked.flows, order));
  if (asked.wait) call.hub.wait(tickets, call.hub.stopping());
  schema::List runs;
  for (const auto& ticket : tickets) {
    TRY(const auto shown, show_run(call, ticket.run, 200));
    TRY(auto run, schema::parse_json(shown.body));
    runs.push_back(std::move(run));
  }
  schema::Object body;
  body.append("runs", std::move(runs));
  return json_response(std::move(body), asked.wait ? 200 : 202);
}

Result<Response> post_runs(Call& call)
{
  return order(call, runtime::RunKind::sync);
}
Result<Response> post_plan(Call& call)
{
  return order(call, runtime::RunKind::plan);
}
Result<Response> post_verify(Call& call)
{
  return order(call, runtime::RunKind::verify);
}

Result<Response> get_runs(Call& call)
{
  store::RunQuery query;
  query.flow = call.query("flow");
  TRY(query.limit, limit_of(call, 50, 1000));
  if (const auto state = call.query("state"); !state.empty()) query.state = state;
  std::vector<store::RunRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.runs(query));
    return {};
  }));
  schema::List runs;
  std::set<std::string, std::less<>> shown;
  for (const auto& run : call.hub.live()) {
    if (!query.flow.empty() && run.ticket.flow != query.flow) continue;
    if (query.state && *query.state != (run.started ? "running" : "waiting")) continue;
    shown.insert(run.ticket.run);
    runs.emplace_back(run_json(run));
  }
  for (const auto& row : rows)
    if (!shown.count(row.id)) runs.emplace_back(run_json(row));
  schema::Object body;
  body.append("runs", std::move(runs));
  return json_response(std::move(body));
}

Result<Response> get_run(Call& call)
{
  return show_run(call, call.parts[0], 200);
}

Result<Response> post_approve(Call& call)
{
  TRY(const auto ticket, call.hub.approve(call.parts[0], call.request.actor));
  return show_run(call, ticket.run, 202);
}

} // namespace

std::span<const Route> run_routes()
{
  static constexpr std::array rows = {
      Route{"GET", "/api/v1/runs", Role::viewer, "flow state limit", get_runs,
            "Runs, newest first"},
      Route{"POST", "/api/v1/runs", Role::operator_, "", post_runs, "Run flows now"},
      Route{"GET", "/api/v1/runs/{id}", Role::viewer, "", get_run, "One run, with its progress"},
      Route{"POST", "/api/v1/runs/{id}/approve", Role::operator_, "", post_approve,
            "Release a held run"},
      Route{"POST", "/api/v1/plan", Role::operator_, "", post_plan, "What a run would write"},
      Route{"POST", "/api/v1/verify", Role::operator_, "", post_verify, "Do both sides agree?"},
  };
  return rows;
}

} // namespace gramsetu::api
