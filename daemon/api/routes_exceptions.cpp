// Routes: the report on closed books, for auditors: what came all the same, and what became of it.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/reconcile/closed.hpp"
#include "schema/scalar.hpp"

#include <array>

namespace gramsetu::api {

namespace {

constexpr std::string_view kParked = "parked:";

void append_settled(schema::Object& json, std::optional<Instant> at, const std::string& by,
                    const std::string& note)
{
  json.append("settled_at", time_value(at));
  json.append("settled_by", by);
  json.append("note", note);
}

// The side whose value has not moved since both agreed is what the book was closed with.
schema::Object exception_json(const Call& call, const store::ConflictRow& row)
{
  const auto* entity = call.setup->entities().find(row.entity);
  const bool ours_came = row.base == row.remote && row.base != row.hub;
  const auto shown = [&](const std::string& json) {
    return shown_json(entity, row.field, json, call.unmasked);
  };
  schema::Object json;
  json.append("conflict", row.id);
  json.append("quarantine", schema::Null{});
  json.append("book", engine::book_in(row.rule));
  json.append("entity", row.entity);
  json.append("key", row.key);
  json.append("field", row.field);
  json.append("closed_with", shown(ours_came ? row.remote : row.hub));
  json.append("came", shown(ours_came ? row.hub : row.remote));
  json.append("from", ours_came ? row.hub_origin : row.remote_origin);
  json.append("flow", row.flow);
  json.append("run", row.run);
  json.append("at", time_value(row.opened_at));
  json.append("state", row.outcome == "open" ? "open" : "settled");
  json.append("now", row.outcome == "open" ? schema::Value(schema::Null{}) : shown(row.winner));
  append_settled(json, row.settled_at, row.settled_by, row.note);
  return json;
}

// A late record. What it holds is shown as quarantine shows it.
schema::Object exception_json(const Call& call, const store::QuarantineRow& row)
{
  const auto* entity = call.setup->entities().find(row.entity);
  const auto* flow = call.setup->find(row.flow);
  const bool open = call.unmasked || (entity && !has_masked(*entity));
  const bool waits = row.state == "open";
  schema::Object json;
  json.append("conflict", schema::Null{});
  json.append("quarantine", row.id);
  json.append("book", engine::book_in(row.reason.substr(0, row.reason.find(';'))));
  json.append("entity", row.entity);
  json.append("key", row.key);
  json.append("field", "*");
  json.append("closed_with", schema::Null{});
  json.append("came", open ? schema::Value(row.payload) : schema::Value(kMask));
  json.append("from", flow ? flow->side.endpoint : std::string());
  json.append("flow", row.flow);
  json.append("run", row.run);
  json.append("at", time_value(row.first_at));
  json.append("state", waits ? "open" : "settled");
  json.append("now", row.state);
  append_settled(json, waits ? std::nullopt : std::optional(row.last_at), row.settled_by, row.note);
  return json;
}

// Conflicts first, then late records; the place says how far the listing is.
struct Page {
  std::size_t limit = 0;
  std::int64_t conflict = 0, parked = 0;
  bool conflicts = true;
  schema::List rows;
};

Result<Page> page_of(const Call& call)
{
  Page page;
  TRY(page.limit, limit_of(call, 100, 1000));
  if (call.query("after").empty()) return page;
  TRY(auto place, read_cursor(call.query("after")));
  page.conflicts = !place.starts_with(kParked);
  if (!page.conflicts) place.erase(0, kParked.size());
  const auto number = schema::read_integer(place);
  if (!number) return fail(ErrorKind::invalid, "'after' is what a former answer gave");
  (page.conflicts ? page.conflict : page.parked) = *number;
  return page;
}

Result<void> read_conflicts(store::Tx& tx, const Call& call, Page& page)
{
  store::ConflictQuery query;
  query.flow = call.query("flow");
  query.rule = engine::kBookClosed;
  if (call.query("all") != "true") query.open = true;
  query.after_id = page.conflict;
  query.limit = page.limit;
  TRY(const auto rows, tx.conflicts(query));
  for (const auto& row : rows) {
    page.conflict = row.id;
    page.rows.emplace_back(exception_json(call, row));
  }
  page.conflicts = rows.size() == page.limit;
  return {};
}

Result<void> read_late(store::Tx& tx, const Call& call, Page& page)
{
  store::QuarantineQuery query;
  query.flow = call.query("flow");
  query.code = store::kLate;
  if (call.query("all") != "true") query.state = "open";
  query.after_id = page.parked;
  query.limit = page.limit - page.rows.size();
  TRY(const auto rows, tx.quarantine(query));
  for (const auto& row : rows) {
    page.parked = row.id;
    page.rows.emplace_back(exception_json(call, row));
  }
  return {};
}

Result<Response> get_exceptions(Call& call)
{
  TRY(auto page, page_of(call));
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    if (page.conflicts) TRY_VOID(read_conflicts(tx, call, page));
    return page.conflicts ? Result<void>{} : read_late(tx, call, page);
  }));
  const bool full = page.rows.size() == page.limit;
  const auto place = page.conflicts ? std::to_string(page.conflict)
                                    : std::string(kParked) + std::to_string(page.parked);
  schema::Object body;
  body.append("exceptions", std::move(page.rows));
  body.append("after", full ? schema::Value(write_cursor(place)) : schema::Null{});
  return json_response(std::move(body));
}

} // namespace

std::span<const Route> exception_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/exceptions",
            .role = Role::viewer,
            .parameters = "flow all:flag after limit:1000 unmask",
            .answer = get_exceptions,
            .summary = "What came for closed books all the same; settled ones too with all=true",
            .gives = "{exceptions: [Exception], after: text~}"},
  };
  return rows;
}

} // namespace gramsetu::api
