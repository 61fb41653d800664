// A compiled mapping: what stands where, and how it is converted.
#pragma once

#include "schema/field_codec.hpp"
#include "schema/mapping.hpp"
#include "schema/source_tree.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::schema {

// One of the places that a field is read from; the first is where it is written.
struct Source {
  std::string pointer;    // with its first slash
  std::size_t number = 0; // in the tree of its document
};

struct ItemPlans;

// One field of the mapping, or one member of a list's items.
struct FieldPlan {
  std::size_t field = 0; // of the entity
  FieldSpec spec;        // of a member: a stand-in, as items have no entity
  std::vector<Source> from;
  FieldCodec codec;
  std::shared_ptr<const ItemPlans> each; // list of objects: its members
  Value default_value;                   // canonical
  std::optional<Value> constant;         // written, never read
  bool pulls = true, pushes = true;
  bool is_checked = false; // text and trees have bounds that no conversion knows
  Place place;
};

struct ItemPlans {
  std::vector<FieldPlan> members;
  SourceTree sources;
};

struct Mapping::Impl {
  const Entity* entity = nullptr;
  std::vector<FieldPlan> plans;
  SourceTree sources;
  FieldSet pulled, pushed;
};

// Reads the `fields:` block; findings for everything that is wrong with it.
std::vector<FieldPlan> read_plans(const Entity& entity, const Node& fields,
                                  std::vector<Finding>& findings);

// Gives every source its number.
SourceTree number_sources(std::vector<FieldPlan>& plans);

// Findings where what is written could not be read back as the same: see mapping.hpp.
void check_inverse(const FieldSpec& field, const FieldPlan& plan, const Node& node,
                   std::vector<Finding>& findings);
// Findings where two plans write to one place, or one inside another's.
void check_targets(const std::vector<FieldPlan>& plans, std::vector<Finding>& findings);

} // namespace gramsetu::schema
