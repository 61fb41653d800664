// The rule by which two sides' values of one field become one.
#pragma once

#include "schema/document.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::schema {

enum class RuleKind {
  manual, // a person decides; both values wait
  owner,  // the field belongs to one side; edits elsewhere are reported and undone there
  prefer, // the side named first wins
  newest, // the later change wins; inside the doubt of the clocks it is `manual`
  union_, // lists and sets: all items of both, less those that one side removed
  max,    // the larger value
  min,    // the smaller value
  state,  // ordered states: the later state; what a `state` field has without a rule
};

// What holds whichever side changed the field, before the rule is asked.
struct Guards {
  bool ignore_blank = false;        // a blank never overwrites a value
  bool ignore_ascii_repeat = false; // an English repeat never overwrites a name in its own script
  bool append_only = false;         // lists only grow; a value once stated is not replaced
  bool operator==(const Guards&) const = default;
};

// Sides are names of endpoints, or roles: "directory", "central", "state", "csc", "local", "peer"; or
// "issuer", the side that the record came from first.
struct Rule {
  RuleKind kind = RuleKind::manual;
  std::vector<std::string> sides{}; // owner: exactly one; prefer: in order; else none
  Guards guards{};
  std::string by{}; // newest: the field that says when, instead of the time of the change
  bool operator==(const Rule&) const = default;
};

// `newest`, `{ newest: FIELD }`, `manual`, `union`, `max`, `min`, `state`, `{ owner: X }`,
// `{ prefer: [X, Y] }`; or a list of guards and at most one of those, without which it is `manual`:
// `[ignore_blank, { owner: X }]`. A finding and nothing when it is none of them.
std::optional<Rule> read_rule(const Node& node, std::vector<Finding>& findings);

// "owner csc", "prefer csc, state, local; ignore_blank": for logs and `why`.
std::string to_text(const Rule& rule);

} // namespace gramsetu::schema
