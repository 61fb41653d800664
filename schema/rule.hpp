// The rule by which two sides' values of one field become one.
#pragma once

#include "schema/document.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::schema {

enum class RuleKind {
  manual,  // a person decides; both values wait
  owner,   // the field belongs to one side; edits elsewhere are reported and undone there
  prefer,  // the side named first wins
  newest,  // the later change wins; inside the doubt of the clocks it is `manual`
  union_,  // lists and sets: all items of both, less those that one side removed
  max,     // the larger value
  min,     // the smaller value
  forward, // ordered states: the later state; what a `state` field has without a rule
};

// Sides are names of endpoints, or roles: "directory", "central", "state", "csc", "local", "peer".
struct Rule {
  RuleKind kind = RuleKind::manual;
  std::vector<std::string> sides; // owner: exactly one; prefer: in order; else none
  bool operator==(const Rule&) const = default;
};

// `newest`, `manual`, `union`, `max`, `min`, `forward`, `{ owner: X }`, `{ prefer: [X, Y] }`.
// A finding and nothing when it is none of them.
std::optional<Rule> read_rule(const Node& node, std::vector<Finding>& findings);

// "owner csc", "prefer csc, state, local": for logs and `why`.
std::string to_text(const Rule& rule);

} // namespace gramsetu::schema
