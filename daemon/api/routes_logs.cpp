// Routes: the sync log, followed by asking again with `after`.
#include "daemon/api/trace.hpp"
#include "schema/document.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::api {

namespace {

constexpr std::size_t kPage = 5000;     // rows looked at in one transaction
constexpr std::size_t kFurtherBack = 8; // how much more is looked at when too little was found

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

Result<void> check_event(const std::string& name)
{
  std::vector<std::string> names;
  for (const auto& info : log_events())
    names.emplace_back(info.name);
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return {};
  const auto near = schema::nearest(name, names);
  return fail(ErrorKind::invalid,
              fmt::format("there is no event '{}'{}", name,
                          near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

// What the store does not look for itself.
struct Filter {
  std::string event, endpoint;
  std::optional<Instant> from, till; // [from, till)

  bool takes(const store::LogRow& row) const
  {
    const bool in_time = (!from || row.at >= *from) && (!till || row.at < *till);
    return in_time && (event.empty() || row.event == event) && (endpoint.empty() || is_of(row));
  }

private:
  // Of one of its flows, or said of itself.
  bool is_of(const store::LogRow& row) const
  {
    if (row.flow.ends_with("@" + endpoint)) return true;
    const auto fields = schema::parse_json(row.fields);
    return fields && fields->is_object() &&
           (fields->object().find("endpoint") ? *fields->object().find("endpoint")
                                              : schema::Value()) == schema::Value(endpoint);
  }
};

struct Found {
  std::vector<store::LogRow> rows;
  std::int64_t after = 0; // the last row that was looked at
};

Result<std::vector<store::LogRow>> page(Call& call, const store::LogQuery& query)
{
  std::vector<store::LogRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.log(query));
    return {};
  }));
  return rows;
}

// On from a row, page by page, until there are enough or no more.
Result<Found> look_on(Call& call, store::LogQuery query, const Filter& filter)
{
  const auto wanted = query.limit;
  Found found{{}, query.after};
  query.limit = kPage;
  for (;;) {
    TRY(auto rows, page(call, query));
    for (auto& row : rows) {
      if (found.rows.size() == wanted) return found;
      found.after = row.id;
      if (filter.takes(row)) found.rows.push_back(std::move(row));
    }
    if (rows.size() < kPage) return found;
    query.after = rows.back().id;
  }
}

// The newest end, and further back only while that holds too few.
Result<Found> look_back(Call& call, store::LogQuery query, const Filter& filter)
{
  const auto wanted = query.limit;
  for (;;) {
    TRY(auto rows, page(call, query));
    const bool all = rows.size() < query.limit || (filter.from && rows.front().at < *filter.from);
    Found found{{}, rows.empty() ? query.after : rows.back().id};
    std::erase_if(rows, [&](const auto& row) { return !filter.takes(row); });
    if (!all && rows.size() < wanted) {
      query.limit *= kFurtherBack;
      continue;
    }
    if (rows.size() > wanted) rows.erase(rows.begin(), rows.end() - static_cast<long>(wanted));
    found.rows = std::move(rows);
    return found;
  }
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
  Filter filter{call.query("event"), call.query("endpoint"), {}, {}};
  TRY_VOID(check_event(filter.event));
  TRY(filter.from, moment_of(call, "from"));
  TRY(filter.till, moment_of(call, "till"));
  TRY(const auto found, query.newest ? look_back(call, std::move(query), filter)
                                     : look_on(call, std::move(query), filter));
  schema::List entries;
  for (const auto& row : found.rows)
    entries.emplace_back(log_json(row));
  schema::Object body;
  body.append("entries", std::move(entries));
  body.append("after", found.after);
  return json_response(std::move(body));
}

} // namespace

std::span<const Route> log_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/logs",
            .role = Role::viewer,
            .parameters = "flow run level:debug|info|warning|error event endpoint from till "
                          "after:number limit:5000",
            .answer = get_logs,
            .summary = "The sync log, oldest first; the newest entries without `after`",
            .gives = "{entries: [LogEntry], after: integer}"},
  };
  return rows;
}

} // namespace gramsetu::api
