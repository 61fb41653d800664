// The decision on one field, rule by rule.
#include "schema/merge.hpp"

#include "schema/canonical.hpp"
#include "schema/guards.hpp"
#include "schema/list_merge.hpp"
#include "schema/record.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::schema {

namespace {

// Position of a state in its order; nothing when the value is empty or unknown.
std::optional<std::size_t> rank_of(const FieldSpec& field, const Value& value)
{
  if (!value.is_text()) return std::nullopt;
  const auto found = std::find(field.choices.begin(), field.choices.end(), value.text());
  if (found == field.choices.end()) return std::nullopt;
  return static_cast<std::size_t>(found - field.choices.begin());
}

bool is_terminal(const FieldSpec& field, const Value& value)
{
  return value.is_text() && std::find(field.terminal.begin(), field.terminal.end(), value.text()) !=
                                field.terminal.end();
}

// True when `to` may follow `from`: later in the order, and `from` is not the end.
bool may_follow(const FieldSpec& field, const Value& from, const Value& to)
{
  const auto before = rank_of(field, from);
  const auto after = rank_of(field, to);
  if (!before) return true; // from nothing, everything may come
  if (!after) return false; // a state never becomes unknown again
  return !is_terminal(field, from) && *after > *before;
}

FieldDecision take_remote(const Claim& remote, std::string reason, bool conflict)
{
  return {FieldVerdict::take_remote, remote.value, std::move(reason), conflict};
}

FieldDecision keep_hub(const Claim& hub, std::string reason, bool conflict)
{
  return {FieldVerdict::keep_hub, hub.value, std::move(reason), conflict};
}

FieldDecision hold(const Claim& hub, std::string reason)
{
  return {FieldVerdict::held, hub.value, std::move(reason), true};
}

// Is the claim made by the side that a rule names so?
bool stands_for(const Claim& claim, const std::string& name)
{
  return name == kIssuer ? claim.is_issuer : matches(claim.side, name);
}

// The first side of the rule that either claim comes from.
FieldDecision prefer(const Rule& rule, const Claim& hub, const Claim& remote)
{
  for (const auto& name : rule.sides) {
    const bool ours = stands_for(hub, name);
    const bool theirs = stands_for(remote, name);
    if (ours && theirs) return hold(hub, "both sides are '" + name + "'");
    if (ours) return keep_hub(hub, to_text(rule), true);
    if (theirs) return take_remote(remote, to_text(rule), true);
  }
  return hold(hub, "neither side is named by the rule '" + to_text(rule) + "'");
}

FieldDecision newest(const Rule& rule, const Claim& hub, const Claim& remote)
{
  if (!hub.changed_at || !remote.changed_at)
    return hold(hub, "newest: one side does not say when it changed");
  const auto doubt = hub.doubt + remote.doubt;
  const auto apart = *remote.changed_at - *hub.changed_at;
  if (apart > doubt) return take_remote(remote, to_text(rule), true);
  if (-apart > doubt) return keep_hub(hub, to_text(rule), true);
  return hold(hub, fmt::format("newest: both changed within {} ms, the doubt of their clocks",
                               doubt.count()));
}

FieldDecision unite(const FieldSpec& field, const Value& base, const Claim& hub,
                    const Claim& remote)
{
  auto all = united(field, base, hub.value, remote.value);
  if (!all.dispute.empty()) return hold(hub, "union: " + all.dispute);
  if (same_value(field, all.list, hub.value)) return keep_hub(hub, "union", true);
  if (same_value(field, all.list, remote.value)) return take_remote(remote, "union", true);
  return {FieldVerdict::merged, std::move(all.list), "union", true};
}

// Order of two decimals in canonical form: "-12.5", without leading or trailing zeros.
int order_of_decimals(std::string_view a, std::string_view b)
{
  const bool below = a.starts_with('-');
  if (below != b.starts_with('-')) return below ? -1 : 1;
  if (below) return order_of_decimals(b.substr(1), a.substr(1));
  const auto whole = [](std::string_view text) { return std::min(text.find('.'), text.size()); };
  if (whole(a) != whole(b)) return whole(a) < whole(b) ? -1 : 1;
  return a.compare(b);
}

// Order of two values of one kind; nothing when they cannot be ordered.
std::optional<int> order_of(const FieldSpec& field, const Value& a, const Value& b)
{
  if (a.is_integer() && b.is_integer())
    return a.integer() < b.integer() ? -1 : (a.integer() > b.integer() ? 1 : 0);
  if (field.type == FieldType::state) {
    const auto left = rank_of(field, a);
    const auto right = rank_of(field, b);
    if (left && right) return *left < *right ? -1 : (*left > *right ? 1 : 0);
  }
  if (field.type == FieldType::decimal && a.is_text() && b.is_text())
    return order_of_decimals(a.text(), b.text());
  // Canonical dates and timestamps sort as text.
  const bool sortable = field.type == FieldType::date || field.type == FieldType::timestamp;
  if (sortable && a.is_text() && b.is_text()) return a.text().compare(b.text());
  return std::nullopt;
}

FieldDecision extreme(const FieldSpec& field, bool largest, const Claim& hub, const Claim& remote)
{
  const std::string name = largest ? "max" : "min";
  if (hub.value.is_empty()) return take_remote(remote, name, true);
  if (remote.value.is_empty()) return keep_hub(hub, name, true);
  const auto order = order_of(field, hub.value, remote.value);
  if (!order) return hold(hub, name + ": the values cannot be ordered");
  const bool ours = largest ? *order > 0 : *order < 0;
  return ours ? keep_hub(hub, name, true) : take_remote(remote, name, true);
}

FieldDecision later_state(const FieldSpec& field, const Claim& hub, const Claim& remote)
{
  const bool theirs = may_follow(field, hub.value, remote.value);
  const bool ours = may_follow(field, remote.value, hub.value);
  if (theirs && !ours) return take_remote(remote, "state", true);
  if (ours && !theirs) return keep_hub(hub, "state", true);
  return hold(hub, "state: neither of the two states can follow the other");
}

FieldDecision by_rule(const FieldSpec& field, const Rule& rule, const Value& base, const Claim& hub,
                      const Claim& remote)
{
  switch (rule.kind) {
  case RuleKind::manual: return hold(hub, "manual");
  case RuleKind::owner:
    // Settled before both changed could matter; kept for a rule that names neither side.
    return hold(hub, "neither side is the owner '" + rule.sides.front() + "'");
  case RuleKind::prefer: return prefer(rule, hub, remote);
  case RuleKind::newest: return newest(rule, hub, remote);
  case RuleKind::union_: return unite(field, base, hub, remote);
  case RuleKind::max: return extreme(field, true, hub, remote);
  case RuleKind::min: return extreme(field, false, hub, remote);
  case RuleKind::state: return later_state(field, hub, remote);
  }
  return hold(hub, "manual");
}

// The owner's word counts whoever else changed the field: an edit elsewhere is undone there.
std::optional<FieldDecision> by_owner(const Rule& rule, bool hub_changed, const Claim& hub,
                                      const Claim& remote)
{
  if (rule.kind != RuleKind::owner || rule.sides.empty()) return std::nullopt;
  const auto& owner = rule.sides.front();
  const bool ours = stands_for(hub, owner);
  if (stands_for(remote, owner)) {
    // Two endpoints of one role: neither is more of an owner than the other.
    if (ours && hub_changed && hub.side != remote.side)
      return hold(hub, "both sides are the owner '" + owner + "'");
    return take_remote(remote, to_text(rule), hub_changed);
  }
  // Until the owner has spoken, anybody's value is better than none; it gives way when the owner speaks.
  if (hub.value.is_empty() && !ours)
    return take_remote(remote, to_text(rule) + " has not spoken yet", false);
  if (ours) return keep_hub(hub, to_text(rule), true);
  return std::nullopt;
}

// Whose field a decision is about, and how it stood when the two sides last agreed.
struct Question {
  const FieldSpec& field;
  const Rule& rule;
  const Value& base;
  const Claim &hub, &remote;
};

bool is_owned_by(const Rule& rule, const Claim& claim)
{
  return rule.kind == RuleKind::owner && !rule.sides.empty() &&
         stands_for(claim, rule.sides.front());
}

// A decision that would move a state back, or out of its end, is turned round (design promise 7).
FieldDecision in_order(const Question& asked, FieldDecision decision)
{
  const auto& [field, rule, base, hub, remote] = asked;
  if (field.type != FieldType::state) return decision;
  const bool forth = may_follow(field, hub.value, remote.value);
  const bool back = may_follow(field, remote.value, hub.value);
  const bool ours_is_owners = is_owned_by(rule, hub);
  if (decision.verdict == FieldVerdict::take_remote && !forth) {
    // Both sides came in good order to states that exclude each other, and the rule has a word for
    // it; or the owner corrects what others said before it spoke. Nothing of that goes back.
    const bool excluded = !back && may_follow(field, base, hub.value);
    const bool corrected = is_owned_by(rule, remote) && !ours_is_owners;
    if (may_follow(field, base, remote.value) && (excluded || corrected)) return decision;
    return keep_hub(hub, "states do not move back", true);
  }
  // The hub's value goes out to that side: it must not push a later state back either, unless the
  // state is the owner's and that side had no business to move it.
  if (decision.verdict == FieldVerdict::keep_hub && forth && !ours_is_owners)
    return take_remote(remote, "states do not move back", true);
  return decision;
}

// By who changed the field, and where that is not enough, by its rule.
FieldDecision by_sides(const Question& asked, bool hub_changed)
{
  const auto& [field, rule, base, hub, remote] = asked;
  if (auto decided = by_owner(rule, hub_changed, hub, remote)) return std::move(*decided);
  if (!hub_changed)
    return take_remote(remote, "only " + remote.side.endpoint + " changed it", false);
  // The hub held on to an older word of the same side, by a guard: its newer word counts.
  if (hub.side.endpoint == remote.side.endpoint)
    return take_remote(remote, "the newer word of " + remote.side.endpoint, true);
  return by_rule(field, rule, base, hub, remote);
}

} // namespace

bool matches(const Side& side, const std::string& name)
{
  return side.endpoint == name || side.role == name;
}

FieldDecision merge_field(const FieldSpec& field, const Rule& rule, const Value& base,
                          const Claim& hub, const Claim& remote)
{
  // Nobody there has said anything about it: an absent field never takes a value away.
  if (remote.value.is_absent()) return keep_hub(hub, "not stated there", false);
  if (same_value(field, hub.value, remote.value))
    return {FieldVerdict::agreed, hub.value, "equal", false};
  const bool hub_changed = !same_value(field, base, hub.value);
  // What the hub holds came there in good order, or by a person's word: that side follows.
  if (same_value(field, base, remote.value)) return keep_hub(hub, "only the hub changed it", false);
  if (auto guarded = by_guards(field, rule.guards, hub, remote)) {
    // A loser is what somebody said since the sides last agreed.
    const bool kept = guarded->verdict == FieldVerdict::keep_hub;
    guarded->conflict = guarded->conflict && (kept || hub_changed);
    return std::move(*guarded);
  }
  const Question asked{field, rule, base, hub, remote};
  return as_stated(rule.guards, hub, in_order(asked, by_sides(asked, hub_changed)));
}

} // namespace gramsetu::schema
