// An entity: a kind of record, declared in schema/entities/*.yaml.
#pragma once

#include "base/digest.hpp"
#include "schema/closing.hpp"
#include "schema/document.hpp"
#include "schema/phases.hpp"
#include "schema/rule.hpp"
#include "schema/value.hpp"
#include "schema/versions.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::schema {

enum class FieldType {
  text,
  integer,
  decimal,
  money,
  boolean,
  date,
  timestamp,
  financial_year,
  code,        // an LGD code; `code_kind` says of what
  enumeration, // one of `choices`
  state,       // one of `choices`, which are ordered: a state never moves back
  list,
  object,
};

// Who may see a value: domain.md section 6, item 13.
enum class Privacy {
  open,      // P0: published
  official,  // P1: inside the administration
  personal,  // P2: masked in every output unless unmasked by right
  financial, // P3: account and payment identifiers, masked alike
  forbidden, // P4: Aadhaar, biometrics: never stored
};

struct FieldSpec {
  std::string name;
  FieldType type = FieldType::text;
  std::string help;
  std::string
      code_kind; // code: "state", "district", "subdistrict", "block", "village", "local_body"
  std::vector<std::string> choices;  // enumeration, state (in order)
  std::vector<std::string> terminal; // state: those that end
  std::string list_key;       // list of objects: the member that tells items apart; else empty
  std::size_t max_length = 0; // text, in code points; 0 is 4,000
  Privacy privacy = Privacy::official;
  std::vector<std::string> authority; // roles, first is strongest; from the entity when not given
  std::optional<Rule> rule;           // from the entity's default when not given
  bool required = false;              // a record without it goes to quarantine
  bool key_optional = false; // a last part of the key that is left out of it when it is empty
};

// A reference to another entity's record by its key.
struct Parent {
  std::size_t field;  // index: its value is the parent's key
  std::string entity; // whose record must be there first
};

// Fixed after loading; safe to read from any thread. Field order is the file's and is what records are
// indexed by.
class Entity {
public:
  std::string name;
  std::string title;
  std::vector<FieldSpec> fields;
  std::vector<std::size_t> key;        // fields that make up the identity, in order
  std::optional<std::size_t> place;    // the field that holds the LGD code it belongs to
  std::optional<std::size_t> state;    // the field that says which state (area check), if any
  std::optional<std::size_t> district; // the field that says which district (area check), if any
  std::vector<Parent> parents;
  std::optional<Closing> closing;       // when its books are closed, and what that means
  std::optional<Phases> phases;         // how the default rule changes with a record's state
  std::vector<Condition> closes;        // when a record of this entity, a book, closes those in it
  std::optional<Versions> versions;     // its records are places, which have versions
  std::optional<Succession> succession; // its records say what became of places
  std::vector<std::size_t> dated;       // fields that say when it happened: the first that is there
  std::vector<Stamp> stamps;
  Rule default_rule;
  Digest digest{};                  // of the document that declares it
  std::vector<std::size_t> by_name; // the fields in the order of their names: what digests go by

  std::optional<std::size_t> index_of(std::string_view field) const;
  // The field's own rule; for a state `state`; else the entity's default.
  const Rule& rule_of(std::size_t field) const;
  // Goes by the entity's phases: it has no rule of its own, and is no state.
  bool is_phased(std::size_t field) const;
};

// Why `rule` makes no sense for `field` ("'union' is for lists"), or empty.
std::string why_unfit(const FieldSpec& field, const Rule& rule);
// Why `rule` cannot go by the field that it names for the time, or empty.
std::string why_timeless(const Entity& entity, const Rule& rule);

// All entities of a hub, by name.
class Entities {
public:
  // Reads every *.yaml of each folder, in name order; a later folder's file of the same entity name is a
  // finding. Entities with findings are left out.
  static Entities load(const std::vector<std::string>& folders, std::vector<Finding>& findings);
  // One document, for tests and for `load`.
  void add(const Node& document, std::vector<Finding>& findings);

  const Entity* find(std::string_view name) const;
  std::vector<const Entity*> all() const; // parents before children, then by name
  std::vector<std::string> names() const;

private:
  std::map<std::string, std::unique_ptr<Entity>, std::less<>> entities_;
};

std::string_view name_of(FieldType type);
std::string_view name_of(Privacy privacy);

// What `{ owner: X }` and `authority` may name: directory, central, state, csc, local, peer.
const std::vector<std::string>& roles();

} // namespace gramsetu::schema
