// Routes: the queue for people.
#include "daemon/api/masks.hpp"
#include "daemon/api/proposals.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/settle.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>

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
  json.append("ours_at", time_value(row.hub_at));
  json.append("theirs_from", row.remote_origin);
  json.append("theirs_at", time_value(row.remote_at));
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

// Which conflicts: the same words in a listing and in a decision on many.
Result<store::ConflictQuery> query_of(const std::function<std::string(std::string_view)>& said)
{
  store::ConflictQuery query;
  query.flow = said("flow");
  query.entity = said("entity");
  query.key = said("key");
  query.field = said("field");
  query.place = said("place");
  query.rule = said("rule");
  const auto since = said("since");
  if (since.empty()) return query;
  const auto at = from_rfc3339(since.size() == 10 ? since + "T00:00:00Z" : since);
  if (!at)
    return fail(ErrorKind::invalid,
                fmt::format("since is a day or a time such as 2026-11-23, not '{}'", since));
  query.since = *at;
  return query;
}

Result<Response> list_groups(Call& call, const store::ConflictQuery& query)
{
  std::vector<store::ConflictGroup> found;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(found, tx.conflict_groups(query));
    return {};
  }));
  schema::List groups;
  for (const auto& group : found) {
    schema::Object json;
    json.append("count", static_cast<std::int64_t>(group.count));
    json.append("flow", group.flow);
    json.append("entity", group.entity);
    json.append("field", group.field);
    json.append("rule", group.rule);
    json.append("runs", static_cast<std::int64_t>(group.runs));
    json.append("first_at", time_value(group.first_at));
    json.append("last_at", time_value(group.last_at));
    json.append("sample", group.sample);
    groups.emplace_back(std::move(json));
  }
  schema::Object body;
  body.append("groups", std::move(groups));
  return json_response(std::move(body));
}

Result<Response> get_conflicts(Call& call)
{
  TRY(auto query, query_of([&](std::string_view name) { return call.query(name); }));
  if (call.query("all") != "true") query.open = true;
  TRY(query.after_id, number_of(call, "after", 0));
  TRY(query.limit, limit_of(call, 100, 1000));
  query.newest_first = call.query("newest") == "true";
  if (call.query("group") == "true") return list_groups(call, query);
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

// Other sides may dispute the same field: they are decided one by one, and who decides should know.
Result<schema::List> siblings_of(Call& call, const store::ConflictRow& row)
{
  store::ConflictQuery query;
  query.entity = row.entity;
  query.key = row.key;
  query.field = row.field;
  query.open = true;
  std::vector<store::ConflictRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.conflicts(query));
    return {};
  }));
  schema::List ids;
  for (const auto& other : rows)
    if (other.id != row.id) ids.emplace_back(other.id);
  return ids;
}

std::string about(std::int64_t id)
{
  return fmt::format("conflict/{}", id);
}

Result<Response> one_conflict(Call& call, std::int64_t id, int status = 200)
{
  TRY(const auto row, find(call, id));
  auto json = conflict_json(call, row);
  TRY(auto siblings, siblings_of(call, row));
  json.append("also_open", std::move(siblings));
  if (!row.settled_at) TRY_VOID(append_proposal(call, about(id), json));
  return json_response(std::move(json), status);
}

std::int64_t id_of(const Call& call)
{
  return *schema::read_integer(call.parts[0]);
}

Result<Response> get_conflict(Call& call)
{
  return one_conflict(call, id_of(call));
}

Result<engine::Resolution> read_resolution(const Call& call)
{
  engine::Resolution resolution;
  resolution.by = call.request.actor;
  resolution.choice = call.text("choice");
  resolution.note = call.text("note");
  if (const auto* value = call.body.find("value")) resolution.value = *value;
  if ((resolution.choice == "value") != resolution.value.has_value())
    return fail(ErrorKind::invalid,
                "a value stands beside the choice 'value', and beside no other");
  if (resolution.value && resolution.value->is_text() && resolution.value->text() == kMask)
    return fail(ErrorKind::invalid, "the value is a mask; say what it should be");
  return resolution;
}

// {"choice": "theirs", "note": "...", "which": {"flow": "..."}, "up_to": 812, "after": 0}
// None is decided that came after the asker looked.
Result<engine::ResolveMany> read_many(const Call& call)
{
  engine::ResolveMany many;
  TRY(many.how, read_resolution(call));
  const auto& which = call.body.find("which")->object();
  TRY(many.which, query_of([&](std::string_view name) {
        const auto* said = which.find(name);
        return said ? said->text() : std::string();
      }));
  many.which.up_to_id = call.body.find("up_to")->integer();
  if (many.which.up_to_id <= 0)
    return fail(ErrorKind::invalid, "up_to is the number of the newest conflict that you saw");
  if (const auto* after = call.body.find("after")) many.which.after_id = after->integer();
  many.spare = [&call](const store::ConflictRow& row) {
    const auto* flow = call.setup->find(row.flow);
    if (!flow || !runtime::needs_two(*flow, row.field)) return std::string();
    return fmt::format("it is about money, which two people settle one by one: gramsetu conflicts "
                       "resolve {}",
                       row.id);
  };
  return many;
}

Result<Response> post_resolve_many(Call& call)
{
  TRY(const auto many, read_many(call));
  const auto flows_of = [&](const std::string& entity) { return call.setup->flows_of(entity); };
  TRY(const auto done, engine::resolve_conflicts(flows_of, many, call.hub.engine_services()));
  schema::List failed;
  for (const auto& [id, what] : done.failed) {
    schema::Object row;
    row.append("id", id);
    row.append("title", what);
    failed.emplace_back(std::move(row));
  }
  schema::Object body;
  body.append("settled", static_cast<std::int64_t>(done.settled));
  body.append("failed", std::move(failed));
  body.append("after", done.after_id);
  body.append("more", done.more);
  return json_response(std::move(body));
}

Result<Response> post_resolve(Call& call)
{
  const auto id = id_of(call);
  TRY(auto resolution, read_resolution(call));
  resolution.conflict = id;
  TRY(const auto row, find(call, id));
  if (!row.settled_at) {
    const auto value = resolution.value ? schema::to_json(*resolution.value) : std::string();
    // Whoever says "theirs" means what he saw: when a side has moved meanwhile, it is another decision.
    const auto seen = fmt::format("{}\n{}\n{}", value, row.hub, row.remote);
    TRY(const bool now,
        may_settle(call, row.flow, row.field, {about(id), resolution.choice, seen, {}, {}}));
    if (!now) return one_conflict(call, id, 202);
  }
  TRY_VOID(engine::resolve_conflict(call.setup->flows_of(row.entity), resolution,
                                    call.hub.engine_services()));
  TRY_VOID(settled(call, about(id)));
  return one_conflict(call, id);
}

} // namespace

std::span<const Route> conflict_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/conflicts",
            .role = Role::viewer,
            .parameters = "flow entity key field place rule since all:flag group:flag newest:flag "
                          "after:number limit:1000 unmask",
            .answer = get_conflicts,
            .summary = "Conflicts that wait for a person; settled ones too with all=true, by cause "
                       "with group=true",
            .gives = "{conflicts~: [Conflict], after~: integer, groups~: [ConflictGroup]}"},
      Route{.method = "GET",
            .pattern = "/api/v1/conflicts/{id}",
            .role = Role::viewer,
            .parameters = "id:number unmask",
            .answer = get_conflict,
            .summary = "One conflict: base, ours, theirs",
            .gives = "Conflict"},
      Route{.method = "POST",
            .pattern = "/api/v1/conflicts/{id}/resolve",
            .role = Role::operator_,
            .parameters = "id:number unmask",
            .answer = post_resolve,
            .summary = "Settle a conflict; 202: one more person must decide the same",
            .takes = "{choice: ours|theirs|value, value~: any, note~: text}",
            .gives = "Conflict",
            .errors = "412 422",
            .good = "200 202"},
      Route{.method = "POST",
            .pattern = "/api/v1/conflicts/resolve",
            .role = Role::operator_,
            .parameters = "",
            .answer = post_resolve_many,
            .summary = "Settle many: those that a filter names, a bounded number at a time",
            .takes = "{choice: ours|theirs|value, value~: any, note~: text, up_to: integer, "
                     "after~: integer, which: {flow~: text, entity~: text, key~: text, field~: "
                     "text, place~: text, rule~: text, since~: text}}",
            .gives =
                "{settled: integer, failed: [{id: integer, title}], after: integer, more: flag}",
            .errors = "412 422"},
  };
  return rows;
}

} // namespace gramsetu::api
