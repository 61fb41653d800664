// Field by field: what both sides know becomes what the hub holds.
#include "daemon/engine/reconcile/reconcile.hpp"

#include "daemon/engine/places/places.hpp"
#include "daemon/engine/reconcile/closed.hpp"
#include "daemon/engine/reconcile/deletes.hpp"
#include "schema/canonical.hpp"
#include "schema/ingest.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::Claim;
using schema::FieldVerdict;
using schema::Record;
using schema::Value;

const Value kAbsent;

// A record that the hub has never had: everything stated is taken.
Decision create(const Flow& flow, const Row& row)
{
  Decision decision;
  decision.key = row.key;
  decision.verdict = Verdict::take_remote;
  decision.create = true;
  decision.outcome = row.news.record;
  decision.reason = "new at " + flow.side.endpoint;
  return decision;
}

std::string outcome_name(FieldVerdict verdict)
{
  switch (verdict) {
  case FieldVerdict::take_remote: return "remote";
  case FieldVerdict::merged: return "merged";
  case FieldVerdict::held: return "open";
  case FieldVerdict::agreed:
  case FieldVerdict::keep_hub: return "hub";
  }
  return "hub";
}

// The rule of a field for this record: of the phase that it has reached, where the field goes by phases.
const schema::Rule& rule_for(const Flow& flow, const Row& row, std::size_t index)
{
  const auto* rule = is_phased(flow, index)
                         ? phase_rule(*flow.entity, row.hub->record, &row.news.record)
                         : nullptr;
  return rule ? *rule : flow.rules[index];
}

// A timestamp, or a day, which begins at midnight.
std::optional<Instant> instant_of(const Value& value)
{
  if (!value.is_text()) return std::nullopt;
  const auto at =
      from_rfc3339(value.text().size() == 10 ? value.text() + "T00:00:00Z" : value.text());
  return at ? std::optional(*at) : std::nullopt;
}

// What the decisions on the fields add up to.
struct Tally {
  bool took = false, kept = false, merged = false, held = false;

  void count(FieldVerdict verdict)
  {
    took = took || verdict == FieldVerdict::take_remote;
    kept = kept || verdict == FieldVerdict::keep_hub;
    merged = merged || verdict == FieldVerdict::merged;
    held = held || verdict == FieldVerdict::held;
  }

  Verdict verdict() const
  {
    if (held) return Verdict::held;
    if (merged || (took && kept)) return Verdict::merged;
    if (took) return Verdict::take_remote;
    return kept ? Verdict::keep_hub : Verdict::agreed;
  }
};

// When the sides changed it: as they say, or as the field says that the rule goes by. A value without a
// time in that field is older than any with one.
struct Times {
  std::optional<Instant> hub, remote;
};

Times times_of(const Flow& flow, const Row& row, const schema::Rule& rule, const Origin& origin)
{
  Times times{origin.changed_at, row.news.modified};
  const auto index = rule.by.empty() ? std::nullopt : flow.entity->index_of(rule.by);
  if (!index) return times;
  const auto ours = instant_of(row.hub->record.fields[*index]);
  const auto theirs = instant_of(row.news.record.fields[*index]);
  if (!ours && !theirs) return times;
  return {ours.value_or(Instant{}), theirs.value_or(Instant{})};
}

// Writes one field's decision into the record's.
void settle_field(const Flow& flow, const Row& row, std::size_t index, Decision& decision,
                  Tally& tally)
{
  const auto& field = flow.entity->fields[index];
  const auto& origin = row.hub->origins.of(field.name);
  const Value& before = row.hub->record.fields[index];
  // What the hub itself filled in, nobody has changed.
  const Value& agreed = row.base ? row.base->record.fields[index] : kAbsent;
  const Value& base = origin.rule == kStamped ? before : agreed;
  const Value& theirs = row.news.record.fields[index];
  const auto& rule = rule_for(flow, row, index);
  const auto times = times_of(flow, row, rule, origin);
  const auto& issuer = row.hub->origins.whole.side;
  const Claim hub{before, origin.side, times.hub, origin.doubt, origin.side == issuer};
  const Claim remote{theirs, flow.side, times.remote, row.news.doubt, flow.side == issuer};
  auto decided = within_closed_book(flow, row, index, merge_field(field, rule, base, hub, remote));
  tally.count(decided.verdict);
  if (decided.conflict)
    decision.disputes.push_back({field.name, base, before, theirs,
                                 decided.verdict == FieldVerdict::held,
                                 outcome_name(decided.verdict), decided.reason});
  // A held field keeps its old base, so that it is decided again when either side moves.
  if (decided.verdict != FieldVerdict::held && !theirs.is_absent())
    decision.base->fields[index] = theirs;
  const bool follows =
      decided.verdict == FieldVerdict::take_remote || decided.verdict == FieldVerdict::merged;
  if (!follows) return;
  decision.changes.push_back(
      {index, before, decided.value, decided.reason, decided.verdict == FieldVerdict::take_remote});
  decision.outcome.fields[index] = std::move(decided.value);
}

Decision merge(const Flow& flow, const Row& row)
{
  Decision decision;
  decision.key = row.key;
  decision.outcome = row.hub->record;
  decision.base = row.base ? row.base->record : Record(*flow.entity);
  Tally tally;
  const auto& pulled = flow.stream->mapping->pulled();
  for (std::size_t i = 0; i < flow.entity->fields.size(); ++i)
    if (pulled[i]) settle_field(flow, row, i, decision, tally);
  decision.verdict = tally.verdict();
  decision.reason = std::string(name_of(decision.verdict));
  return decision;
}

} // namespace

std::string_view name_of(Verdict verdict)
{
  switch (verdict) {
  case Verdict::agreed: return "agreed";
  case Verdict::take_remote: return "take_remote";
  case Verdict::keep_hub: return "keep_hub";
  case Verdict::merged: return "merged";
  case Verdict::held: return "held";
  case Verdict::superseded: return "superseded";
  }
  return "agreed";
}

const schema::Rule& existence_rule(const Flow& flow, const Row& row)
{
  const auto* rule = flow.existence_phased && row.hub
                         ? phase_rule(*flow.entity, row.hub->record, nullptr)
                         : nullptr;
  return rule ? *rule : flow.existence;
}

Decision reconcile(const Flow& flow, const Row& row)
{
  if (row.news.deleted || row.news.absent) return decide_deletion(flow, row);
  if (!row.hub) return is_stale(row) ? supersede_unknown(flow, row) : create(flow, row);
  if (is_older_version(*flow.entity, row.news.record, row.hub->record))
    return supersede(flow, row, "an older version of the place");
  if (row.hub->deleted) return decide_against_tombstone(flow, row);
  return merge(flow, row);
}

schema::FieldSet lacking(const Flow& flow, const Record& hub, const Record& base,
                         const std::vector<std::string>& held)
{
  const auto& pushed = flow.stream->mapping->pushed();
  const bool known = base != Record(*flow.entity);
  schema::FieldSet lacks(flow.entity->fields.size(), false);
  for (std::size_t i = 0; i < lacks.size(); ++i) {
    const auto& field = flow.entity->fields[i];
    const bool open = std::find(held.begin(), held.end(), field.name) != held.end();
    // A value that the hub never had does not empty the endpoint's.
    // What the hub filled in for itself is not told to a side that leaves it out.
    const bool ours = known && is_unsaid_stamp(*flow.entity, i, base);
    lacks[i] = pushed[i] && !open && !ours && !hub.fields[i].is_absent() &&
               !same_value(field, hub.fields[i], base.fields[i]) &&
               !is_withheld(field, hub.fields[i]);
  }
  return lacks;
}

} // namespace gramsetu::engine
