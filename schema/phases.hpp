// Phases: rules that change with the state that a record has reached.
#pragma once

#include "schema/document.hpp"
#include "schema/rule.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace gramsetu::schema {

class Entity;
class NodeReader;
struct Record;

// The `phases:` block of an entity: a draft belongs to those who write it, what is approved to those who
// approved it. A phase begins with its state and lasts until the next one that is named; before the first
// the entity's own default holds. A field with a rule of its own, and the state itself, keep theirs.
//
//   phases:
//     by: status
//     draft: { prefer: [local, central] }
//     approved: { owner: central }
struct Phases {
  std::size_t field = 0;             // the ordered states
  std::map<std::size_t, Rule> rules; // by the position of the state with which they begin
};

// Nothing when the entity has no such block, or a finding.
std::optional<Phases> read_phases(const Node& document, const Entity& entity, NodeReader& reader,
                                  std::vector<Finding>& findings);

// The rule of the phase that the record has reached, by whichever of the two sides has it further; null where
// the entity's default holds. A null `other` is one side alone.
const Rule* phase_rule(const Entity& entity, const Record& record, const Record* other);

} // namespace gramsetu::schema
