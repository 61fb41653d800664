// One record is decided and described by digests; a plan is all of them.
#include "daemon/engine/planned.hpp"

#include "daemon/engine/apply/conflict_write.hpp"
#include "daemon/engine/apply/reexamine.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/push.hpp"
#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::List;
using schema::Value;
using store::InboxRow;
using store::PlannedRow;

Digest digest_of(List list)
{
  return sha256(schema::to_json(Value(std::move(list))));
}

Value hex(const Digest& digest)
{
  return to_hex(digest);
}

Digest digest_of_news(const InboxRow& news)
{
  return digest_of({news.body, news.remote_id, news.version, hex(news.digest), news.deleted,
                    news.absent, news.modified ? to_rfc3339(*news.modified) : std::string()});
}

Digest digest_of_shadow(const std::optional<store::ShadowRow>& row)
{
  if (!row) return {};
  return digest_of(
      {row->base, row->remote_id, row->mark.version, hex(row->mark.digest), row->mark.deleted});
}

Digest digest_of_need(const schema::Entity& entity, const Need& need)
{
  return digest_of({connectors::name_of(need.verb), encode_record(entity, need.after),
                    encode_record(entity, need.base)});
}

// Everything that a decision would write.
Value value_of(const schema::Entity& entity, const Decision& decision)
{
  List changes, disputes;
  for (const auto& change : decision.changes)
    changes.push_back(List{entity.fields[change.field].name, json_of(change.before),
                           json_of(change.after), change.rule, change.from_remote});
  for (const auto& dispute : decision.disputes)
    disputes.push_back(List{dispute.field, json_of(dispute.base), json_of(dispute.hub),
                            json_of(dispute.remote), dispute.outcome, dispute.rule});
  return List{name_of(decision.verdict),
              decision.reason,
              encode_record(entity, decision.outcome),
              encode_record(entity, decision.agreed()),
              std::move(changes),
              std::move(disputes)};
}

std::string change_of(const Decision& decision)
{
  if (decision.create) return "create";
  if (decision.remove) return "delete";
  if (decision.restore) return "restore";
  return decision.changes.empty() ? "keep" : "update";
}

// What a person has yet to decide once the decision is carried out.
std::vector<store::ConflictRow> open_after(const Decision& decision)
{
  std::vector<store::ConflictRow> open;
  for (const auto& dispute : decision.disputes) {
    if (!dispute.open) continue;
    store::ConflictRow row;
    row.field = dispute.field;
    row.remote = json_of(dispute.remote);
    open.push_back(std::move(row));
  }
  return open;
}

// What the endpoint lacks once the news is decided. A record that only just came from there lacks nothing.
Result<std::optional<Need>> need_after(const Flow& flow, const Situation& situation,
                                       const Decision& decision, const InboxRow& news)
{
  const bool known = situation.record || decision.create;
  if (!flow.pushes || decision.create || !known || is_under_way(situation.outbox))
    return std::nullopt;
  auto record = situation.record;
  if (decision.changes_hub()) {
    record->body = encode_record(*flow.entity, decision.outcome);
    record->deleted = decision.remove;
  }
  auto shadow = situation.shadow;
  if (auto after = shadow_after(flow, situation, decision, news)) {
    RecordTexts texts(*flow.entity);
    shadow = with_base(std::move(*after), texts);
  }
  return need_of(flow, record, shadow, open_after(decision));
}

Result<void> decide(store::Tx& tx, const Flow& flow, Intended& intended)
{
  TRY(const auto situation, read_situation(tx, flow, *intended.news));
  intended.decision = reconcile(flow, situation.row);
  intended.row.change = change_of(intended.decision);
  intended.row.revision = situation.record ? situation.record->revision : 0;
  intended.row.news = digest_of_news(*intended.news);
  intended.row.shadow = digest_of_shadow(situation.shadow);
  TRY(intended.need, need_after(flow, situation, intended.decision, *intended.news));
  return {};
}

// No news: what waits in the outbox goes out as it is.
Result<void> look_at_outbox(store::Tx& tx, const Flow& flow, Intended& intended)
{
  const auto& key = intended.row.key;
  TRY(const auto outbox, tx.outbox_of(flow.id, key));
  if (!flow.pushes || !outbox || outbox->state != store::OutboxState::pending) return {};
  TRY(const auto record, tx.record(flow.entity->name, key));
  TRY(const auto shadow, tx.shadow(flow.id, key));
  TRY(const auto open, tx.conflicts({flow.id, flow.entity->name, key, true, 0, 100}));
  TRY(intended.need, need_of(flow, record, shadow, open));
  intended.row.revision = record ? record->revision : 0;
  intended.row.shadow = digest_of_shadow(shadow);
  return {};
}

} // namespace

Result<std::optional<Intended>> intend(store::Tx& tx, const Flow& flow, const std::string& key)
{
  Intended intended;
  auto& row = intended.row;
  row.key = key;
  TRY(intended.news, tx.inbox_of(flow.id, key));
  intended.waits = intended.news.has_value();
  if (!intended.waits) {
    TRY(intended.news, held_news(tx, flow, key));
  }
  if (intended.news)
    TRY_VOID(decide(tx, flow, intended));
  else
    TRY_VOID(look_at_outbox(tx, flow, intended));
  if (!intended.news && !intended.need) return std::nullopt;
  if (intended.need) {
    row.verb = connectors::name_of(intended.need->verb);
    row.push = digest_of_need(*flow.entity, *intended.need);
  }
  row.digest = digest_of({flow.id, key, row.change, row.verb, row.revision, hex(row.news),
                          hex(row.shadow), hex(row.push),
                          intended.news ? value_of(*flow.entity, intended.decision) : Value("")});
  return std::optional(std::move(intended));
}

Result<bool> is_planned(store::Tx& tx, const Run& run, const std::string& key, const Need& need)
{
  TRY(const auto planned, tx.planned_of(run.options.applies, key));
  return planned && planned->state == "applied" &&
         planned->push == digest_of_need(*run.flow.entity, need);
}

Digest chained(const Digest& before, std::string_view next)
{
  return sha256(std::string(as_bytes(before)).append(next));
}

Result<Digest> digest_of_plan(store::Store& store, const std::string& run)
{
  Digest all{};
  std::string after;
  bool more = true;
  while (more) {
    TRY_VOID(store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.planned(run, after, kBatchRecords));
      more = rows.size() == kBatchRecords;
      for (const auto& row : rows) {
        after = row.key;
        all = chained(all, as_bytes(row.digest));
      }
      return {};
    }));
  }
  return all;
}

} // namespace gramsetu::engine
