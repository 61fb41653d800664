// The JSON Schema of the operator's file, for editors. The lint proves more; this only helps while
// typing.
#include "config/options.hpp"
#include "config/reference.hpp"
#include "config/schema_parts.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::config {

using schema::List;
using schema::Object;
using schema::Value;

namespace {

Object bounded(const Option& option)
{
  Object number = json_object({{"type", "integer"}});
  if (const auto min = schema::read_integer(option.min)) number.append("minimum", *min);
  if (const auto max = schema::read_integer(option.max)) number.append("maximum", *max);
  return number;
}

Object block(const Table& table);

Object named(const Option& option, std::size_t level)
{
  if (level == option.names.size()) return block(*option.members);
  return json_object({{"type", "object"}, {"additionalProperties", named(option, level + 1)}});
}

Object value_of(const Option& option)
{
  switch (option.kind) {
  case Kind::integer: return json_any_of({bounded(option), json_defined("reference")});
  case Kind::flag:
    return json_any_of({json_object({{"type", "boolean"}}), json_defined("reference")});
  case Kind::duration:
    return json_any_of({json_pattern("^[0-9]+(ms|s|m|h|d|w|y)$"), json_defined("reference")});
  case Kind::size:
    return json_any_of({json_pattern("^[0-9]+(B|KiB|MiB|GiB)$"), json_defined("reference")});
  case Kind::percent:
    return json_any_of({json_pattern("^[0-9]+(\\.[0-9]+)?%$"), json_defined("reference")});
  case Kind::limit:
    return json_any_of({json_pattern("^[0-9]+(\\.[0-9]+)?%$"),
                        json_object({{"type", "integer"}, {"minimum", 0}}), block(limit_options()),
                        json_defined("reference")});
  case Kind::choice: return json_any_of({json_words(option.choices), json_defined("reference")});
  case Kind::code:
    return json_any_of({json_object({{"type", "integer"}, {"minimum", 1}}),
                        json_pattern("^[1-9][0-9]*$"), json_defined("reference")});
  case Kind::secret: return json_defined("secret");
  case Kind::rule: return json_defined("rule");
  case Kind::rules:
    return json_object({{"type", "object"}, {"additionalProperties", json_defined("rule")}});
  case Kind::connector:
    return json_any_of({json_object({{"type", "string"}}), json_object({{"type", "object"}})});
  case Kind::options: return json_object({{"type", "object"}});
  case Kind::block:
    return option.word.empty() ? block(*option.members)
                               : json_any_of({json_words({option.word}), block(*option.members)});
  case Kind::blocks: return named(option, 0);
  default: return json_object({{"type", "string"}, {"minLength", 1}});
  }
}

Object block(const Table& table)
{
  Object properties;
  List required;
  for (const Option& option : table.options) {
    Object made = value_of(option);
    made.set("description", option.help);
    if (!option.default_text.empty())
      made.set("description", fmt::format("{}. Default: {}", option.help, option.default_text));
    properties.append(std::string(option.name), std::move(made));
    if (option.required) required.emplace_back(option.name);
  }
  Object made = json_object({{"type", "object"}, {"additionalProperties", false}});
  if (!properties.empty()) made.append("properties", std::move(properties));
  if (!required.empty()) made.append("required", std::move(required));
  if (table.one_of) {
    made.append("minProperties", 1);
    made.append("maxProperties", 1);
  }
  return made;
}

Object rule()
{
  const Object side = json_object({{"type", "string"}});
  const auto one = [](std::string_view name, Object value) {
    return json_object({{"type", "object"},
                        {"additionalProperties", false},
                        {"required", List{Value(name)}},
                        {"properties", json_object({{name, std::move(value)}})}});
  };
  const List plain = {
      json_words({"newest", "manual", "union", "max", "min", "state", "ignore_blank",
                  "ignore_ascii_repeat", "append_only"}),
      one("newest", side), one("owner", side),
      one("prefer", json_object({{"type", "array"}, {"items", side}, {"minItems", 1}}))};
  List forms = plain;
  forms.push_back(json_object({{"type", "array"}, {"items", json_any_of(plain)}, {"minItems", 1}}));
  return json_any_of(std::move(forms));
}

} // namespace

std::string schema_json()
{
  Object root = json_object({{"$schema", "http://json-schema.org/draft-07/schema#"},
                             {"title", "The operator's file of GramSetu"}});
  const Object whole = block(operator_file());
  for (const auto& member : whole.members())
    root.append(member.name, member.value);
  root.append("definitions",
              json_object({{"reference", json_pattern("\\$\\{(credential|env|file):[^}]+\\}")},
                           {"secret", json_pattern("^\\$\\{(credential|env|file):[^}]+\\}$")},
                           {"rule", rule()}}));
  return schema::to_pretty_json(root) + "\n";
}

} // namespace gramsetu::config
