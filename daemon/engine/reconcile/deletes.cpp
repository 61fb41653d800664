// Existence has its own rules: an edit against a delete is decided by side, never by clock.
#include "daemon/engine/reconcile/deletes.hpp"

#include "daemon/engine/places/places.hpp"
#include "daemon/engine/reconcile/closed.hpp"
#include "schema/canonical.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::Record;
using schema::Rule;
using schema::RuleKind;
using schema::Side;
using schema::Value;

enum class Winner { hub, remote, nobody };

// Who decides whether a record exists, when one side edited it and the other deleted it. A deletion has
// no reliable time, so `newest` holds; `max`, `min`, `union` and `state` say nothing about existence.
Winner existence(const Flow& flow, const Row& row, const Side& hub)
{
  const auto& rule = existence_rule(flow, row);
  const auto& issuer = row.hub->origins.whole.side;
  const auto is = [&](const Side& side, const std::string& name) {
    return name == schema::kIssuer ? side == issuer : matches(side, name);
  };
  if (rule.kind != RuleKind::owner && rule.kind != RuleKind::prefer) return Winner::nobody;
  for (const auto& name : rule.sides) {
    const bool ours = is(hub, name);
    const bool theirs = is(flow.side, name);
    if (ours != theirs) return ours ? Winner::hub : Winner::remote;
    if (ours && theirs) return Winner::nobody;
  }
  return Winner::nobody;
}

Value as_document(const Flow& flow, const Record& record)
{
  return Value(encode_record(*flow.entity, record));
}

Decision stay(const Row& row, Verdict verdict, std::string reason)
{
  Decision decision;
  decision.key = row.key;
  decision.verdict = verdict;
  decision.outcome = row.hub ? row.hub->record : row.news.record;
  decision.base = row.base ? row.base->record : row.news.record;
  decision.reason = std::move(reason);
  return decision;
}

Decision remove(const Row& row, std::string reason)
{
  auto decision = stay(row, Verdict::take_remote, std::move(reason));
  decision.remove = true;
  return decision;
}

// The hub's last editor stands for the hub's side of a dispute about existence.
Side last_editor(const HubState& hub)
{
  const Origin* newest = &hub.origins.whole;
  for (const auto& [field, origin] : hub.origins.fields)
    if (origin.at > newest->at) newest = &origin;
  return newest->side;
}

Dispute over_existence(const Flow& flow, const Row& row, Winner winner)
{
  Dispute dispute;
  dispute.field = "*";
  if (row.base && !row.base->deleted) dispute.base = as_document(flow, row.base->record);
  const bool here = row.hub && !row.hub->deleted;
  dispute.hub = here ? as_document(flow, row.hub->record) : Value(schema::Null{});
  dispute.remote = row.news.deleted || row.news.absent ? Value(schema::Null{})
                                                       : as_document(flow, row.news.record);
  dispute.open = winner == Winner::nobody;
  dispute.outcome = dispute.open ? "open" : (winner == Winner::hub ? "hub" : "remote");
  dispute.rule = dispute.open ? "edited on one side, deleted on the other"
                              : schema::to_text(existence_rule(flow, row));
  return dispute;
}

// What is or is not in a closed book is for a person to say.
Decision hold_closed(const Flow& flow, const Row& row, const ClosedBook& book)
{
  auto decision = stay(row, Verdict::held, exception_of(book));
  auto dispute = over_existence(flow, row, Winner::nobody);
  dispute.rule = decision.reason;
  decision.disputes.push_back(std::move(dispute));
  return decision;
}

// The endpoint edited what the hub deleted, or brings what the hub deleted without ever having agreed.
Decision restore(const Row& row, std::string reason)
{
  Decision decision;
  decision.key = row.key;
  decision.verdict = Verdict::take_remote;
  decision.restore = true;
  // What other sides had said about it comes back with it.
  decision.outcome = row.hub->record;
  for (std::size_t i = 0; i < decision.outcome.fields.size(); ++i)
    if (!row.news.record.fields[i].is_absent())
      decision.outcome.fields[i] = row.news.record.fields[i];
  decision.base = row.news.record;
  decision.reason = std::move(reason);
  return decision;
}

} // namespace

Decision supersede(const Flow& flow, const Row& row, std::string reason)
{
  auto decision = stay(row, Verdict::superseded, std::move(reason));
  Dispute dispute = over_existence(flow, row, Winner::hub);
  dispute.rule = decision.reason;
  decision.disputes.push_back(std::move(dispute));
  decision.base = row.news.record;
  return decision;
}

bool is_stale(const Row& row)
{
  if (!row.base) return false;
  const auto& base = *row.base;
  if (base.deleted_at && row.news.modified) return *row.news.modified <= *base.deleted_at;
  return base.deleted && !base.version.empty() && base.version == row.news.version;
}

Decision supersede_unknown(const Flow& flow, const Row& row)
{
  return supersede(flow, row, "older than its deletion");
}

bool same_projection(const Flow& flow, const Record& a, const Record& b)
{
  const auto& pulled = flow.stream->mapping->pulled();
  for (std::size_t i = 0; i < flow.entity->fields.size(); ++i)
    if (pulled[i] && !is_unsaid_stamp(*flow.entity, i, b) &&
        !same_value(flow.entity->fields[i], a.fields[i], b.fields[i]))
      return false;
  return true;
}

Decision decide_deletion(const Flow& flow, const Row& row)
{
  if (!row.hub || row.hub->deleted) return stay(row, Verdict::agreed, "gone on both sides");
  const bool heard = !row.base || row.base->deleted; // before: the hub would enter it there
  if (const auto book = heard ? closed_to_existence(flow, row) : closed_to_news(flow, row))
    return hold_closed(flow, row, *book);
  if (row.base && row.base->deleted) return stay(row, Verdict::keep_hub, "restored at the hub");
  if (!row.base) {
    auto decision = stay(row, Verdict::keep_hub, "deleted there before both sides ever agreed");
    decision.base = Record(*flow.entity);
    return decision;
  }
  if (same_projection(flow, row.hub->record, row.base->record))
    return remove(row, row.news.absent ? "absent from a complete slice" : "deleted there");
  const auto winner = existence(flow, row, last_editor(*row.hub));
  auto decision = winner == Winner::remote
                      ? remove(row, "deleted there, edited here")
                      : stay(row, winner == Winner::hub ? Verdict::keep_hub : Verdict::held,
                             "edited here, deleted there");
  decision.disputes.push_back(over_existence(flow, row, winner));
  return decision;
}

Decision decide_against_tombstone(const Flow& flow, const Row& row)
{
  const bool stale = is_stale(row);
  const bool unchanged =
      row.base && !row.base->deleted && same_projection(flow, row.news.record, row.base->record);
  const bool stands = !row.base || stale || unchanged; // the hub's deletion, which is told there
  if (const auto book = stands ? closed_to_existence(flow, row) : closed_to_news(flow, row))
    return hold_closed(flow, row, *book);
  if (!row.base) return supersede(flow, row, "deleted at the hub; never agreed with this side");
  if (stale) return supersede(flow, row, "older than its deletion");
  if (unchanged) return stay(row, Verdict::keep_hub, "deleted at the hub");
  if (row.base->deleted) return restore(row, "entered again at " + flow.side.endpoint);
  const auto winner = existence(flow, row, row.hub->origins.existence().side);
  auto decision = winner == Winner::remote
                      ? restore(row, "edited there, deleted here")
                      : stay(row, winner == Winner::hub ? Verdict::keep_hub : Verdict::held,
                             "deleted here, edited there");
  decision.disputes.push_back(over_existence(flow, row, winner));
  // When the hub's deletion stands, the endpoint's edit has been heard; it must not be disputed again.
  if (winner == Winner::hub) decision.base = row.news.record;
  return decision;
}

} // namespace gramsetu::engine
