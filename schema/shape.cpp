// Which conversion fits which field.
#include "schema/shape.hpp"

#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gramsetu::schema {

namespace {

constexpr std::array<std::pair<std::string_view, Shape>, 13> kShapes = {
    {{"text", Shape::text},
     {"integer", Shape::integer},
     {"decimal", Shape::decimal},
     {"boolean", Shape::boolean},
     {"rupees", Shape::rupees},
     {"lakh", Shape::lakh},
     {"crore", Shape::crore},
     {"paise", Shape::paise},
     {"date", Shape::date},
     {"timestamp", Shape::timestamp},
     {"financial_year", Shape::financial_year},
     {"list", Shape::list},
     {"object", Shape::object}}};

constexpr std::string_view kCode = "lgd.";

std::optional<Shape> shape_named(std::string_view name)
{
  if (name.starts_with(kCode)) return Shape::code;
  for (const auto& [known, shape] : kShapes)
    if (name == known) return shape;
  return std::nullopt;
}

bool is_money(Shape shape)
{
  return shape == Shape::rupees || shape == Shape::lakh || shape == Shape::crore ||
         shape == Shape::paise;
}

// Whether canonical values of `type` can be made from `shape`.
bool fits(Shape shape, FieldType type)
{
  if (is_money(shape)) return type == FieldType::money;
  if (type == FieldType::money) return false;
  if (type == FieldType::text) // what has a canonical form that is text
    return shape == Shape::text || shape == Shape::code || shape == Shape::decimal ||
           shape == Shape::date || shape == Shape::timestamp;
  return default_shape(type) == shape;
}

std::optional<Wire> wire_named(std::string_view name)
{
  if (name == "text") return Wire::text;
  if (name == "integer") return Wire::integer;
  if (name == "boolean") return Wire::boolean;
  return std::nullopt;
}

} // namespace

Shape default_shape(FieldType type)
{
  switch (type) {
  case FieldType::integer: return Shape::integer;
  case FieldType::decimal: return Shape::decimal;
  case FieldType::money: return Shape::rupees;
  case FieldType::boolean: return Shape::boolean;
  case FieldType::date: return Shape::date;
  case FieldType::timestamp: return Shape::timestamp;
  case FieldType::financial_year: return Shape::financial_year;
  case FieldType::code: return Shape::code;
  case FieldType::list: return Shape::list;
  case FieldType::object: return Shape::object;
  case FieldType::text:
  case FieldType::enumeration:
  case FieldType::state: return Shape::text;
  }
  return Shape::text;
}

Result<ShapeChoice> choose_shape(const FieldSpec& field, std::string_view name, bool has_values)
{
  const auto shape = shape_named(name);
  if (!shape) return fail(ErrorKind::invalid, fmt::format("unknown conversion '{}'", shown(name)));
  const auto wire = wire_named(name);
  // With `values` the words are given, and `as` says only what they look like over there.
  if (has_values && wire) return ShapeChoice{default_shape(field.type), *wire};
  const bool digits = field.type == FieldType::text || field.type == FieldType::code ||
                      field.type == FieldType::financial_year;
  if (digits && wire == Wire::integer) return ShapeChoice{default_shape(field.type), *wire};
  if (field.type == FieldType::code && wire == Wire::text) return ShapeChoice{Shape::code, *wire};
  const bool other_code = field.type == FieldType::code && name.starts_with(kCode) &&
                          name.substr(kCode.size()) != field.code_kind;
  if (other_code || !fits(*shape, field.type))
    return fail(ErrorKind::invalid,
                fmt::format("'{}' does not give what '{}' holds", shown(name), field.name));
  return ShapeChoice{*shape, Wire::text};
}

FieldType type_of_member(std::string_view as)
{
  const auto shape = shape_named(as);
  if (!shape) return FieldType::text;
  if (is_money(*shape)) return FieldType::money;
  switch (*shape) {
  case Shape::integer: return FieldType::integer;
  case Shape::decimal: return FieldType::decimal;
  case Shape::boolean: return FieldType::boolean;
  case Shape::date: return FieldType::date;
  case Shape::timestamp: return FieldType::timestamp;
  case Shape::financial_year: return FieldType::financial_year;
  case Shape::code: return FieldType::code;
  case Shape::list: return FieldType::list;
  case Shape::object: return FieldType::object;
  default: return FieldType::text;
  }
}

} // namespace gramsetu::schema
