// The outbox: rows appear with the change that makes them, and go with the endpoint's answer.
#include "daemon/engine/push/outbox.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/reconcile/reconcile.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/canonical.hpp"
#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using connectors::Verb;
using schema::Record;
using store::OutboxRow;
using store::OutboxState;

bool any(const schema::FieldSet& fields)
{
  return std::find(fields.begin(), fields.end(), true) != fields.end();
}

// What the endpoint is known to hold: the base, and for held fields the value that waits in the conflict.
Result<Record> known_remote(const Flow& flow, const BaseText& base,
                            const std::vector<store::ConflictRow>& open)
{
  Record remote = base.record;
  for (const auto& conflict : open) {
    const auto index = flow.entity->index_of(conflict.field);
    if (!index) continue;
    TRY(remote.fields[*index], schema::parse_json(conflict.remote));
  }
  return remote;
}

bool existence_is_open(const std::vector<store::ConflictRow>& open)
{
  return std::any_of(open.begin(), open.end(), [](const auto& row) { return row.field == "*"; });
}

Result<void> enqueue_one(store::Tx& tx, const Flow& flow, const store::RecordRow& record,
                         Instant now)
{
  TRY(const auto shadow, tx.shadow(flow.id, record.key));
  TRY(const auto open, tx.conflicts({flow.id, record.entity, record.key, true, 0, 100}));
  TRY(const auto need, need_of(flow, record, shadow, open));
  TRY(auto row, tx.outbox_of(flow.id, record.key));
  if (!row && !need) return {};
  if (row && (row->state == OutboxState::in_flight || row->state == OutboxState::unknown)) {
    if (row->again) return {};
    row->again = true;
    return tx.put_outbox(*row);
  }
  if (!need) return tx.erase_outbox(flow.id, record.key);
  if (row && row->state == OutboxState::pending) return {};
  // New, or parked with a payload that the change has overtaken.
  OutboxRow fresh;
  fresh.flow = flow.id;
  fresh.key = record.key;
  fresh.created_at = now;
  return tx.put_outbox(fresh);
}

// The fact that says since when all that was there has been offered to the flow.
std::string offered_by(const Flow& flow)
{
  return "offered/" + flow.id;
}

} // namespace

bool have_the_same(const std::optional<store::RecordRow>& record,
                   const std::optional<store::ShadowRow>& shadow)
{
  return record && !record->deleted && shadow && !shadow->mark.deleted &&
         shadow->base == record->body;
}

std::vector<std::string> held_fields(const std::vector<store::ConflictRow>& open)
{
  std::vector<std::string> fields;
  for (const auto& row : open)
    fields.push_back(row.field);
  return fields;
}

Result<std::optional<Need>> need_of(const Flow& flow, const std::optional<store::RecordRow>& record,
                                    const std::optional<store::ShadowRow>& shadow,
                                    const std::vector<store::ConflictRow>& open)
{
  const auto able = flow.connector->capabilities(*flow.stream);
  const bool there = shadow && !shadow->mark.deleted;
  if (!record || existence_is_open(open)) return std::nullopt;
  if (record->deleted) {
    if (!there || !able.removes) return std::nullopt;
    return Need{Verb::remove, {}, Record(*flow.entity), Record(*flow.entity), {}};
  }
  // By far the most frequent, and no text need be read for it.
  if (open.empty() && have_the_same(record, shadow)) return std::nullopt;
  TRY(const Record hub, decode_record(*flow.entity, record->body));
  TRY(const BaseText base, read_base(*flow.entity, there ? shadow->base : std::string()));
  TRY(const Record remote, known_remote(flow, base, open));
  const auto lacks = lacking(flow, hub, remote, held_fields(open));
  if (!any(lacks)) return std::nullopt;
  if (there ? !able.updates : !able.creates) return std::nullopt;
  Need need{there ? Verb::update : Verb::create, {}, remote, base.record, base.unmapped};
  for (std::size_t i = 0; i < lacks.size(); ++i) {
    if (!lacks[i]) continue;
    need.fields.push_back(i);
    need.after.fields[i] = need.base.fields[i] = hub.fields[i];
  }
  return need;
}

Result<void> enqueue(store::Tx& tx, const FlowsOf& flows, const store::RecordRow& record,
                     Instant now)
{
  for (const auto* flow : flows)
    if (flow->pushes) TRY_VOID(enqueue_one(tx, *flow, record, now));
  return {};
}

Result<void> enqueue_nothing(store::Tx& tx, const Flow& flow, Instant now)
{
  TRY(const auto offered, tx.fact(offered_by(flow)));
  if (offered) return {};
  store::RecordQuery query;
  query.entity = flow.entity->name;
  query.with_deleted = true;
  query.limit = 1;
  TRY(const auto rows, tx.records(query));
  return rows.empty() ? tx.put_fact(offered_by(flow), to_rfc3339(now)) : Result<void>();
}

Result<void> enqueue_existing(const Flow& flow, store::Store& store, Instant now)
{
  const auto fact = offered_by(flow);
  bool done = false;
  std::string after;
  while (!done) {
    TRY_VOID(store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto offered, tx.fact(fact));
      if (offered) {
        done = true;
        return {};
      }
      store::RecordQuery query;
      query.entity = flow.entity->name;
      query.after_key = after;
      query.limit = kBatchRecords;
      TRY(const auto rows, tx.records(query));
      for (const auto& row : rows)
        TRY_VOID(enqueue_one(tx, flow, row, now));
      if (rows.empty()) {
        done = true;
        return tx.put_fact(fact, to_rfc3339(now));
      }
      after = rows.back().key;
      return {};
    }));
  }
  return {};
}

Result<void> close_unknown(store::Tx& tx, const OutboxRow& row, const std::string& state,
                           Instant now)
{
  if (row.state != OutboxState::unknown) return {};
  store::QuarantineQuery query;
  query.flow = row.flow;
  query.key = row.key;
  query.state = "open";
  TRY(auto questions, tx.quarantine(query));
  for (auto& question : questions) {
    if (question.code != kOutcomeUnknown) continue;
    question.state = state;
    question.note = "the endpoint shows it";
    question.last_at = now;
    TRY_VOID(tx.put_quarantine(question));
  }
  return {};
}

Result<void> acknowledge(store::Tx& tx, const Flow& flow, const OutboxRow& row,
                         const Applied& applied)
{
  TRY(auto shadow, tx.shadow(flow.id, row.key));
  store::ShadowRow after = shadow.value_or(store::ShadowRow{});
  after.flow = flow.id;
  after.key = row.key;
  after.base = row.base;
  after.mark = {row.digest, applied.version, row.verb == "remove"};
  after.absences = 0;
  if (!applied.remote_id.empty()) after.remote_id = applied.remote_id;
  TRY_VOID(tx.put_shadow(after));
  TRY_VOID(close_unknown(tx, row, "took_effect", applied.at));
  TRY_VOID(tx.erase_outbox(flow.id, row.key));
  if (!row.again) return {};
  TRY(const auto record, tx.record(flow.entity->name, row.key));
  if (!record) return {};
  return enqueue_one(tx, flow, *record, row.created_at);
}

} // namespace gramsetu::engine
