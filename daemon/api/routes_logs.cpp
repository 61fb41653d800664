// Routes: the sync log, followed by asking again with `after`.
#include "daemon/api/routes.hpp"
#include "schema/json.hpp"

#include <array>

namespace gramsetu::api {

namespace {

schema::Object log_json(const store::LogRow& row)
{
  schema::Object json;
  json.append("id", row.id);
  json.append("at", time_value(row.at));
  json.append("level", row.level);
  json.append("event", row.event);
  json.append("text", row.text);
  auto fields = schema::parse_json(row.fields);
  json.append("fields", fields ? std::move(*fields) : schema::Value(schema::Object()));
  return json;
}

Result<Response> get_logs(Call& call)
{
  call.hub.flush_log();
  store::LogQuery query;
  query.flow = call.query("flow");
  query.run = call.query("run");
  query.level = call.query("level");
  TRY(query.limit, limit_of(call, 200, 5000));
  TRY(query.after, number_of(call, "after", 0));
  query.newest = call.query("after").empty();
  std::vector<store::LogRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.log(query));
    return {};
  }));
  schema::List entries;
  for (const auto& row : rows)
    entries.emplace_back(log_json(row));
  schema::Object body;
  body.append("entries", std::move(entries));
  body.append("after", rows.empty() ? query.after : rows.back().id);
  return json_response(std::move(body));
}

} // namespace

std::span<const Route> log_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/logs",
            .role = Role::viewer,
            .parameters = "flow run level:debug|info|warning|error after:number limit:5000",
            .answer = get_logs,
            .summary = "The sync log, oldest first; the newest entries without `after`",
            .gives = "{entries: [LogEntry], after: integer}"},
  };
  return rows;
}

} // namespace gramsetu::api
