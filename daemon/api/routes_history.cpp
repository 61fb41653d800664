// Routes: what became of a record.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::api {

namespace {

schema::Value parsed(const std::string& json)
{
  if (json.empty()) return schema::Null{};
  auto value = schema::parse_json(json);
  return value ? std::move(*value) : schema::Value(schema::Null{});
}

// {"field": [before, after]}, each masked by its field. Fields that the entity no longer has are left as
// they are only when nothing of the entity is masked.
schema::Value shown_fields(const Call& call, const schema::Entity* entity, schema::Value fields)
{
  if (call.unmasked || !fields.is_object()) return fields;
  schema::Object all;
  for (const auto& member : fields.object().members()) {
    const auto index = entity ? entity->index_of(member.name) : std::nullopt;
    const bool open = index ? !is_masked(entity->fields[*index]) : entity && !has_masked(*entity);
    if (open || !member.value.is_list()) {
      all.append(member.name, open ? member.value : schema::Value(kMask));
      continue;
    }
    schema::List pair;
    for (const auto& side : member.value.list())
      pair.push_back(side.is_null() ? side : schema::Value(kMask));
    all.append(member.name, std::move(pair));
  }
  return all;
}

schema::Object change_json(const Call& call, const store::ChangeRow& row)
{
  schema::Object json;
  json.append("sequence", row.sequence);
  json.append("entity", row.entity);
  json.append("key", row.key);
  json.append("kind", row.kind);
  json.append("fields",
              shown_fields(call, call.setup->entities().find(row.entity), parsed(row.fields)));
  json.append("origin", row.origin);
  json.append("actor", row.actor);
  json.append("note", row.note);
  json.append("run", row.run);
  json.append("rule", row.rule);
  json.append("at", time_value(row.at));
  return json;
}

Result<Response> list_changes(Call& call, const store::ChangeQuery& query)
{
  std::vector<store::ChangeRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.changes(query));
    return {};
  }));
  schema::List changes;
  for (const auto& row : rows)
    changes.emplace_back(change_json(call, row));
  schema::Object body;
  body.append("changes", std::move(changes));
  body.append("after", rows.empty() ? query.after : rows.back().sequence);
  return json_response(std::move(body));
}

Result<Response> get_changes(Call& call)
{
  store::ChangeQuery query;
  query.entity = call.query("entity");
  query.run = call.query("run");
  TRY(query.after, number_of(call, "after", 0));
  TRY(query.limit, limit_of(call, 200, 1000));
  return list_changes(call, query);
}

Result<Response> get_history(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  store::ChangeQuery query;
  query.entity = entity->name;
  query.key = call.parts[1];
  TRY(query.after, number_of(call, "after", 0));
  TRY(query.limit, limit_of(call, 200, 1000));
  return list_changes(call, query);
}

} // namespace

std::span<const Route> history_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/records/{entity}/{key}/history",
            .role = Role::viewer,
            .parameters = "after:number limit:1000 unmask",
            .answer = get_history,
            .summary = "Every change of a record, oldest first",
            .gives = "Changes"},
      Route{.method = "GET",
            .pattern = "/api/v1/changes",
            .role = Role::viewer,
            .parameters = "after:number entity run limit:1000 unmask",
            .answer = get_changes,
            .summary = "The change feed: everything after a sequence number",
            .gives = "Changes"},
  };
  return rows;
}

} // namespace gramsetu::api
