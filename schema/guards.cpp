// Guards hold in both directions, so that two sides end alike.
#include "schema/guards.hpp"

#include "schema/canonical.hpp"
#include "schema/list_merge.hpp"

#include <algorithm>

namespace gramsetu::schema {

namespace {

// Nothing to read: null, an empty text, blanks of any script.
bool is_blank(const Value& value)
{
  return value.is_empty() || (value.is_text() && match_key(value.text()).empty());
}

bool is_ascii(const Value& value)
{
  const auto low = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  return value.is_text() && std::all_of(value.text().begin(), value.text().end(), low);
}

FieldDecision keep(const Claim& hub, std::string reason, bool conflict)
{
  return {FieldVerdict::keep_hub, hub.value, std::move(reason), conflict};
}

FieldDecision take(const Claim& remote, std::string reason, bool conflict)
{
  return {FieldVerdict::take_remote, remote.value, std::move(reason), conflict};
}

std::optional<FieldDecision> against_blanks(const Claim& hub, const Claim& remote)
{
  const std::string reason = "a blank does not overwrite";
  if (is_blank(remote.value)) return keep(hub, reason, false);
  if (is_blank(hub.value)) return take(remote, reason, false);
  return std::nullopt;
}

// The directory repeats the English name, often in capitals, where it lacks the one in the state's script.
std::optional<FieldDecision> against_repeats(const Claim& hub, const Claim& remote)
{
  const std::string reason = "an English repeat does not overwrite a name in its script";
  const bool ours = is_ascii(hub.value), theirs = is_ascii(remote.value);
  if (theirs && !ours && hub.value.is_text()) return keep(hub, reason, true);
  if (ours && !theirs && remote.value.is_text()) return take(remote, reason, true);
  return std::nullopt;
}

std::optional<FieldDecision> grown(const FieldSpec& field, const Claim& hub, const Claim& remote)
{
  if (!hub.value.is_list()) return std::nullopt;
  if (!remote.value.is_list()) return keep(hub, "append_only", false); // emptied there
  Value all = appended(field, hub.value, remote.value);
  // What the remote lost or changed is undone there; the loser is kept.
  if (same_value(field, all, hub.value)) return keep(hub, "append_only", true);
  if (same_value(field, all, remote.value)) return take(remote, "append_only", false);
  return FieldDecision{FieldVerdict::merged, std::move(all), "append_only", true};
}

} // namespace

FieldDecision as_stated(const Guards& guards, const Claim& hub, FieldDecision decision)
{
  if (!guards.append_only || decision.verdict != FieldVerdict::take_remote || is_blank(hub.value))
    return decision;
  return {FieldVerdict::held, hub.value, "append_only: it was stated before", true};
}

std::optional<FieldDecision> by_guards(const FieldSpec& field, const Guards& guards,
                                       const Claim& hub, const Claim& remote)
{
  std::optional<FieldDecision> decision;
  if (guards.ignore_blank) decision = against_blanks(hub, remote);
  if (!decision && guards.ignore_ascii_repeat) decision = against_repeats(hub, remote);
  if (!decision && guards.append_only) decision = grown(field, hub, remote);
  return decision;
}

} // namespace gramsetu::schema
