// Routes: asking for runs, looking at them, releasing held ones.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/status.hpp"

#include <fmt/format.h>

#include <array>
#include <set>

namespace gramsetu::api {

namespace {

bool flag_of(const Call& call, std::string_view name)
{
  const auto* flag = call.body.find(name);
  return flag && flag->boolean();
}

std::vector<std::string> flows_of(const Call& call)
{
  std::vector<std::string> flows;
  if (const auto* list = call.body.find("flows"))
    for (const auto& name : list->list())
      flows.push_back(name.text());
  return flows;
}

// Which fields of which records differ, with both values, each masked by its field.
schema::Value shown_differences(const Call& call, const store::RunRow& row)
{
  auto differences = stored_json(row.differences);
  if (call.unmasked || !differences.is_list()) return differences;
  const auto* entity = call.setup->entities().find(row.flow.substr(0, row.flow.find('@')));
  for (auto& difference : differences.list())
    for (auto& field : difference.object().find("fields")->list()) {
      const auto& name = field.object().find("field")->text();
      const auto index = entity ? entity->index_of(name) : std::nullopt;
      for (const auto* side : {"hub", "endpoint"}) {
        auto& value = *field.object().find(side);
        value = index ? masked(entity->fields[*index], std::move(value)) : schema::Value(kMask);
      }
    }
  return differences;
}

Result<Response> show_run(Call& call, const std::string& id, int status)
{
  TRY(auto run, run_document(call, id));
  return json_response(std::move(run), status);
}

Result<Response> show_runs(Call& call, const std::vector<runtime::Ticket>& tickets, int status)
{
  schema::List runs;
  for (const auto& ticket : tickets) {
    TRY(auto run, run_document(call, ticket.run));
    runs.emplace_back(std::move(run));
  }
  schema::Object body;
  body.append("runs", std::move(runs));
  return json_response(std::move(body), status);
}

// Nothing while one of them goes on, unless the answer must be given now.
std::optional<Response> once_ended(const Request& request, runtime::Hub& hub,
                                   const std::vector<runtime::Ticket>& tickets, bool now)
{
  std::stop_source at_once;
  at_once.request_stop();
  const bool ended = hub.wait(tickets, at_once.get_token());
  if (!ended && !now) return std::nullopt;
  Call call{request, hub, hub.setup(), {}};
  auto response = show_runs(call, tickets, ended ? 200 : 202);
  return response ? std::move(*response) : problem(response.error());
}

Result<Response> order(Call& call, runtime::RunKind kind)
{
  runtime::Order order;
  order.kind = kind;
  if (flag_of(call, "repair")) order.kind = runtime::RunKind::repair;
  order.full = flag_of(call, "full");
  order.evidence = flag_of(call, "evidence");
  order.asked_by = call.request.actor;
  TRY(const auto tickets, call.hub.order(flows_of(call), order));
  if (!flag_of(call, "wait")) return show_runs(call, tickets, 202);
  Response waiting;
  waiting.later = [request = call.request, &hub = call.hub, tickets](bool now) {
    return once_ended(request, hub, tickets, now);
  };
  return waiting;
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

// The run that carries the approval out; while somebody else must approve it too, the held one.
Result<Response> post_approve(Call& call)
{
  const auto& by = call.request.actor;
  TRY(const auto release, call.hub.approve(call.parts[0], by, call.text("note")));
  if (release.ticket) return show_run(call, release.ticket->run, 202);
  if (!release.again) return show_run(call, release.held, 200);
  return problem(409, fmt::format("{} has approved run {} already", by, call.parts[0]),
                 "one more person must approve it, somebody else");
}

} // namespace

Result<schema::Object> run_document(Call& call, const std::string& id)
{
  if (const auto live = call.hub.live(id)) return run_json(*live);
  std::optional<store::RunRow> row;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(row, tx.run(id));
    return {};
  }));
  if (!row) return fail(ErrorKind::not_found, fmt::format("there is no run '{}'", id));
  auto json = run_json(*row);
  json.set("certificate", stored_json(row->certificate));
  json.append("differences", shown_differences(call, *row));
  return json;
}

std::span<const Route> run_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/runs",
            .role = Role::viewer,
            .parameters =
                "flow "
                "state:waiting|running|done|partial|held|failed|cancelled|released|overtaken "
                "limit:1000",
            .answer = get_runs,
            .summary = "Runs, newest first",
            .gives = "{runs: [Run]}"},
      Route{.method = "POST",
            .pattern = "/api/v1/runs",
            .role = Role::operator_,
            .parameters = "",
            .answer = post_runs,
            .summary = "Run flows now; all without names",
            .takes = "{flows~: [text], full~: flag, wait~: flag}",
            .gives = "{runs: [Run]}",
            .errors = "404 412 422",
            .good = "200 202"},
      Route{.method = "GET",
            .pattern = "/api/v1/runs/{id}",
            .role = Role::viewer,
            .parameters = "unmask",
            .answer = get_run,
            .summary = "One run, with its progress",
            .gives = "Run"},
      Route{.method = "POST",
            .pattern = "/api/v1/runs/{id}/approve",
            .role = Role::operator_,
            .parameters = "",
            .answer = post_approve,
            .summary = "Release a held run",
            .takes = "{note~: text}",
            .gives = "Run",
            .errors = "409 412 422",
            .good = "200 202"},
      Route{.method = "POST",
            .pattern = "/api/v1/plan",
            .role = Role::operator_,
            .parameters = "",
            .answer = post_plan,
            .summary = "What a run would write",
            .takes = "{flows~: [text], full~: flag, wait~: flag}",
            .gives = "{runs: [Run]}",
            .errors = "404 412 422",
            .good = "200 202"},
      Route{.method = "POST",
            .pattern = "/api/v1/verify",
            .role = Role::operator_,
            .parameters = "",
            .answer = post_verify,
            .summary = "Do both sides agree?",
            .takes = "{flows~: [text], full~: flag, wait~: flag, repair~: flag, evidence~: flag}",
            .gives = "{runs: [Run]}",
            .errors = "404 412 422",
            .good = "200 202"},
  };
  return rows;
}

} // namespace gramsetu::api
