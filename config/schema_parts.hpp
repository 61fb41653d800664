// Pieces that JSON Schemas are made of.
#pragma once

#include "schema/value.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gramsetu::config {

inline schema::Object
json_object(std::initializer_list<std::pair<std::string_view, schema::Value>> members)
{
  schema::Object made;
  for (const auto& [name, value] : members)
    made.append(std::string(name), value);
  return made;
}

inline schema::Object json_pattern(std::string_view regex)
{
  return json_object({{"type", "string"}, {"pattern", regex}});
}

inline schema::Object json_defined(std::string_view name)
{
  return json_object({{"$ref", "#/definitions/" + std::string(name)}});
}

inline schema::Object json_any_of(schema::List all)
{
  return json_object({{"anyOf", std::move(all)}});
}

inline schema::Object json_words(const std::vector<std::string_view>& choices)
{
  schema::List all;
  for (const std::string_view choice : choices)
    all.emplace_back(choice);
  return json_object({{"enum", std::move(all)}});
}

} // namespace gramsetu::config
