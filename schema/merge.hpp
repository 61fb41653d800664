// How one field of one record is decided when two sides disagree. Pure.
#pragma once

#include "base/clock.hpp"
#include "schema/entity.hpp"
#include "schema/rule.hpp"
#include "schema/value.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace gramsetu::schema {

// Who stands behind a value. A value entered at the hub has endpoint and role "local".
struct Side {
  std::string endpoint;
  std::string role;
  bool operator==(const Side&) const = default;
};

bool matches(const Side& side, const std::string& name); // by endpoint or by role

// What rules call the side that a record came from first: the one that gave it its number.
inline constexpr const char* kIssuer = "issuer";

// One side's value of a field.
struct Claim {
  const Value& value;
  const Side& side;
  std::optional<Instant> changed_at;  // as that side says; nothing when it does not
  std::chrono::milliseconds doubt{0}; // how far that side's clock may be off
  bool is_issuer = false;             // the record came from that side first
};

enum class FieldVerdict {
  agreed,      // both mean the same
  take_remote, // only the remote changed, or it won
  keep_hub,    // only the hub changed, or it won
  merged,      // a value that neither had alone
  held,        // a person decides
};

struct FieldDecision {
  FieldVerdict verdict = FieldVerdict::agreed;
  Value value;        // what the hub's record holds afterwards (held: the hub's value)
  std::string reason; // "owner csc", "newest", "only central changed it", ...
  bool conflict =
      false; // both changed since the base, or a rule refused a side's edit: the loser is kept
};

// Decides one field. `base` is what hub and endpoint last agreed on (absent: never). The order of states
// overrides any rule that would move one back or leave a terminal one. Only where both sides came in
// good order to states that exclude each other does the rule decide; an owner's state is moved by its
// owner alone.
FieldDecision merge_field(const FieldSpec& field, const Rule& rule, const Value& base,
                          const Claim& hub, const Claim& remote);

} // namespace gramsetu::schema
