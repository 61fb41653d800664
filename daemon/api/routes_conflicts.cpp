// Routes: the queue for people.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/settle.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::api {

namespace {

schema::Value shown(const Call& call, const store::ConflictRow& row, const std::string& json)
{
  return shown_json(call.setup->entities().find(row.entity), row.field, json, call.unmasked);
}

schema::Object conflict_json(const Call& call, const store::ConflictRow& row)
{
  schema::Object json;
  json.append("id", row.id);
  json.append("flow", row.flow);
  json.append("entity", row.entity);
  json.append("key", row.key);
  json.append("field", row.field);
  json.append("base", shown(call, row, row.base));
  json.append("ours", shown(call, row, row.hub));
  json.append("theirs", shown(call, row, row.remote));
  json.append("ours_from", row.hub_origin);
  json.append("theirs_from", row.remote_origin);
  json.append("outcome", row.outcome);
  json.append("rule", row.rule);
  json.append("winner", shown(call, row, row.winner));
  json.append("run", row.run);
  json.append("opened_at", time_value(row.opened_at));
  json.append("settled_at", time_value(row.settled_at));
  json.append("settled_by", row.settled_by);
  json.append("note", row.note);
  return json;
}

Result<std::int64_t> id_of(const Call& call)
{
  const auto id = schema::read_integer(call.parts[0]);
  if (!id)
    return fail(ErrorKind::invalid, fmt::format("'{}' is not a conflict's number", call.parts[0]));
  return *id;
}

Result<store::ConflictRow> find(Call& call, std::int64_t id)
{
  std::optional<store::ConflictRow> row;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(row, tx.conflict(id));
    return {};
  }));
  if (!row) return fail(ErrorKind::not_found, fmt::format("there is no conflict {}", id));
  return std::move(*row);
}

Result<Response> get_conflicts(Call& call)
{
  store::ConflictQuery query;
  query.flow = call.query("flow");
  query.entity = call.query("entity");
  query.key = call.query("key");
  if (call.query("all") != "true") query.open = true;
  TRY(query.after_id, number_of(call, "after", 0));
  TRY(query.limit, limit_of(call, 100, 1000));
  std::vector<store::ConflictRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.conflicts(query));
    return {};
  }));
  schema::List conflicts;
  for (const auto& row : rows)
    conflicts.emplace_back(conflict_json(call, row));
  schema::Object body;
  body.append("conflicts", std::move(conflicts));
  body.append("after", rows.empty() ? query.after_id : rows.back().id);
  return json_response(std::move(body));
}

Result<Response> get_conflict(Call& call)
{
  TRY(const auto id, id_of(call));
  TRY(const auto row, find(call, id));
  return json_response(conflict_json(call, row));
}

Result<engine::Resolution> read_resolution(const Call& call)
{
  TRY(const auto body, body_of(call));
  engine::Resolution resolution;
  resolution.by = call.request.actor;
  for (const auto& member : body.members()) {
    if (member.name == "value") {
      resolution.value = member.value;
    } else if (member.name == "choice" && member.value.is_text()) {
      resolution.choice = member.value.text();
    } else if (member.name == "note" && member.value.is_text()) {
      resolution.note = member.value.text();
    } else {
      return fail(ErrorKind::invalid,
                  fmt::format("'{}': a resolution has the texts choice and note, and a value",
                              member.name));
    }
  }
  const bool known =
      resolution.choice == "ours" || resolution.choice == "theirs" || resolution.choice == "value";
  if (!known || (resolution.choice == "value") != resolution.value.has_value())
    return fail(ErrorKind::invalid,
                "choice is 'ours', 'theirs', or 'value' with a value beside it");
  if (resolution.value && resolution.value->is_text() && resolution.value->text() == kMask)
    return fail(ErrorKind::invalid, "the value is a mask; say what it should be");
  return resolution;
}

Result<Response> post_resolve(Call& call)
{
  TRY(const auto id, id_of(call));
  TRY(auto resolution, read_resolution(call));
  resolution.conflict = id;
  TRY(const auto row, find(call, id));
  TRY_VOID(engine::resolve_conflict(call.setup->flows_of(row.entity), resolution,
                                    call.hub.engine_services()));
  TRY(const auto settled, find(call, id));
  return json_response(conflict_json(call, settled));
}

} // namespace

std::span<const Route> conflict_routes()
{
  static constexpr std::array rows = {
      Route{"GET", "/api/v1/conflicts", Role::viewer, "flow entity key all after limit unmask",
            get_conflicts, "Conflicts that wait for a person; settled ones too with all=true"},
      Route{"GET", "/api/v1/conflicts/{id}", Role::viewer, "unmask", get_conflict,
            "One conflict: base, ours, theirs"},
      Route{"POST", "/api/v1/conflicts/{id}/resolve", Role::operator_, "unmask", post_resolve,
            "Settle a conflict"},
  };
  return rows;
}

} // namespace gramsetu::api
