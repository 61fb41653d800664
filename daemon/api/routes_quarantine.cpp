// Routes: the parking place of records that could not be used.
#include "daemon/api/masks.hpp"
#include "daemon/api/outcome_json.hpp"
#include "daemon/api/proposals.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "daemon/engine/settle.hpp"
#include "daemon/engine/stage/release.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::api {

namespace {

// The payload is as it came, in the endpoint's own words: which of them are personal cannot be told, so
// it is masked whole where the entity has anything to mask.
schema::Object quarantine_json(const Call& call, const store::QuarantineRow& row)
{
  const auto* entity = call.setup->entities().find(row.entity);
  const bool open = call.unmasked || (entity && !has_masked(*entity));
  schema::Object json;
  json.append("id", row.id);
  json.append("flow", row.flow);
  json.append("entity", row.entity);
  json.append("key", row.key);
  json.append("direction", row.direction);
  json.append("slice", row.slice);
  json.append("code", row.code);
  json.append("reason", open || !entity ? row.reason : masked_words(*entity, row.reason));
  json.append("pointer", row.pointer);
  json.append("payload", open ? schema::Value(row.payload) : schema::Value(kMask));
  json.append("waits_for", row.waits_for);
  json.append("run", row.run);
  json.append("first_at", time_value(row.first_at));
  json.append("last_at", time_value(row.last_at));
  json.append("attempts", row.attempts);
  json.append("state", row.state);
  json.append("settled_by", row.settled_by);
  json.append("note", row.note);
  return json;
}

Result<store::QuarantineRow> find(Call& call)
{
  const auto id = *schema::read_integer(call.parts[0]);
  std::optional<store::QuarantineRow> row;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(row, tx.quarantined(id));
    return {};
  }));
  if (!row) return fail(ErrorKind::not_found, fmt::format("there is no quarantined record {}", id));
  return std::move(*row);
}

Result<Response> get_quarantine(Call& call)
{
  store::QuarantineQuery query;
  query.flow = call.query("flow");
  if (const auto key = call.query("key"); !key.empty()) query.key = key;
  query.entity = call.query("entity");
  if (call.query("causes") == "true") query.waits = false;
  if (call.query("all") != "true") query.state = "open";
  TRY(query.after_id, number_of(call, "after", 0));
  TRY(query.limit, limit_of(call, 100, 1000));
  std::vector<store::QuarantineRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.quarantine(query));
    return {};
  }));
  schema::List parked;
  for (const auto& row : rows)
    parked.emplace_back(quarantine_json(call, row));
  schema::Object body;
  body.append("quarantine", std::move(parked));
  body.append("after", rows.empty() ? query.after_id : rows.back().id);
  return json_response(std::move(body));
}

// What waits for it, and what waits for that.
Result<schema::Object> waiting_json(Call& call, const store::QuarantineRow& row)
{
  std::vector<store::WaitingRow> below;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    if (row.state != "open" || row.direction != "pull") return {};
    TRY(below, engine::waiting_below(tx, row.entity, row.key, engine::kWaitingShown));
    return {};
  }));
  schema::List rows;
  for (const auto& waiting : below) {
    schema::Object json;
    json.append("id", waiting.id);
    json.append("flow", waiting.flow);
    json.append("key", waiting.key);
    rows.emplace_back(std::move(json));
  }
  schema::Object body;
  body.append("count", static_cast<std::int64_t>(below.size()));
  body.append("more", below.size() == engine::kWaitingShown);
  body.append("records", std::move(rows));
  return body;
}

std::string about(const store::QuarantineRow& row)
{
  return fmt::format("quarantine/{}", row.id);
}

// With both readings, where nobody knows what became of it; and with what waits for it.
Result<Response> show_one(Call& call, int status)
{
  TRY(const auto row, find(call));
  auto json = quarantine_json(call, row);
  TRY(auto outcome, outcome_json(call, row));
  if (outcome) json.append("outcome", std::move(*outcome));
  TRY(auto waiting, waiting_json(call, row));
  json.append("waiting", std::move(waiting));
  if (row.state == "open") TRY_VOID(append_proposal(call, about(row), json));
  return json_response(std::move(json), status);
}

Result<Response> get_one(Call& call)
{
  return show_one(call, 200);
}

Result<const engine::Flow*> flow_of(const Call& call, const store::QuarantineRow& row)
{
  if (const auto* flow = call.setup->find(row.flow)) return flow;
  return fail(ErrorKind::not_found,
              fmt::format("flow {} is not configured any more; discard the record, or bring the "
                          "flow back",
                          row.flow));
}

Result<Response> post_replay(Call& call)
{
  TRY(const auto row, find(call));
  TRY(const auto* flow, flow_of(call, row));
  TRY_VOID(engine::replay(*flow, row.id, call.request.actor, call.hub.engine_services()));
  return get_one(call);
}

Result<Response> post_discard(Call& call)
{
  TRY(const auto row, find(call));
  const auto* leave = call.body.find("leave_waiting");
  if (call.body.find("note")->is_empty())
    return fail(ErrorKind::invalid, "discarding needs a note that says why");
  const engine::Discard asked{row.id, call.request.actor, call.text("note"),
                              leave && leave->boolean()};
  TRY_VOID(engine::discard(asked, call.hub.engine_services()));
  return get_one(call);
}

Result<Response> post_resolve(Call& call)
{
  TRY(const auto row, find(call));
  TRY(const auto* flow, flow_of(call, row));
  engine::Outcome outcome;
  outcome.quarantine = row.id;
  outcome.by = call.request.actor;
  outcome.took_effect = call.text("outcome") == kTookEffect;
  outcome.remote_id = call.text("remote_id");
  outcome.note = call.text("note");
  const bool open = row.state == "open" && row.code == engine::kOutcomeUnknown;
  if (open && !outcome.note.empty()) {
    TRY(const bool now, may_settle(call, row.flow, "",
                                   {about(row), call.text("outcome"), outcome.remote_id, {}, {}}));
    if (!now) return show_one(call, 202);
  }
  TRY_VOID(engine::resolve_outcome(*flow, outcome, call.hub.engine_services()));
  TRY_VOID(settled(call, about(row)));
  call.hub.log().event(Event::admin_action, "an unknown outcome is decided",
                       {{"flow", row.flow},
                        {"by", outcome.by},
                        {"quarantine", std::to_string(row.id)},
                        {"key", row.key},
                        {"outcome", std::string(outcome.took_effect ? kTookEffect : kNoEffect)},
                        {"reason", outcome.note}});
  return get_one(call);
}

} // namespace

std::span<const Route> quarantine_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/quarantine",
            .role = Role::viewer,
            .parameters = "flow entity key causes:flag all:flag after:number limit:1000 unmask",
            .answer = get_quarantine,
            .summary = "Records that could not be used; settled ones too with all=true, none that "
                       "only wait for another with causes=true",
            .gives = "{quarantine: [Parked], after: integer}"},
      Route{.method = "GET",
            .pattern = "/api/v1/quarantine/{id}",
            .role = Role::viewer,
            .parameters = "id:number unmask",
            .answer = get_one,
            .summary = "One of them, with its reason and pointer",
            .gives = "Parked"},
      Route{.method = "POST",
            .pattern = "/api/v1/quarantine/{id}/replay",
            .role = Role::operator_,
            .parameters = "id:number unmask",
            .answer = post_replay,
            .summary = "Try it again",
            .gives = "Parked",
            .errors = "412 422"},
      Route{.method = "POST",
            .pattern = "/api/v1/quarantine/{id}/resolve",
            .role = Role::operator_,
            .parameters = "id:number unmask",
            .answer = post_resolve,
            .summary = "Say what became of a write that nobody answered for; 202: one more person "
                       "must say the same",
            .takes = "{outcome: took-effect|no-effect, remote_id~: text, note~: text}",
            .gives = "Parked",
            .errors = "412 422",
            .good = "200 202"},
      Route{.method = "POST",
            .pattern = "/api/v1/quarantine/{id}/discard",
            .role = Role::operator_,
            .parameters = "id:number unmask",
            .answer = post_discard,
            .summary = "Close it without using it",
            .takes = "{note: text, leave_waiting~: flag}",
            .gives = "Parked",
            .errors = "412 422"},
  };
  return rows;
}

} // namespace gramsetu::api
