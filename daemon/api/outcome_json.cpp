// Both readings of an unknown outcome.
#include "daemon/api/outcome_json.hpp"

#include "daemon/api/masks.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "schema/json.hpp"

namespace gramsetu::api {

namespace {

// The record as both sides would hold it, in the hub's own words, so that each field can be masked by itself.
Result<schema::Value> record_of(const Call& call, const schema::Entity* entity,
                                const store::OutboxRow& sent)
{
  if (sent.base.empty()) return schema::Value(schema::Null{}); // a removal
  TRY(auto record, schema::parse_json(sent.base));
  if (!record.is_object() || !entity) return schema::Value(kMask);
  schema::Object fields;
  for (const auto& member : record.object().members())
    if (entity->index_of(member.name)) fields.append(member.name, member.value);
  schema::Value shown(std::move(fields));
  return call.unmasked ? std::move(shown) : masked(*entity, std::move(shown));
}

schema::Value reading(std::string_view outcome, std::string_view means, std::string_view then)
{
  schema::Object json;
  json.append("outcome", outcome);
  json.append("means", means);
  json.append("then", then);
  return json;
}

schema::List readings(const store::OutboxRow& sent)
{
  const bool removes = sent.verb == name_of(connectors::Verb::remove);
  schema::List list;
  list.push_back(reading(kTookEffect, "it arrived, and only the answer was lost",
                         removes ? "nothing is sent again; the record counts as removed there"
                                 : "nothing is sent again; the endpoint counts as holding this"));
  list.push_back(reading(kNoEffect, "it never arrived, or was not carried out",
                         "it is sent anew, under a new key; if it did arrive, it is there twice"));
  return list;
}

} // namespace

Result<std::optional<schema::Object>> outcome_json(Call& call, const store::QuarantineRow& row)
{
  if (row.code != engine::kOutcomeUnknown || row.state != "open") return std::nullopt;
  std::optional<store::OutboxRow> sent;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(sent, tx.outbox_of(row.flow, row.key));
    return {};
  }));
  if (!sent || sent->state != store::OutboxState::unknown) return std::nullopt;
  const auto* entity = call.setup->entities().find(row.entity);
  TRY(auto record, record_of(call, entity, *sent));
  schema::Object what, shown, json;
  what.append("verb", sent->verb);
  what.append("idempotency_key", sent->idempotency_key);
  what.append("first_at", time_value(sent->first_sent));
  what.append("last_at", time_value(sent->last_sent));
  what.append("times", sent->sends);
  what.append("record", std::move(record));
  json.append("sent", std::move(what));
  shown.append("at", time_value(row.last_at));
  const bool open = call.unmasked || !entity;
  shown.append("what", open ? sent->error : masked_words(*entity, sent->error));
  json.append("shown", std::move(shown));
  json.append("readings", readings(*sent));
  return std::optional(std::move(json));
}

} // namespace gramsetu::api
