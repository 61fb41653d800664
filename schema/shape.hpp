// The conversions by name, and what each may fill.
#pragma once

#include "schema/entity.hpp"
#include "schema/field_codec.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::schema {

// The shape that a field's type has unless the mapping says otherwise.
Shape default_shape(FieldType type);

// What `as: NAME` makes of a field: its shape and what is written. An error says why it does not go together.
struct ShapeChoice {
  Shape shape = Shape::text;
  Wire wire = Wire::text;
};
Result<ShapeChoice> choose_shape(const FieldSpec& field, std::string_view name, bool has_values);

// The type that an item's member has by its `as:`, as items have no entity. Text where it is not known.
FieldType type_of_member(std::string_view as);

} // namespace gramsetu::schema
