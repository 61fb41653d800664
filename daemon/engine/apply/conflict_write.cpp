// Disputes become conflict rows.
#include "daemon/engine/apply/conflict_write.hpp"

#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using store::ConflictRow;

ConflictRow row_of(const Run& run, const Situation& situation, const Dispute& dispute)
{
  ConflictRow row;
  row.flow = run.flow.id;
  row.entity = run.flow.entity->name;
  row.key = situation.row.key;
  row.field = dispute.field;
  row.base = json_of(dispute.base);
  row.hub = json_of(dispute.hub);
  row.remote = json_of(dispute.remote);
  row.outcome = dispute.outcome;
  row.rule = dispute.rule;
  row.run = run.options.run_id;
  row.opened_at = run.services.clock.now();
  row.hub_origin = "local";
  if (situation.row.hub) {
    const auto& origins = situation.row.hub->origins;
    const auto& origin = dispute.field == "*" ? origins.existence() : origins.of(dispute.field);
    row.hub_origin = origin.side.endpoint;
    row.hub_at = origin.changed_at ? origin.changed_at : std::optional(origin.at);
  }
  row.remote_origin = run.flow.side.endpoint;
  row.remote_at = situation.row.news.modified;
  if (!dispute.open) {
    row.winner = dispute.outcome == "remote" ? row.remote : row.hub;
    row.settled_at = row.opened_at;
  }
  return row;
}

// The winner of a merge is what the record holds afterwards.
void name_merged_winner(const Run& run, const Decision& decision, ConflictRow& row)
{
  const auto index = run.flow.entity->index_of(row.field);
  if (row.outcome == "merged" && index) row.winner = json_of(decision.outcome.fields[*index]);
}

const ConflictRow* open_row(const Situation& situation, const std::string& field)
{
  const auto found = std::find_if(situation.open.begin(), situation.open.end(),
                                  [&](const auto& row) { return row.field == field; });
  return found == situation.open.end() ? nullptr : &*found;
}

// The endpoint replaced its value before anybody decided: the former one is a loser like any other.
Result<void> keep_replaced(store::Tx& tx, const ConflictRow& now, ConflictRow former)
{
  if (former.remote == now.remote || former.remote == now.hub) return {};
  former.outcome = "remote";
  former.winner = now.remote;
  former.hub = former.remote;
  former.hub_origin = former.remote_origin;
  former.remote = now.remote;
  former.settled_at = now.opened_at;
  former.note = "the endpoint changed it again before anybody decided";
  TRY_VOID(tx.add_conflict(former));
  return {};
}

Result<void> write_open(store::Tx& tx, Run& run, const Situation& situation, ConflictRow row)
{
  if (const auto* known = open_row(situation, row.field)) {
    if (known->hub == row.hub && known->remote == row.remote && known->rule == row.rule) return {};
    TRY_VOID(keep_replaced(tx, row, *known));
    row.id = known->id;
    row.opened_at = known->opened_at;
    return tx.put_conflict(row);
  }
  ++run.counts().conflicts;
  ++run.counts().opened;
  TRY(row.id, tx.add_conflict(row));
  run.services.log.event(Event::conflict_opened, "a person must decide",
                         {{"conflict", std::to_string(row.id)},
                          {"entity", row.entity},
                          {"key", row.key},
                          {"field", row.field},
                          {"rule", row.rule}});
  return {};
}

// A field that was open and is not disputed any more: somebody changed a side, or a rule came.
Result<void> close_settled(store::Tx& tx, const Run& run, const Situation& situation,
                           const Decision& decision)
{
  for (auto row : situation.open) {
    const bool still = std::any_of(
        decision.disputes.begin(), decision.disputes.end(),
        [&](const Dispute& dispute) { return dispute.open && dispute.field == row.field; });
    if (still) continue;
    const auto index = run.flow.entity->index_of(row.field);
    row.winner = index ? json_of(decision.outcome.fields[*index]) : row.hub;
    row.outcome = row.winner == row.remote ? "remote" : "hub";
    row.settled_at = run.services.clock.now();
    row.note = "the sides came to agree";
    TRY_VOID(tx.put_conflict(row));
  }
  return {};
}

} // namespace

std::string json_of(const schema::Value& value)
{
  return value.is_absent() ? std::string("null") : schema::to_json(value);
}

Result<void> write_disputes(store::Tx& tx, Run& run, const Situation& situation,
                            const Decision& decision)
{
  for (const auto& dispute : decision.disputes) {
    auto row = row_of(run, situation, dispute);
    name_merged_winner(run, decision, row);
    if (dispute.open)
      TRY_VOID(write_open(tx, run, situation, std::move(row)));
    else
      TRY_VOID(tx.add_conflict(row));
  }
  return close_settled(tx, run, situation, decision);
}

} // namespace gramsetu::engine
