// The JSON Schema of the operator's file, for editors. The lint proves more; this only helps while
// typing.
#include "config/options.hpp"
#include "config/reference.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::config {

using schema::List;
using schema::Object;
using schema::Value;

namespace {

Object object(std::initializer_list<std::pair<std::string_view, Value>> members)
{
  Object made;
  for (const auto& [name, value] : members)
    made.append(std::string(name), value);
  return made;
}

Object pattern(std::string_view regex)
{
  return object({{"type", "string"}, {"pattern", regex}});
}

Object defined(std::string_view name)
{
  return object({{"$ref", fmt::format("#/definitions/{}", name)}});
}

Object any_of(List all)
{
  return object({{"anyOf", std::move(all)}});
}

Object bounded(const Option& option)
{
  Object number = object({{"type", "integer"}});
  if (const auto min = schema::read_integer(option.min)) number.append("minimum", *min);
  if (const auto max = schema::read_integer(option.max)) number.append("maximum", *max);
  return number;
}

Object words(const std::vector<std::string_view>& choices)
{
  List all;
  for (const std::string_view choice : choices)
    all.emplace_back(choice);
  return object({{"enum", std::move(all)}});
}

Object block(const Table& table);

Object named(const Option& option, std::size_t level)
{
  if (level == option.names.size()) return block(*option.members);
  return object({{"type", "object"}, {"additionalProperties", named(option, level + 1)}});
}

Object value_of(const Option& option)
{
  switch (option.kind) {
  case Kind::integer: return any_of({bounded(option), defined("reference")});
  case Kind::flag: return any_of({object({{"type", "boolean"}}), defined("reference")});
  case Kind::duration: return any_of({pattern("^[0-9]+(ms|s|m|h|d|w|y)$"), defined("reference")});
  case Kind::size: return any_of({pattern("^[0-9]+(B|KiB|MiB|GiB)$"), defined("reference")});
  case Kind::percent: return any_of({pattern("^[0-9]+(\\.[0-9]+)?%$"), defined("reference")});
  case Kind::limit:
    return any_of({pattern("^[0-9]+(\\.[0-9]+)?%$"), object({{"type", "integer"}, {"minimum", 0}}),
                   block(limit_options()), defined("reference")});
  case Kind::choice: return any_of({words(option.choices), defined("reference")});
  case Kind::code:
    return any_of({object({{"type", "integer"}, {"minimum", 1}}), pattern("^[1-9][0-9]*$"),
                   defined("reference")});
  case Kind::secret: return defined("secret");
  case Kind::rule: return defined("rule");
  case Kind::rules: return object({{"type", "object"}, {"additionalProperties", defined("rule")}});
  case Kind::connector: return any_of({object({{"type", "string"}}), object({{"type", "object"}})});
  case Kind::options: return object({{"type", "object"}});
  case Kind::block:
    return option.word.empty() ? block(*option.members)
                               : any_of({words({option.word}), block(*option.members)});
  case Kind::blocks: return named(option, 0);
  default: return object({{"type", "string"}, {"minLength", 1}});
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
  Object made = object({{"type", "object"}, {"additionalProperties", false}});
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
  const Object side = object({{"type", "string"}});
  const auto one = [](std::string_view name, Object value) {
    return object({{"type", "object"},
                   {"additionalProperties", false},
                   {"required", List{Value(name)}},
                   {"properties", object({{name, std::move(value)}})}});
  };
  const List plain = {words({"newest", "manual", "union", "max", "min", "state", "ignore_blank",
                             "ignore_ascii_repeat", "append_only"}),
                      one("newest", side), one("owner", side),
                      one("prefer", object({{"type", "array"}, {"items", side}, {"minItems", 1}}))};
  List forms = plain;
  forms.push_back(object({{"type", "array"}, {"items", any_of(plain)}, {"minItems", 1}}));
  return any_of(std::move(forms));
}

} // namespace

std::string schema_json()
{
  Object root = object({{"$schema", "http://json-schema.org/draft-07/schema#"},
                        {"title", "The operator's file of GramSetu"}});
  const Object whole = block(operator_file());
  for (const auto& member : whole.members())
    root.append(member.name, member.value);
  root.append("definitions", object({{"reference", pattern("\\$\\{(credential|env|file):[^}]+\\}")},
                                     {"secret", pattern("^\\$\\{(credential|env|file):[^}]+\\}$")},
                                     {"rule", rule()}}));
  return schema::to_pretty_json(root) + "\n";
}

} // namespace gramsetu::config
