// Reads one entity from its document.
#pragma once

#include "schema/entity.hpp"
#include "schema/node_reader.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::schema {

// Nothing when anything was wrong; all of it is in `findings`. The grammar is in schema/README.md.
std::unique_ptr<Entity> read_entity(const Node& document, std::vector<Finding>& findings);

// One entry of `fields:`. Without `authority` of its own the field has the entity's.
std::optional<FieldSpec> read_field(const Node::Entry& entry,
                                    const std::vector<std::string>& authority, NodeReader& reader,
                                    std::vector<Finding>& findings);

// The field that `node` names; `what` names the node.
std::optional<std::size_t> read_reference(const Node& node, std::string_view what,
                                          const Entity& entity, NodeReader& reader);

// Roles, each known: what `authority:` holds.
std::vector<std::string> read_roles(const Node& node, NodeReader& reader);

// A rule whose sides are roles, as an entity must not name an operator's endpoints.
std::optional<Rule> read_entity_rule(const Node& node, NodeReader& reader,
                                     std::vector<Finding>& findings);

// One that makes sense for every field: the entity's default, or that of a phase.
std::optional<Rule> read_general_rule(const Node& node, NodeReader& reader,
                                      std::vector<Finding>& findings);

bool is_identifier(const std::string& name); // lower case letters, digits, '_'; a letter first

} // namespace gramsetu::schema
