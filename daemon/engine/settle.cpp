// Decisions of people, carried out like any other: record, change log, outbox, one transaction.
#include "daemon/engine/settle.hpp"

#include "connectors/api/extract.hpp"
#include "daemon/engine/apply/record_write.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "daemon/engine/reconcile/closed.hpp"
#include "daemon/engine/stage/release.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/canonical.hpp"
#include "schema/ingest.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::Value;
using store::ConflictRow;

const Flow* flow_of(const FlowsOf& flows, const std::string& id)
{
  const auto found =
      std::find_if(flows.begin(), flows.end(), [&](const auto* flow) { return flow->id == id; });
  return found == flows.end() ? nullptr : *found;
}

// The value that the person chose.
Result<Value> chosen(const Resolution& resolution, const ConflictRow& row)
{
  if (resolution.choice == "ours") return schema::parse_json(row.hub);
  if (resolution.choice == "theirs") return schema::parse_json(row.remote);
  if (resolution.choice == "value" && resolution.value) return *resolution.value;
  return fail(ErrorKind::invalid, "choose ours, theirs or a value");
}

// A base that has heard the endpoint's value.
Result<std::string> with_theirs(const Flow& flow, const ConflictRow& row, const std::string& text)
{
  const auto index = flow.entity->index_of(row.field);
  if (!index) return text;
  TRY(auto base, read_base(*flow.entity, text));
  TRY(base.record.fields[*index], schema::parse_json(row.remote));
  return write_base(*flow.entity, base);
}

// The endpoint's value has been heard: it becomes the base, so that the hub's choice is what it lacks. So it does
// in what is under way, which is the base once its answer comes.
Result<void> absorb(store::Tx& tx, const Flow& flow, const ConflictRow& row)
{
  TRY(auto shadow, tx.shadow(flow.id, row.key));
  if (!shadow) return {};
  TRY(shadow->base, with_theirs(flow, row, shadow->base));
  TRY_VOID(tx.put_shadow(*shadow));
  TRY(auto outbox, tx.outbox_of(flow.id, row.key));
  if (!outbox || outbox->base.empty()) return {};
  TRY(outbox->base, with_theirs(flow, row, outbox->base));
  return tx.put_outbox(*outbox);
}

Origin origin_of(const Flow& flow, const Resolution& resolution, const Services& services)
{
  const auto now = services.clock.now();
  const bool theirs = resolution.choice == "theirs";
  return {theirs ? flow.side : schema::Side{"local", "local"},
          now,
          now,
          "",
          kDecided,
          services.clock_doubt,
          resolution.by,
          resolution.note};
}

// Who settled it already, when, and how.
Error settled_already(const ConflictRow& row)
{
  const auto who = row.settled_by.empty() ? std::string("a rule") : row.settled_by;
  return {ErrorKind::precondition,
          fmt::format("conflict {} was settled by {} at {}: {} won", row.id, who,
                      to_rfc3339(*row.settled_at), row.outcome),
          std::nullopt};
}

// One conflict with the value that was chosen.
struct Settling {
  const Flow& flow;
  const ConflictRow& row;
  const Value& value;
  Origin origin;
  const Log& log;
};

Result<void> settle_value(store::Tx& tx, const Settling& settling)
{
  const auto& [flow, row, value, origin, log] = settling;
  TRY(const auto record, tx.record(row.entity, row.key));
  const auto index = flow.entity->index_of(row.field);
  if (!record || record->deleted || !index)
    return fail(ErrorKind::precondition, "the record is gone; nothing is left to decide");
  TRY(auto known, decode_record(*flow.entity, record->body));
  const Value before = known.fields[*index];
  known.fields[*index] = value;
  const auto problems = check_record(*flow.entity, known);
  if (!problems.empty()) return fail(ErrorKind::invalid, problems.front().text);
  // In a closed book the decision itself must be known: without it nothing goes out.
  if (before == value && !is_exception(row.rule)) return {};
  RecordWrite write{*flow.entity,
                    row.key,
                    "updated",
                    known,
                    {{*index, before, value, origin.rule, true}},
                    origin,
                    flow.tombstone_lifetime,
                    &log};
  TRY_VOID(write_record(tx, write, record));
  return {};
}

// The record's existence: "ours" keeps what the hub has, "theirs" follows the endpoint.
Result<void> settle_existence(store::Tx& tx, const Settling& settling)
{
  const auto& [flow, row, value, origin, log] = settling;
  TRY(const auto record, tx.record(row.entity, row.key));
  TRY(auto shadow, tx.shadow(flow.id, row.key));
  TRY(const Value theirs, schema::parse_json(row.remote));
  if (!record || (!shadow && !is_exception(row.rule)))
    return fail(ErrorKind::precondition, "the record is gone");
  if (!shadow) shadow = store::ShadowRow{flow.id, row.key, {}, {}, {}, {}, 0};
  // What the endpoint has, or has not, is now known and agreed to be so.
  shadow->mark.deleted = theirs.is_null();
  shadow->base = theirs.is_text() ? theirs.text() : std::string();
  TRY_VOID(tx.put_shadow(*shadow));
  const bool alive = !value.is_null();
  const bool same =
      alive ? !record->deleted && value.is_text() && value.text() == record->body : record->deleted;
  if (same && !is_exception(row.rule)) return {};
  TRY(auto known, decode_record(*flow.entity, alive ? value.text() : record->body));
  RecordWrite write{*flow.entity,
                    row.key,
                    alive ? (record->deleted || same ? "restored" : "updated") : "deleted",
                    known,
                    {},
                    origin,
                    flow.tombstone_lifetime,
                    &log};
  TRY_VOID(write_record(tx, write, record));
  return {};
}

Result<void> settle(store::Tx& tx, const FlowsOf& flows, const Resolution& resolution,
                    const Services& services)
{
  TRY(auto row, tx.conflict(resolution.conflict));
  if (!row)
    return fail(ErrorKind::not_found,
                "there is no conflict " + std::to_string(resolution.conflict));
  if (row->settled_at) return tl::unexpected<Error>(settled_already(*row));
  const auto* flow = flow_of(flows, row->flow);
  if (!flow) return fail(ErrorKind::invalid, "flow " + row->flow + " is not configured any more");
  const auto now = services.clock.now();
  if (row->field == "*" && resolution.choice == "value")
    return fail(ErrorKind::invalid, "conflict " + std::to_string(row->id) +
                                        " is about the record's being there: ours or theirs");
  TRY(Value value, chosen(resolution, *row));
  if (const auto index = flow->entity->index_of(row->field))
    value = masked_field(*flow->entity, *index, std::move(value));
  const Settling settling{*flow, *row, value, origin_of(*flow, resolution, services), services.log};
  if (row->field == "*")
    TRY_VOID(settle_existence(tx, settling));
  else
    TRY_VOID(settle_value(tx, settling));
  if (row->field != "*") TRY_VOID(absorb(tx, *flow, *row));
  row->outcome = resolution.choice == "theirs" ? "remote" : "hub";
  row->winner = schema::to_json(value);
  row->settled_at = now;
  row->settled_by = resolution.by;
  row->note = resolution.note;
  TRY_VOID(tx.put_conflict(*row));
  TRY(const auto record, tx.record(row->entity, row->key));
  return record ? enqueue(tx, flows, *record, now) : Result<void>{};
}

} // namespace

Result<void> resolve_conflict(const FlowsOf& flows, const Resolution& resolution,
                              const Services& services)
{
  if (resolution.by.empty()) return fail(ErrorKind::invalid, "say who decides");
  return services.store.transact(
      [&](store::Tx& tx) { return settle(tx, flows, resolution, services); });
}

Result<Resolved> resolve_conflicts(const FlowsByEntity& flows_of, const ResolveMany& asked,
                                   const Services& services)
{
  if (asked.how.by.empty()) return fail(ErrorKind::invalid, "say who decides");
  Resolved done;
  auto query = asked.which;
  query.open = true;
  query.limit = std::min(asked.which.limit, kResolveBatch);
  TRY_VOID(services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.conflicts(query));
    done.more = rows.size() == query.limit;
    for (const auto& row : rows) {
      auto resolution = asked.how;
      resolution.conflict = done.after_id = row.id;
      if (const auto why = asked.spare ? asked.spare(row) : std::string(); !why.empty()) {
        done.failed.emplace_back(row.id, why);
        continue;
      }
      const auto settled = settle(tx, flows_of(row.entity), resolution, services);
      if (settled) {
        ++done.settled;
      } else if (settled.error().kind == ErrorKind::corrupt) {
        return settled;
      } else {
        // Nothing of a refused one was written: each is looked at before the first write.
        done.failed.emplace_back(row.id, settled.error().what);
      }
    }
    return {};
  }));
  return done;
}

} // namespace gramsetu::engine
