// Two lists of one field become one.
#pragma once

#include "schema/entity.hpp"
#include "schema/value.hpp"

#include <string>

namespace gramsetu::schema {

// Items are told apart by the member that the field names as `list_key`, others by what they are.

struct United {
  Value list;
  std::string dispute; // why a person must decide; empty: nothing to decide
};

// Three-way union: items of both, less those that one side removed since the base, each once; the hub's in
// their order, then what the remote added. Keyed items are merged member by member: each member goes by
// the side that changed it. A member that both changed differently, and an item that one side removed and
// the other changed, are for a person. A side that is no list counts as empty.
United united(const FieldSpec& field, const Value& base, const Value& hub, const Value& remote);

// The hub's list as it is, then what only the remote has. Both are lists.
Value appended(const FieldSpec& field, const Value& hub, const Value& remote);

} // namespace gramsetu::schema
