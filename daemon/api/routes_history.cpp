// Routes: what became of a record, and why it says what it says.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/origin.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::api {

namespace {

// Losing values and earlier changes that `why` looks through for one record.
constexpr std::size_t kWhyRowsMax = 500;

schema::Value parsed(const std::string& json)
{
  if (json.empty()) return schema::Null{};
  auto value = schema::parse_json(json);
  return value ? std::move(*value) : schema::Value(schema::Null{});
}

schema::Value shown(const Call& call, const schema::FieldSpec& field, schema::Value value)
{
  return call.unmasked ? std::move(value) : masked(field, std::move(value));
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

// Everything that `why` answers from, read in one transaction.
struct Evidence {
  std::optional<store::RecordRow> record;
  std::vector<store::ConflictRow> conflicts;
};

Result<Evidence> gather(Call& call, const schema::Entity& entity, const std::string& key)
{
  Evidence evidence;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(evidence.record, tx.record(entity.name, key));
    store::ConflictQuery conflicts;
    conflicts.entity = entity.name;
    conflicts.key = key;
    conflicts.limit = kWhyRowsMax;
    TRY(evidence.conflicts, tx.conflicts(conflicts));
    return {};
  }));
  if (!evidence.record)
    return fail(ErrorKind::not_found, fmt::format("there is no {} '{}'", entity.name, key));
  return evidence;
}

schema::Object loser_json(const Call& call, const schema::FieldSpec& field,
                          const store::ConflictRow& row)
{
  const bool open = row.outcome == "open";
  const bool remote_lost = open || row.outcome == "hub";
  schema::Object json;
  json.append("conflict", row.id);
  json.append("outcome", row.outcome);
  json.append("value", shown(call, field, parsed(remote_lost ? row.remote : row.hub)));
  json.append("from", remote_lost ? row.remote_origin : row.hub_origin);
  json.append("rule", row.rule);
  json.append("run", row.run);
  json.append("at", time_value(row.opened_at));
  json.append("settled_by", row.settled_by);
  json.append("note", row.note);
  return json;
}

schema::Object field_json(const Call& call, const schema::FieldSpec& field,
                          const Evidence& evidence, const schema::Value& record)
{
  const auto origin = engine::read_origins(evidence.record->origin).of(field.name);
  const auto* value = record.is_object() ? record.object().find(field.name) : nullptr;
  schema::Object json;
  json.append("field", field.name);
  json.append("value", shown(call, field, value ? *value : schema::Value(schema::Null{})));
  json.append("from", origin.side.endpoint);
  json.append("role", origin.side.role);
  json.append("at", time_value(origin.at));
  json.append("changed_at", time_value(origin.changed_at));
  json.append("rule", origin.rule);
  json.append("run", origin.run);
  json.append("actor", origin.actor);
  schema::List losers;
  for (const auto& row : evidence.conflicts)
    if (row.field == field.name) losers.emplace_back(loser_json(call, field, row));
  json.append("losing", std::move(losers));
  return json;
}

Result<Response> why(Call& call, const std::string& wanted)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  TRY(const auto evidence, gather(call, *entity, call.parts[1]));
  if (!wanted.empty() && !entity->index_of(wanted)) {
    return fail(ErrorKind::not_found, fmt::format("{} has no field '{}'", entity->name, wanted));
  }
  TRY(const auto record, schema::parse_json(evidence.record->body));
  schema::List fields;
  for (const auto& field : entity->fields) {
    const bool there = record.is_object() && record.object().find(field.name);
    if (wanted.empty() ? there : field.name == wanted)
      fields.emplace_back(field_json(call, field, evidence, record));
  }
  schema::Object body;
  body.append("entity", entity->name);
  body.append("key", evidence.record->key);
  body.append("revision", evidence.record->revision);
  body.append("deleted", evidence.record->deleted);
  body.append("fields", std::move(fields));
  return json_response(std::move(body));
}

Result<Response> get_why(Call& call)
{
  return why(call, "");
}
Result<Response> get_why_field(Call& call)
{
  return why(call, call.parts[2]);
}

} // namespace

std::span<const Route> history_routes()
{
  static constexpr std::array rows = {
      Route{"GET", "/api/v1/records/{entity}/{key}/history", Role::viewer, "after limit unmask",
            get_history, "Every change of a record, oldest first"},
      Route{"GET", "/api/v1/changes", Role::viewer, "after entity run limit unmask", get_changes,
            "The change feed: everything after a sequence number"},
      Route{"GET", "/api/v1/why/{entity}/{key}", Role::viewer, "unmask", get_why,
            "Which value came from whom, when, by which rule and run"},
      Route{"GET", "/api/v1/why/{entity}/{key}/{field}", Role::viewer, "unmask", get_why_field,
            "The same for one field"},
  };
  return rows;
}

} // namespace gramsetu::api
