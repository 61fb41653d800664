// Reads the declaration of one field of an entity.
#include "schema/entity_reader.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::schema {

namespace {

constexpr std::array<std::pair<std::string_view, FieldType>, 13> kTypes = {
    {{"text", FieldType::text},
     {"integer", FieldType::integer},
     {"decimal", FieldType::decimal},
     {"money", FieldType::money},
     {"boolean", FieldType::boolean},
     {"date", FieldType::date},
     {"timestamp", FieldType::timestamp},
     {"financial_year", FieldType::financial_year},
     {"code", FieldType::code},
     {"enumeration", FieldType::enumeration},
     {"state", FieldType::state},
     {"list", FieldType::list},
     {"object", FieldType::object}}};

constexpr std::array<std::pair<std::string_view, Privacy>, 5> kPrivacies = {
    {{"open", Privacy::open},
     {"official", Privacy::official},
     {"personal", Privacy::personal},
     {"financial", Privacy::financial},
     {"forbidden", Privacy::forbidden}}};

template <typename Kind, std::size_t size>
std::optional<Kind> read_word(const std::array<std::pair<std::string_view, Kind>, size>& words,
                              const Node& node, std::string_view what, NodeReader& reader)
{
  const auto word = reader.text(node, what);
  if (!word) return std::nullopt;
  std::vector<std::string> known;
  for (const auto& [name, kind] : words) {
    if (*word == name) return kind;
    known.emplace_back(name);
  }
  reader.report_unknown(node.place, fmt::format("'{}' is no {}", shown(*word), what), *word, known);
  return std::nullopt;
}

void read_kind(const Node& spec, FieldSpec& field, NodeReader& reader)
{
  static const std::vector<std::string> kKinds = {"state", "district", "subdistrict",
                                                  "block", "village",  "local_body"};
  const auto* of = spec.find("of");
  if (field.type == FieldType::code && of == nullptr)
    return reader.report(spec.place, fmt::format("code '{}' does not say of what", field.name),
                         "add of: " + join(kKinds, " | "));
  if (of == nullptr) return;
  if (field.type != FieldType::code)
    return reader.report(of->place, "'of' is for codes", "remove it, or make the type code");
  field.code_kind = reader.text(*of, "of").value_or("");
  if (std::find(kKinds.begin(), kKinds.end(), field.code_kind) == kKinds.end())
    reader.report_unknown(of->place, fmt::format("'{}' has no codes", shown(field.code_kind)),
                          field.code_kind, kKinds);
}

void read_choices(const Node& spec, FieldSpec& field, NodeReader& reader)
{
  const bool has_choices = field.type == FieldType::enumeration || field.type == FieldType::state;
  const auto* choices = spec.find("choices");
  const auto* terminal = spec.find("terminal");
  if (has_choices && choices == nullptr)
    reader.report(spec.place, fmt::format("'{}' has no choices", field.name), "add choices: [...]");
  if (!has_choices && choices != nullptr)
    reader.report(choices->place, "'choices' is for enumeration and state", "remove it");
  if (has_choices && choices != nullptr) field.choices = reader.texts(*choices, "choices");
  if (terminal == nullptr) return;
  if (field.type != FieldType::state)
    return reader.report(terminal->place, "'terminal' is for states", "remove it");
  field.terminal = reader.texts(*terminal, "terminal");
  for (const auto& end : field.terminal)
    if (std::find(field.choices.begin(), field.choices.end(), end) == field.choices.end())
      reader.report_unknown(terminal->place, fmt::format("'{}' is none of the choices", shown(end)),
                            end, field.choices);
}

void read_bounds(const Node& spec, FieldSpec& field, NodeReader& reader)
{
  constexpr std::int64_t kLongest = 1'000'000; // one value must fit into a page and a log
  if (const auto* length = spec.find("max_length")) {
    const auto number = reader.integer(*length, "max_length");
    if (field.type != FieldType::text)
      reader.report(length->place, "'max_length' is for text", "remove it");
    else if (number && (*number < 1 || *number > kLongest))
      reader.report(length->place, fmt::format("max_length {} is out of range", *number),
                    fmt::format("1 to {}", kLongest));
    else
      field.max_length = static_cast<std::size_t>(number.value_or(0));
  }
  if (const auto* key = spec.find("list_key")) {
    if (field.type == FieldType::list)
      field.list_key = reader.text(*key, "list_key").value_or("");
    else
      reader.report(key->place, "'list_key' is for lists", "remove it");
  }
}

void read_key_part(const Node& spec, FieldSpec& field, NodeReader& reader)
{
  const auto* part = spec.find("key_part");
  if (part == nullptr) return;
  field.key_optional = true;
  if (reader.text(*part, "key_part").value_or("optional") != "optional")
    reader.report(part->place, fmt::format("'{}' is no key_part", shown(part->scalar)),
                  "the only one is: optional");
}

} // namespace

std::string_view name_of(FieldType type)
{
  for (const auto& [name, kind] : kTypes)
    if (kind == type) return name;
  return "?";
}

std::string_view name_of(Privacy privacy)
{
  for (const auto& [name, kind] : kPrivacies)
    if (kind == privacy) return name;
  return "?";
}

std::string why_unfit(const FieldSpec& field, const Rule& rule)
{
  const auto type = field.type;
  if (rule.guards.ignore_ascii_repeat && type != FieldType::text)
    return "'ignore_ascii_repeat' is for names";
  switch (rule.kind) {
  case RuleKind::union_: return type == FieldType::list ? "" : "'union' is for lists";
  case RuleKind::state: return type == FieldType::state ? "" : "'state' is for states";
  case RuleKind::max:
  case RuleKind::min: {
    const bool ordered = type == FieldType::integer || type == FieldType::money ||
                         type == FieldType::decimal || type == FieldType::date ||
                         type == FieldType::timestamp || type == FieldType::financial_year;
    return ordered ? "" : fmt::format("'{}' is for numbers and times", to_text(rule));
  }
  default: return {};
  }
}

std::optional<FieldSpec> read_field(const Node::Entry& entry,
                                    const std::vector<std::string>& authority, NodeReader& reader,
                                    std::vector<Finding>& findings)
{
  const Node& spec = entry.value;
  const std::string what = fmt::format("field '{}'", shown(entry.key));
  if (!is_identifier(entry.key))
    reader.report(entry.place, fmt::format("'{}' is no field name", shown(entry.key)),
                  "lower case letters, digits and '_', a letter first");
  if (!reader.map_of(spec, what,
                     {"type", "of", "choices", "terminal", "list_key", "max_length", "privacy",
                      "authority", "rule", "required", "key_part", "help"}))
    return std::nullopt;
  FieldSpec field;
  field.name = entry.key;
  field.authority = authority;
  for (const std::string_view needed : {"type", "privacy"})
    if (spec.find(needed) == nullptr)
      reader.report(spec.place, fmt::format("{} has no {}", what, needed),
                    fmt::format("add {}: ...", needed));
  if (const auto* type = spec.find("type"))
    field.type = read_word(kTypes, *type, "type", reader).value_or(FieldType::text);
  if (const auto* privacy = spec.find("privacy"))
    field.privacy =
        read_word(kPrivacies, *privacy, "privacy class", reader).value_or(Privacy::official);
  if (const auto* help = spec.find("help")) field.help = reader.text(*help, "help").value_or("");
  if (const auto* roles = spec.find("authority")) field.authority = read_roles(*roles, reader);
  if (const auto* flag = spec.find("required"))
    field.required = reader.flag(*flag, "required").value_or(false);
  read_kind(spec, field, reader);
  read_choices(spec, field, reader);
  read_bounds(spec, field, reader);
  read_key_part(spec, field, reader);
  if (const auto* rule = spec.find("rule")) {
    field.rule = read_entity_rule(*rule, reader, findings);
    if (const auto why = field.rule ? why_unfit(field, *field.rule) : ""; !why.empty())
      reader.report(rule->place, fmt::format("{} of {}", why, what), "give it another rule");
  }
  return field;
}

} // namespace gramsetu::schema
