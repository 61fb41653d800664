// Gathers what is held of one record from every table that may hold some of it.
#include "daemon/api/personal_json.hpp"

#include "daemon/api/masks.hpp"
#include "daemon/engine/erase.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace gramsetu::api {

namespace {

using schema::Value;

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
    json.append("fields", shown(call, entity, stored_json(row.fields)));
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
    if (shadow) json.append("agreed", shown(call, entity, stored_json(shadow->base)));
    TRY(const auto news, tx.inbox_of(flow, key));
    if (news) json.append("arriving", shown(call, entity, stored_json(news->body)));
    TRY(const auto row, tx.outbox_of(flow, key));
    if (row && !row->payload.empty())
      json.append("leaving", call.unmasked ? stored_json(row->payload) : Value(kMask));
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
  json.append("hashes", stored_json(mark->hashes));
  json.append("at", time_value(mark->at));
  json.append("by", mark->by);
  json.append("note", mark->note);
  return Value(std::move(json));
}

// Page after page: of what is held of a person nothing is left out.
template <typename Row, typename Ask>
Result<std::vector<Row>> all_rows(std::int64_t Row::*number, Ask ask)
{
  std::vector<Row> all;
  for (std::int64_t after = 0;;) {
    TRY(auto rows, ask(after));
    if (rows.empty()) return all;
    after = rows.back().*number;
    std::move(rows.begin(), rows.end(), std::back_inserter(all));
  }
}

Result<void> gather(const Call& call, store::Tx& tx, const Subject& subject, schema::Object& body)
{
  const auto& [entity, key] = subject;
  TRY(const auto row, tx.record(entity.name, key));
  body.append("record", row ? shown(call, entity, stored_json(row->body)) : Value(schema::Null{}));
  if (row) body.append("deleted", row->deleted);
  if (row) body.append("place", row->place);
  TRY(const auto history, all_rows(&store::ChangeRow::sequence, [&](std::int64_t after) {
        store::ChangeQuery query;
        query.entity = entity.name;
        query.key = key;
        query.after = after;
        return tx.changes(query);
      }));
  body.append("history", history_of(call, entity, history));
  TRY(const auto losers, all_rows(&store::ConflictRow::id, [&](std::int64_t after) {
        store::ConflictQuery query;
        query.entity = entity.name;
        query.key = key;
        query.after_id = after;
        return tx.conflicts(query);
      }));
  body.append("conflicts", losers_of(call, entity, losers));
  TRY(const auto parked, all_rows(&store::QuarantineRow::id, [&](std::int64_t after) {
        store::QuarantineQuery query;
        query.entity = entity.name;
        query.key = key;
        query.after_id = after;
        return tx.quarantine(query);
      }));
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
