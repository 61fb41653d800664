// The check of one canonical value.
#pragma once

#include "schema/record.hpp"

#include <optional>
#include <string>

namespace gramsetu::schema {

// A problem that does not know yet where it stands in a document.
struct Fault {
  std::string code;
  std::string text;
};

// What is wrong with `value` in this field, or nothing. Absent and null are always good here.
std::optional<Fault> check_value(const FieldSpec& field, const Value& value);

// True for a personal, financial or forbidden value: messages must not quote it.
inline bool is_guarded(const FieldSpec& field)
{
  return field.privacy >= Privacy::personal;
}

} // namespace gramsetu::schema
