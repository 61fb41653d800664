// Routes: plans record by record, carrying them out, and putting back what a run did.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/status.hpp"
#include "daemon/engine/planned.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::api {

namespace {

using schema::Value;

Value shown(const Call& call, const schema::FieldSpec& field, const Value& value)
{
  if (value.is_absent()) return schema::Null{};
  return call.unmasked ? value : masked(field, value);
}

schema::Object field_json(const Call& call, const schema::FieldSpec& field,
                          const engine::FieldChange& change)
{
  schema::Object json;
  json.append("field", field.name);
  json.append("before", shown(call, field, change.before));
  json.append("after", shown(call, field, change.after));
  json.append("rule", change.rule);
  return json;
}

// Every field that would be another afterwards. What comes or goes as a whole has all of its fields.
schema::List fields_json(const Call& call, const schema::Entity& entity,
                         const engine::Decision& decision)
{
  schema::List fields;
  const bool whole = decision.create || decision.restore || decision.remove;
  for (const auto& change : decision.changes)
    if (!whole) fields.emplace_back(field_json(call, entity.fields[change.field], change));
  for (std::size_t i = 0; whole && i < entity.fields.size(); ++i) {
    const auto& value = decision.outcome.fields[i];
    if (value.is_absent()) continue;
    engine::FieldChange change{i, {}, value, decision.reason, true};
    if (decision.remove) std::swap(change.before, change.after);
    fields.emplace_back(field_json(call, entity.fields[i], change));
  }
  return fields;
}

// A dispute about the whole record has documents for values.
Value disputed(const Call& call, const schema::Entity& entity, const std::string& field,
               const Value& value)
{
  if (const auto index = entity.index_of(field)) return shown(call, entity.fields[*index], value);
  if (!value.is_text()) return schema::Null{};
  auto document = schema::parse_json(value.text());
  if (!document) return schema::Null{};
  return call.unmasked ? std::move(*document) : masked(entity, std::move(*document));
}

schema::List disputes_json(const Call& call, const schema::Entity& entity,
                           const engine::Decision& decision)
{
  schema::List disputes;
  for (const auto& dispute : decision.disputes) {
    schema::Object json;
    json.append("field", dispute.field);
    json.append("base", disputed(call, entity, dispute.field, dispute.base));
    json.append("ours", disputed(call, entity, dispute.field, dispute.hub));
    json.append("theirs", disputed(call, entity, dispute.field, dispute.remote));
    json.append("outcome", dispute.outcome);
    json.append("rule", dispute.rule);
    disputes.emplace_back(std::move(json));
  }
  return disputes;
}

void append_digest(schema::Object& json, std::string name, const Digest& digest)
{
  if (digest != Digest{}) json.append(std::move(name), to_hex(digest));
}

schema::Object change_json(const store::PlannedRow& row)
{
  schema::Object json;
  json.append("key", row.key);
  json.append("change", row.change);
  json.append("push", row.verb);
  json.append("revision", row.revision);
  append_digest(json, "news", row.news);
  append_digest(json, "shadow", row.shadow);
  append_digest(json, "sends", row.push);
  append_digest(json, "digest", row.digest);
  json.append("state", row.state);
  return json;
}

// What was planned for a record, in words and values, for as long as it would still come to the same.
Result<schema::Object> change_json(const Call& call, store::Tx& tx, const engine::Flow& flow,
                                   const store::PlannedRow& row)
{
  auto json = change_json(row);
  TRY(const auto intended, engine::intend(tx, flow, row.key));
  const bool same = intended && intended->row.digest == row.digest;
  json.append("moved", !same);
  if (!same) return json;
  const auto& entity = *flow.entity;
  if (intended->news) {
    json.append("reason", call.unmasked ? intended->decision.reason
                                        : masked_words(entity, intended->decision.reason));
    json.append("fields", fields_json(call, entity, intended->decision));
    json.append("disputes", disputes_json(call, entity, intended->decision));
  }
  if (!intended->need) return json;
  schema::List sent;
  for (const auto field : intended->need->fields)
    sent.emplace_back(entity.fields[field].name);
  json.append("push_fields", std::move(sent));
  return json;
}

Result<store::RunRow> find_run(store::Tx& tx, const std::string& id)
{
  TRY(auto row, tx.run(id));
  if (!row) return fail(ErrorKind::not_found, fmt::format("there is no run '{}'", id));
  return std::move(*row);
}

Result<Response> get_plan(Call& call)
{
  TRY(const auto limit, limit_of(call, 200, 1000));
  TRY(const auto after, read_cursor(call.query("cursor")));
  schema::Object body;
  schema::List changes;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(const auto run, find_run(tx, call.parts[0]));
    const auto* flow = call.setup->find(run.flow);
    if (!flow) return fail(ErrorKind::precondition, run.flow + " is not configured any more");
    TRY(const auto rows, tx.planned(run.id, after, limit));
    for (const auto& row : rows) {
      TRY(auto change, change_json(call, tx, *flow, row));
      changes.emplace_back(std::move(change));
    }
    body.append("hub", call.setup->config().hub_name);
    body.append("run", run.id);
    body.append("flow", run.flow);
    body.append("by", run.asked_by);
    body.append("made_at", time_value(run.started_at));
    body.append("next", rows.size() == limit ? Value(write_cursor(rows.back().key))
                                             : Value(schema::Null{}));
    return {};
  }));
  body.append("changes", std::move(changes));
  return json_response(std::move(body));
}

Result<Response> get_remarks(Call& call)
{
  TRY(const auto limit, limit_of(call, 200, 1000));
  TRY(const auto after, number_of(call, "after", 0));
  std::vector<store::RemarkRow> rows;
  std::optional<store::RunRow> run; // one that waits has no row yet, and has said nothing
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(run, tx.run(call.parts[0]));
    TRY(rows, tx.remarks(call.parts[0], after, limit));
    return {};
  }));
  const auto name = run ? run->flow.substr(0, run->flow.find('@')) : std::string();
  const auto* entity = call.setup->entities().find(name);
  schema::List remarks;
  for (const auto& row : rows) {
    schema::Object json;
    json.append("key", row.key);
    json.append("field", row.field);
    json.append("left", row.left);
    json.append("why", entity && !call.unmasked ? masked_words(*entity, row.why) : row.why);
    remarks.emplace_back(std::move(json));
  }
  schema::Object body;
  body.append("remarks", std::move(remarks));
  body.append("after", rows.size() == limit ? Value(rows.back().id) : Value(schema::Null{}));
  return json_response(std::move(body));
}

schema::Object ticket_json(const runtime::Ticket& ticket)
{
  schema::Object json;
  json.append("run", ticket.run);
  json.append("flow", ticket.flow);
  json.append("state", "waiting");
  return json;
}

Result<Response> post_apply(Call& call)
{
  const auto& name = call.setup->config().hub_name;
  if (call.text("hub") != name)
    return fail(ErrorKind::invalid, fmt::format("the plan is not of this hub, {}", name));
  std::vector<runtime::SeenPlan> plans;
  for (const auto& item : call.body.find("plans")->list()) {
    const auto digest = digest_from_hex(item.object().find("digest")->text());
    if (!digest) return fail(ErrorKind::invalid, "the digest of a plan is 64 hexadecimal digits");
    plans.push_back({item.object().find("run")->text(), *digest});
  }
  if (plans.empty())
    return fail(ErrorKind::invalid, "'plans' is a list of runs with their digests");
  TRY(const auto tickets, call.hub.apply(plans, call.request.actor));
  schema::List runs;
  for (const auto& ticket : tickets)
    runs.emplace_back(ticket_json(ticket));
  schema::Object answer;
  answer.append("runs", std::move(runs));
  return json_response(std::move(answer), 202);
}

Result<Response> post_undo(Call& call)
{
  TRY(const auto ticket, call.hub.undo(call.parts[0], call.request.actor, call.text("note")));
  return json_response(ticket_json(ticket), 202);
}

} // namespace

std::span<const Route> plan_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/runs/{id}/plan",
            .role = Role::viewer,
            .parameters = "cursor limit:1000 unmask",
            .answer = get_plan,
            .summary =
                "What a run planned, record by record; `next` is the cursor of the next page",
            .gives = "{hub, run, flow, by, made_at: time~, next: text~, changes: [PlannedChange]}",
            .errors = "412"},
      Route{.method = "GET",
            .pattern = "/api/v1/runs/{id}/remarks",
            .role = Role::viewer,
            .parameters = "after:number limit:1000 unmask",
            .answer = get_remarks,
            .summary = "What an apply or an undo left, and what may not last",
            .gives = "{remarks: [{key, field, left: flag, why}], after: integer~}"},
      Route{.method = "POST",
            .pattern = "/api/v1/apply",
            .role = Role::operator_,
            .parameters = "",
            .answer = post_apply,
            .summary = "Carry out plans",
            .takes = "{hub, plans: [{run, digest}]}",
            .gives = "{runs: [Ticket]}",
            .errors = "404 412 422",
            .good = "202"},
      Route{.method = "POST",
            .pattern = "/api/v1/runs/{id}/undo",
            .role = Role::operator_,
            .parameters = "",
            .answer = post_undo,
            .summary = "Put back what a run changed where nothing has changed since",
            .takes = "{note~: text}",
            .gives = "Ticket",
            .errors = "412 422",
            .good = "202"},
  };
  return rows;
}

} // namespace gramsetu::api
