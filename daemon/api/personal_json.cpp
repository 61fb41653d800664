// Gathers what is held of one record from every table that may hold some of it.
#include "daemon/api/personal_json.hpp"

#include "daemon/api/masks.hpp"
#include "daemon/engine/erase.hpp"
#include "daemon/engine/limits.hpp"
#include "schema/json.hpp"

namespace gramsetu::api {

namespace {

using schema::Value;

Value parsed(const std::string& json)
{
  if (json.empty()) return schema::Null{};
  auto value = schema::parse_json(json);
  return value ? std::move(*value) : Value(schema::Null{});
}

// Which record.
struct Subject {
  const schema::Entity& entity;
  const std::string& key;
};

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
Result<schema::List> flows_of(const Call& call, store::Tx& tx, const Subject& subject)
{
  const auto& [entity, key] = subject;
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

Result<void> gather(const Call& call, store::Tx& tx, const Subject& subject, schema::Object& body)
{
  const auto& [entity, key] = subject;
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
  TRY(auto flows, flows_of(call, tx, subject));
  TRY(auto mark, mark_of(tx, entity, key));
  if (!row && history.empty() && losers.empty() && parked.empty() && flows.empty())
    return fail(ErrorKind::not_found, "the hub has nothing of " + entity.name + " " + key);
  body.append("flows", std::move(flows));
  body.append("erasure", std::move(mark));
  return {};
}

} // namespace

Result<schema::Object> personal_json(Call& call, const schema::Entity& entity,
                                     const std::string& key)
{
  schema::Object body;
  body.append("entity", entity.name);
  body.append("key", key);
  schema::List fields;
  for (const auto& field : engine::personal_fields(entity))
    fields.emplace_back(field);
  body.append("personal_fields", std::move(fields));
  TRY_VOID(read(call, [&](store::Tx& tx) { return gather(call, tx, {entity, key}, body); }));
  return body;
}

} // namespace gramsetu::api
