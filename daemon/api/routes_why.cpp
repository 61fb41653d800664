// Routes: why a record says what it says.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/origin.hpp"
#include "schema/canonical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace gramsetu::api {

namespace {

// Losing values and earlier changes that are looked through for one record, newest first.
constexpr std::size_t kWhyRowsMax = 500;

using schema::Value;

Value shown(const Call& call, const schema::FieldSpec& field, Value value)
{
  if (value.is_absent()) return schema::Null{};
  return call.unmasked ? std::move(value) : masked(field, std::move(value));
}

// Everything that an answer is made from, read in one transaction.
struct Evidence {
  store::RecordRow row;
  Value record;
  engine::Origins origins;
  std::vector<store::ConflictRow> conflicts; // newest first
  std::vector<store::ChangeRow> changes;     // newest first; of one field's question only
};

Result<Evidence> gather(Call& call, const schema::Entity& entity, const std::string& key,
                        const std::string& field)
{
  Evidence evidence;
  std::optional<store::RecordRow> row;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(row, tx.record(entity.name, key));
    store::ConflictQuery conflicts;
    conflicts.entity = entity.name;
    conflicts.key = key;
    conflicts.field = field;
    conflicts.limit = kWhyRowsMax;
    conflicts.newest_first = true;
    TRY(evidence.conflicts, tx.conflicts(conflicts));
    if (field.empty()) return {};
    store::ChangeQuery changes;
    changes.entity = entity.name;
    changes.key = key;
    changes.limit = kWhyRowsMax;
    changes.newest_first = true;
    TRY(evidence.changes, tx.changes(changes));
    return {};
  }));
  if (!row) return fail(ErrorKind::not_found, fmt::format("there is no {} '{}'", entity.name, key));
  evidence.row = std::move(*row);
  evidence.record = stored_json(evidence.row.body);
  evidence.origins = engine::read_origins(evidence.row.origin);
  return evidence;
}

void append_origin(schema::Object& json, const engine::Origin& origin)
{
  json.append("from", origin.side.endpoint);
  json.append("role", origin.side.role);
  json.append("at", time_value(origin.at));
  json.append("changed_at", time_value(origin.changed_at));
  json.append("clock_doubt_ms", static_cast<std::int64_t>(origin.doubt.count()));
  json.append("rule", origin.rule);
  json.append("run", origin.run);
  json.append("actor", origin.actor);
  json.append("note", origin.note);
}

schema::Object loser_json(const Call& call, const schema::FieldSpec& field,
                          const store::ConflictRow& row)
{
  const bool open = row.outcome == "open";
  const bool remote_lost = open || row.outcome == "hub";
  schema::Object json;
  json.append("conflict", row.id);
  json.append("outcome", row.outcome);
  json.append("value", shown(call, field, stored_json(remote_lost ? row.remote : row.hub)));
  json.append("from", remote_lost ? row.remote_origin : row.hub_origin);
  json.append("changed_at", time_value(remote_lost ? row.remote_at : row.hub_at));
  json.append("rule", row.rule);
  json.append("run", row.run);
  json.append("at", time_value(row.opened_at));
  json.append("settled_by", row.settled_by);
  json.append("settled_at", time_value(row.settled_at));
  json.append("note", row.note);
  return json;
}

// The person who decided that the field says what it says, where one did.
Value decision_json(const Evidence& evidence, const schema::FieldSpec& field, const Value& value)
{
  for (const auto& row : evidence.conflicts) {
    if (row.field != field.name || row.outcome == "open") continue;
    if (row.settled_by.empty() || !same_value(field, stored_json(row.winner), value))
      return schema::Null{};
    schema::Object json;
    json.append("by", row.settled_by);
    json.append("note", row.note);
    json.append("at", time_value(row.settled_at));
    json.append("conflict", row.id);
    return json;
  }
  return schema::Null{};
}

// What a change did to the field: {before, after}; null when it did nothing.
const schema::List* pair_of(const Value& fields, const std::string& field)
{
  const auto* pair = fields.is_object() ? fields.object().find(field) : nullptr;
  return pair && pair->is_list() && pair->list().size() == 2 ? &pair->list() : nullptr;
}

schema::Object change_origin(const store::ChangeRow& row)
{
  schema::Object json;
  json.append("from", row.origin);
  json.append("at", time_value(row.at));
  json.append("rule", row.rule);
  json.append("run", row.run);
  json.append("actor", row.actor);
  json.append("note", row.note);
  return json;
}

// What the field said before, as far back as the change log goes, and who replaced it.
schema::List earlier_json(const Call& call, const schema::FieldSpec& field,
                          const Evidence& evidence)
{
  schema::List earlier;
  for (const auto& row : evidence.changes) {
    const auto fields = stored_json(row.fields);
    const auto* pair = pair_of(fields, field.name);
    if (!pair || (*pair)[0].is_null()) continue;
    schema::Object json;
    json.append("value", shown(call, field, (*pair)[0]));
    json.append("replaced", change_origin(row));
    earlier.emplace_back(std::move(json));
  }
  return earlier;
}

std::string identity_of(const schema::FieldSpec& field, const Value& item)
{
  static const schema::FieldSpec plain;
  const auto* key =
      !field.list_key.empty() && item.is_object() ? item.object().find(field.list_key) : nullptr;
  return schema::canonical_bytes(plain, key ? *key : item);
}

// The item as a list held it, or null.
const Value* find_item(const schema::FieldSpec& field, const Value& list,
                       const std::string& identity)
{
  if (!list.is_list()) return nullptr;
  for (const auto& item : list.list())
    if (identity_of(field, item) == identity) return &item;
  return nullptr;
}

// Each item of a list, and the change that made it what it is; without one it is as old as the record.
schema::List items_json(const Call& call, const schema::FieldSpec& field, const Evidence& evidence,
                        const schema::List& list)
{
  static const schema::FieldSpec plain;
  std::vector<std::pair<Value, const store::ChangeRow*>> changes;
  for (const auto& row : evidence.changes)
    changes.emplace_back(stored_json(row.fields), &row);
  schema::List items;
  for (const auto& item : list) {
    const auto identity = identity_of(field, item);
    schema::Object json;
    json.append("item", shown(call, field, item));
    const auto made = std::find_if(changes.begin(), changes.end(), [&](const auto& change) {
      const auto* pair = pair_of(change.first, field.name);
      const auto* before = pair ? find_item(field, (*pair)[0], identity) : nullptr;
      return pair && (!before || !same_value(plain, *before, item));
    });
    if (made != changes.end())
      json.append("came", change_origin(*made->second));
    else
      append_origin(json, evidence.origins.whole);
    items.emplace_back(std::move(json));
  }
  return items;
}

schema::Object field_json(const Call& call, const schema::FieldSpec& field,
                          const Evidence& evidence, bool in_full)
{
  const auto* found =
      evidence.record.is_object() ? evidence.record.object().find(field.name) : nullptr;
  const Value value = found ? *found : Value();
  schema::Object json;
  json.append("field", field.name);
  json.append("value", shown(call, field, value));
  // A field that the record does not have was set by nobody, whoever brought the record.
  const bool touched = evidence.origins.fields.contains(field.name);
  if (touched || !value.is_empty())
    append_origin(json, evidence.origins.of(field.name));
  else
    json.append("rule", "nobody has said");
  json.append("decided", decision_json(evidence, field, value));
  schema::List losers;
  for (const auto& row : evidence.conflicts)
    if (row.field == field.name) losers.emplace_back(loser_json(call, field, row));
  json.append("losing", std::move(losers));
  if (!in_full) return json;
  if (value.is_list()) json.append("items", items_json(call, field, evidence, value.list()));
  json.append("earlier", earlier_json(call, field, evidence));
  return json;
}

Result<Response> why(Call& call, const std::string& wanted)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  if (!wanted.empty() && !entity->index_of(wanted))
    return fail(ErrorKind::not_found, fmt::format("{} has no field '{}'", entity->name, wanted));
  TRY(const auto evidence, gather(call, *entity, call.parts[1], wanted));
  schema::List fields;
  for (const auto& field : entity->fields) {
    const bool there = evidence.record.is_object() && evidence.record.object().find(field.name);
    if (wanted.empty() ? there : field.name == wanted)
      fields.emplace_back(field_json(call, field, evidence, !wanted.empty()));
  }
  schema::Object body;
  body.append("entity", entity->name);
  body.append("key", evidence.row.key);
  body.append("revision", evidence.row.revision);
  body.append("deleted", evidence.row.deleted);
  if (evidence.row.deleted) {
    schema::Object gone;
    append_origin(gone, evidence.origins.existence());
    body.append("deletion", std::move(gone));
  }
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

std::span<const Route> why_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/why/{entity}/{key}",
            .role = Role::viewer,
            .parameters = "unmask",
            .answer = get_why,
            .summary = "Which value came from whom, when, by which rule and run",
            .gives = "Why"},
      Route{.method = "GET",
            .pattern = "/api/v1/why/{entity}/{key}/{field}",
            .role = Role::viewer,
            .parameters = "unmask",
            .answer = get_why_field,
            .summary = "The same for one field, with its items and what it said before",
            .gives = "Why"},
  };
  return rows;
}

} // namespace gramsetu::api
