// Routes: what the hub holds about one person's record, all of it in one document; its erasure.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/erase.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/runtime/personal.hpp"
#include "schema/json.hpp"

#include <algorithm>
#include <array>

namespace gramsetu::api {

namespace {

using schema::Value;

Value parsed(const std::string& json)
{
  if (json.empty()) return schema::Null{};
  auto value = schema::parse_json(json);
  return value ? std::move(*value) : Value(schema::Null{});
}

// An object of fields: each by its class, whatever form the value has.
Value shown(const Call& call, const schema::Entity& entity, Value value)
{
  return call.unmasked ? std::move(value) : masked(entity, std::move(value));
}

schema::List history_of(const Call& call, const schema::Entity& entity,
                        const std::vector<store::ChangeRow>& rows)
{
  schema::List list;
  for (const auto& row : rows) {
    schema::Object json;
    json.append("sequence", row.sequence);
    json.append("at", time_value(row.at));
    json.append("kind", row.kind);
    json.append("origin", row.origin);
    json.append("actor", row.actor);
    json.append("run", row.run);
    json.append("rule", row.rule);
    json.append("note", row.note);
    json.append("fields", shown(call, entity, parsed(row.fields)));
    list.emplace_back(std::move(json));
  }
  return list;
}

schema::List losers_of(const Call& call, const schema::Entity& entity,
                       const std::vector<store::ConflictRow>& rows)
{
  schema::List list;
  for (const auto& row : rows) {
    schema::Object json;
    json.append("id", row.id);
    json.append("flow", row.flow);
    json.append("field", row.field);
    json.append("outcome", row.outcome);
    json.append("rule", row.rule);
    json.append("opened_at", time_value(row.opened_at));
    const std::pair<const char*, const std::string*> values[] = {
        {"base", &row.base}, {"hub", &row.hub}, {"remote", &row.remote}, {"winner", &row.winner}};
    for (const auto& [name, value] : values)
      json.append(name, shown_json(&entity, row.field, *value, call.unmasked));
    list.emplace_back(std::move(json));
  }
  return list;
}

schema::List parked_of(const Call& call, const std::vector<store::QuarantineRow>& rows)
{
  schema::List list;
  for (const auto& row : rows) {
    schema::Object json;
    json.append("id", row.id);
    json.append("flow", row.flow);
    json.append("direction", row.direction);
    json.append("code", row.code);
    json.append("state", row.state);
    json.append("last_at", time_value(row.last_at));
    json.append("payload", call.unmasked ? Value(row.payload) : Value(kMask));
    list.emplace_back(std::move(json));
  }
  return list;
}

// What stands between hub and endpoints, flow by flow.
Result<schema::List> flows_of(const Call& call, store::Tx& tx, const schema::Entity& entity)
{
  const auto& key = call.parts[1];
  TRY(const auto flows, store::flows_that_know(tx, entity.name, key));
  schema::List list;
  for (const auto& flow : flows) {
    schema::Object json;
    json.append("flow", flow);
    TRY(const auto shadow, tx.shadow(flow, key));
    if (shadow) json.append("agreed", shown(call, entity, parsed(shadow->base)));
    TRY(const auto news, tx.inbox_of(flow, key));
    if (news) json.append("arriving", shown(call, entity, parsed(news->body)));
    TRY(const auto row, tx.outbox_of(flow, key));
    if (row && !row->payload.empty())
      json.append("leaving", call.unmasked ? parsed(row->payload) : Value(kMask));
    list.emplace_back(std::move(json));
  }
  return list;
}

Result<schema::Value> mark_of(store::Tx& tx, const schema::Entity& entity, const std::string& key)
{
  TRY(const auto mark, store::erasure_of(tx, entity.name, key));
  if (!mark) return Value(schema::Null{});
  schema::Object json;
  schema::List fields;
  for (const auto& field : mark->fields)
    fields.emplace_back(field);
  json.append("fields", std::move(fields));
  json.append("hashes", parsed(mark->hashes));
  json.append("at", time_value(mark->at));
  json.append("by", mark->by);
  json.append("note", mark->note);
  return Value(std::move(json));
}

Result<void> gather(const Call& call, store::Tx& tx, const schema::Entity& entity,
                    schema::Object& body)
{
  const auto& key = call.parts[1];
  TRY(const auto row, tx.record(entity.name, key));
  body.append("record", row ? shown(call, entity, parsed(row->body)) : Value(schema::Null{}));
  if (row) body.append("deleted", row->deleted);
  if (row) body.append("place", row->place);
  store::ChangeQuery changes;
  changes.entity = entity.name;
  changes.key = key;
  changes.limit = engine::kBatchRecords;
  TRY(const auto history, tx.changes(changes));
  body.append("history", history_of(call, entity, history));
  store::ConflictQuery conflicts;
  conflicts.entity = entity.name;
  conflicts.key = key;
  TRY(const auto losers, tx.conflicts(conflicts));
  body.append("conflicts", losers_of(call, entity, losers));
  store::QuarantineQuery quarantine;
  quarantine.entity = entity.name;
  quarantine.key = key;
  TRY(const auto parked, tx.quarantine(quarantine));
  body.append("quarantine", parked_of(call, parked));
  TRY(auto flows, flows_of(call, tx, entity));
  TRY(auto mark, mark_of(tx, entity, key));
  if (!row && history.empty() && losers.empty() && parked.empty() && flows.empty())
    return fail(ErrorKind::not_found, "the hub has nothing of " + entity.name + " " + key);
  body.append("flows", std::move(flows));
  body.append("erasure", std::move(mark));
  return {};
}

Result<Response> get_personal(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  schema::Object body;
  body.append("entity", entity->name);
  body.append("key", call.parts[1]);
  schema::List fields;
  for (const auto& field : engine::personal_fields(*entity))
    fields.emplace_back(field);
  body.append("personal_fields", std::move(fields));
  TRY_VOID(read(call, [&](store::Tx& tx) { return gather(call, tx, *entity, body); }));
  return json_response(std::move(body));
}

// Records that have the value in a personal field, by entity and key; the value itself is not said again.
Result<void> find_in(store::Tx& tx, const schema::Entity& entity, const std::string& value,
                     schema::List& found)
{
  const auto fields = engine::personal_fields(entity);
  // What JSON writes as it is can be looked for before anything is parsed.
  const bool plain = value.find_first_of("\"\\\n\t") == std::string::npos;
  store::RecordQuery query;
  query.entity = entity.name;
  query.with_deleted = true;
  query.limit = engine::kBatchRecords;
  while (!fields.empty()) {
    TRY(const auto rows, tx.records(query));
    if (rows.empty()) return {};
    query.after_key = rows.back().key;
    for (const auto& row : rows) {
      if (plain && row.body.find(value) == std::string::npos) continue;
      const auto record = parsed(row.body);
      for (const auto& field : fields) {
        const auto* held = record.is_object() ? record.object().find(field) : nullptr;
        if (!held || !held->is_text() || held->text() != value) continue;
        schema::Object json;
        json.append("entity", entity.name);
        json.append("key", row.key);
        json.append("field", field);
        json.append("deleted", row.deleted);
        found.emplace_back(std::move(json));
      }
    }
  }
  return {};
}

Result<Response> post_find(Call& call)
{
  const auto value = call.text("value");
  if (value.empty()) return fail(ErrorKind::invalid, "there is no value to look for");
  schema::List found;
  for (const auto* entity : call.setup->entities().all())
    TRY_VOID(read(call, [&](store::Tx& tx) { return find_in(tx, *entity, value, found); }));
  call.hub.log().event(Event::admin_action, "records were looked for by a personal value",
                       {{"by", call.request.actor}, {"found", std::to_string(found.size())}});
  schema::Object answer;
  answer.append("found", std::move(found));
  return json_response(std::move(answer));
}

runtime::PersonalOrder order_of(const Call& call)
{
  const auto* compact = call.body.find("compact");
  return {call.parts[0], call.parts[1], call.request.actor, call.text("note"),
          compact && *compact == Value(true)};
}

Result<Response> post_erase(Call& call)
{
  TRY(auto erased, runtime::erase_personal(call.hub, order_of(call)));
  return json_response(std::move(erased));
}

Result<Response> post_lift(Call& call)
{
  TRY_VOID(runtime::lift_personal(call.hub, order_of(call)));
  schema::Object body;
  body.append("lifted", true);
  return json_response(std::move(body));
}

Result<Response> get_removals(Call& call)
{
  TRY(const auto after, number_of(call, "after", 0));
  TRY(const auto limit, limit_of(call, 100, 1000));
  std::vector<store::RemovalRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, store::removals(tx, after, limit));
    return {};
  }));
  schema::List list;
  for (const auto& row : rows) {
    schema::Object json;
    json.append("id", row.id);
    json.append("at", time_value(row.at));
    json.append("kind", row.kind);
    json.append("entity", row.entity);
    json.append("key", row.key);
    json.append("rule", row.rule);
    json.append("removed", parsed(row.counts));
    json.append("before", time_value(row.before));
    json.append("by", row.by);
    json.append("note", row.note);
    list.emplace_back(std::move(json));
  }
  schema::Object body;
  body.append("removals", std::move(list));
  body.append("after", rows.empty() ? after : rows.back().id);
  return json_response(std::move(body));
}

} // namespace

std::span<const Route> personal_routes()
{
  static constexpr std::array rows = {
      Route{.method = "POST",
            .pattern = "/api/v1/personal/find",
            .role = Role::admin,
            .parameters = "",
            .answer = post_find,
            .summary = "Records that have a value in a personal field",
            .takes = "{value: text}",
            .gives = "{found: [{entity, key, field, deleted: flag}]}"},
      Route{.method = "GET",
            .pattern = "/api/v1/personal/{entity}/{key}",
            .role = Role::admin,
            .parameters = "unmask",
            .answer = get_personal,
            .summary = "Everything that is held of one record",
            .gives = "object",
            .errors = "404"},
      Route{.method = "POST",
            .pattern = "/api/v1/personal/{entity}/{key}/erase",
            .role = Role::admin,
            .parameters = "",
            .answer = post_erase,
            .summary = "Take its personal fields out of everything, and keep them out",
            .takes = "{note: text, compact~: flag}",
            .gives = "{entity, key, fields: [text], erased: object}",
            .errors = "404 412 502"},
      Route{.method = "POST",
            .pattern = "/api/v1/personal/{entity}/{key}/lift",
            .role = Role::admin,
            .parameters = "",
            .answer = post_lift,
            .summary = "Take its personal fields in again",
            .takes = "{note: text}",
            .gives = "{lifted: flag}",
            .errors = "404 412"},
      Route{.method = "GET",
            .pattern = "/api/v1/removals",
            .role = Role::viewer,
            .parameters = "after:number limit:1000",
            .answer = get_removals,
            .summary = "What was removed, how much, and by which rule",
            .gives = "{removals: [Removal], after: integer}"},
  };
  return rows;
}

} // namespace gramsetu::api
