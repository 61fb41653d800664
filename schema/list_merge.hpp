// Two lists of one field become one.
#pragma once

#include "schema/entity.hpp"
#include "schema/value.hpp"

namespace gramsetu::schema {

// Items are told apart by the member that the field names as `list_key`, others by what they are.

// Three-way union: items of both, less those that one side removed since the base. An item that both hold
// with different contents stays as the hub has it, unless only the remote changed it. A side that is no
// list counts as empty.
Value united(const FieldSpec& field, const Value& base, const Value& hub, const Value& remote);

// The hub's list as it is, then what only the remote has. Both are lists.
Value appended(const FieldSpec& field, const Value& hub, const Value& remote);

} // namespace gramsetu::schema
