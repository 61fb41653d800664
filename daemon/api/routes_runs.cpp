// Routes: asking for runs, looking at them, releasing held ones.
#include "daemon/api/masks.hpp"
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
  bool repair = false, evidence = false; // of verify
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
    } else if (member.name == "repair") {
      TRY(asked.repair, flag(member.value, "repair"));
    } else if (member.name == "evidence") {
      TRY(asked.evidence, flag(member.value, "evidence"));
    } else {
      return fail(ErrorKind::invalid,
                  fmt::format("unknown member '{}'; there are flows, full, wait, and for verify "
                              "repair and evidence",
                              member.name));
    }
  }
  return asked;
}

schema::Value parsed(const std::string& json)
{
  if (json.empty()) return schema::Null{};
  auto value = schema::parse_json(json);
  return value ? std::move(*value) : schema::Value(schema::Null{});
}

// Which fields of which records differ, with both values, each masked by its field.
schema::Value shown_differences(const Call& call, const store::RunRow& row)
{
  auto differences = parsed(row.differences);
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

Result<Response> order(Call& call, runtime::RunKind kind)
{
  TRY(const auto asked, read_asked(call));
  runtime::Order order;
  order.kind = kind;
  if (kind == runtime::RunKind::verify && asked.repair) order.kind = runtime::RunKind::repair;
  order.full = asked.full;
  order.evidence = asked.evidence;
  order.asked_by = call.request.actor;
  TRY(const auto tickets, call.hub.order(asked.flows, order));
  if (asked.wait) call.hub.wait(tickets, call.hub.stopping());
  schema::List runs;
  for (const auto& ticket : tickets) {
    TRY(auto run, run_document(call, ticket.run));
    runs.emplace_back(std::move(run));
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

Result<std::string> note_of(const Call& call)
{
  TRY(const auto body, body_of(call));
  for (const auto& member : body.members())
    if (member.name != "note" || !member.value.is_text())
      return fail(ErrorKind::invalid, "the body may say { \"note\": \"why\" } and nothing else");
  const auto* note = body.find("note");
  return note ? note->text() : std::string();
}

// The run that carries the approval out; while somebody else must approve it too, the held one.
Result<Response> post_approve(Call& call)
{
  TRY(const auto note, note_of(call));
  const auto& by = call.request.actor;
  TRY(const auto release, call.hub.approve(call.parts[0], by, note));
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
  json.set("certificate", parsed(row->certificate));
  json.append("differences", shown_differences(call, *row));
  return json;
}

std::span<const Route> run_routes()
{
  static constexpr std::array rows = {
      Route{"GET", "/api/v1/runs", Role::viewer, "flow state limit", get_runs,
            "Runs, newest first"},
      Route{"POST", "/api/v1/runs", Role::operator_, "", post_runs, "Run flows now"},
      Route{"GET", "/api/v1/runs/{id}", Role::viewer, "unmask", get_run,
            "One run, with its progress"},
      Route{"POST", "/api/v1/runs/{id}/approve", Role::operator_, "", post_approve,
            "Release a held run"},
      Route{"POST", "/api/v1/plan", Role::operator_, "", post_plan, "What a run would write"},
      Route{"POST", "/api/v1/verify", Role::operator_, "", post_verify, "Do both sides agree?"},
  };
  return rows;
}

} // namespace gramsetu::api
