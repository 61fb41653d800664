// Reads shapes as the YAML that they are, and walks them beside a value.
#include "daemon/api/shape.hpp"

#include "base/check.hpp"
#include "daemon/api/named_shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace gramsetu::api {

namespace {

using schema::Node;
using schema::Object;
using schema::Value;

constexpr std::string_view kOthers = "*"; // the member that stands for all that have no name

struct Kind {
  std::string_view name, json_type, format, is_called;
  bool (*takes)(const Value&);
};

constexpr std::array<Kind, 6> kKinds = {{
    {"text", "string", "", "a text", [](const Value& v) { return v.is_text(); }},
    {"time", "string", "date-time", "a time", [](const Value& v) { return v.is_text(); }},
    {"integer", "integer", "int64", "a whole number",
     [](const Value& v) { return v.is_integer(); }},
    {"flag", "boolean", "", "true or false",
     [](const Value& v) { return v.kind() == Value::Kind::boolean; }},
    {"object", "object", "", "an object", [](const Value& v) { return v.is_object(); }},
    {"any", "", "", "anything", [](const Value&) { return true; }},
}};

const Kind* kind_named(std::string_view name)
{
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const Kind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : found;
}

// "time~" is a time or null; a member that says nothing is a text.
struct Word {
  std::string_view name;
  bool nullable = false;
};

Word word_of(const Node& node)
{
  if (node.is_null()) return {"text"};
  std::string_view name = node.scalar;
  if (!name.ends_with('~')) return {name};
  name.remove_suffix(1);
  return {name, true};
}

std::vector<std::string_view> choices_of(std::string_view name)
{
  std::vector<std::string_view> choices;
  while (true) {
    const auto bar = name.find('|');
    choices.push_back(name.substr(0, bar));
    if (bar == name.npos) return choices;
    name.remove_prefix(bar + 1);
  }
}

// "age~" may be missing.
struct Field {
  std::string_view name;
  bool optional = false;
};

Field field_of(const Node::Entry& entry)
{
  std::string_view name = entry.key;
  if (!name.ends_with('~')) return {name, name == kOthers};
  name.remove_suffix(1);
  return {name, true};
}

Node parse(std::string_view text)
{
  std::vector<schema::Finding> findings;
  auto node = schema::parse_document(text, "shape", findings);
  check(findings.empty(), findings.empty() ? std::string_view() : findings.front().wrong);
  return node;
}

const std::map<std::string, Node, std::less<>>& named_shapes()
{
  static const auto shapes = [] {
    std::map<std::string, Node, std::less<>> all;
    auto file = parse(kNamedShapes);
    for (auto& entry : file.entries)
      all.emplace(entry.key, std::move(entry.value));
    return all;
  }();
  return shapes;
}

const Node& shape_named(std::string_view name)
{
  const auto found = named_shapes().find(name);
  check(found != named_shapes().end(), fmt::format("there is a shape '{}'", name));
  return found->second;
}

// Everything that a shape names is there: found out at the start, not by a request.
void check_words(const Node& node)
{
  if (node.is_map()) {
    for (const auto& entry : node.entries)
      check_words(entry.value);
  } else if (node.is_list()) {
    check(node.items.size() == 1, "the shape of a list has one shape in it");
    check_words(node.items.front());
  } else if (const auto word = word_of(node); word.name.find('|') == word.name.npos) {
    if (!kind_named(word.name)) shape_named(word.name);
  }
}

Result<void> wrong(const std::string& where, std::string_view right)
{
  return fail(ErrorKind::invalid,
              fmt::format("{} is {}", where.empty() ? "the body" : "'" + where + "'", right));
}

Result<void> fits(const Node& shape, const Value& value, const std::string& where);

Result<void> fits_map(const Node& shape, const Value& value, const std::string& where)
{
  if (!value.is_object()) return wrong(where, "an object");
  const auto place = [&](std::string_view name) {
    return where.empty() ? std::string(name) : fmt::format("{}.{}", where, name);
  };
  std::vector<std::string> names;
  const Node* others = nullptr;
  for (const auto& entry : shape.entries) {
    const auto [name, optional] = field_of(entry);
    if (name == kOthers) {
      others = &entry.value;
      continue;
    }
    names.emplace_back(name);
    if (const auto* member = value.object().find(name))
      TRY_VOID(fits(entry.value, *member, place(name)));
    else if (!optional)
      return fail(ErrorKind::invalid, fmt::format("'{}' is missing", place(name)));
  }
  for (const auto& member : value.object().members()) {
    if (std::find(names.begin(), names.end(), member.name) != names.end()) continue;
    if (!others)
      return fail(ErrorKind::invalid,
                  fmt::format("unknown member '{}'; there {}: {}", place(member.name),
                              names.size() == 1 ? "is" : "are", fmt::join(names, ", ")));
    TRY_VOID(fits(*others, member.value, place(member.name)));
  }
  return {};
}

Result<void> fits_word(const Node& shape, const Value& value, const std::string& where)
{
  const auto word = word_of(shape);
  if (word.nullable && value.is_null()) return {};
  if (word.name.find('|') != word.name.npos) {
    const auto choices = choices_of(word.name);
    const bool known =
        value.is_text() && std::find(choices.begin(), choices.end(), value.text()) != choices.end();
    return known ? Result<void>{} : wrong(where, fmt::format("{}", fmt::join(choices, " or ")));
  }
  const auto* kind = kind_named(word.name);
  if (!kind) return fits(shape_named(word.name), value, where);
  return kind->takes(value) ? Result<void>{} : wrong(where, kind->is_called);
}

Result<void> fits(const Node& shape, const Value& value, const std::string& where)
{
  if (shape.is_map()) return fits_map(shape, value, where);
  if (!shape.is_list()) return fits_word(shape, value, where);
  if (!value.is_list()) return wrong(where, "a list");
  std::size_t index = 0;
  for (const auto& item : value.list())
    TRY_VOID(fits(shape.items.front(), item, fmt::format("{}[{}]", where, index++)));
  return {};
}

Value schema_of(const Node& shape);

Value schema_of_map(const Node& shape)
{
  Object json, properties;
  schema::List required;
  Value others(false);
  for (const auto& entry : shape.entries) {
    const auto [name, optional] = field_of(entry);
    if (name == kOthers) {
      others = schema_of(entry.value);
      continue;
    }
    properties.append(std::string(name), schema_of(entry.value));
    if (!optional) required.emplace_back(name);
  }
  json.append("type", "object");
  json.append("properties", std::move(properties));
  if (!required.empty()) json.append("required", std::move(required));
  json.append("additionalProperties", std::move(others));
  return json;
}

Value schema_of_choices(std::string_view name, bool nullable)
{
  Object json;
  schema::List words;
  for (const auto choice : choices_of(name))
    words.emplace_back(choice);
  if (nullable) words.emplace_back(schema::Null{});
  json.append("enum", std::move(words));
  return json;
}

Value schema_of_name(std::string_view name, bool nullable)
{
  Object reference;
  reference.append("$ref", fmt::format("#/components/schemas/{}", name));
  if (!nullable) return reference;
  Object null, json;
  null.append("type", "null");
  json.append("anyOf", schema::List{std::move(reference), std::move(null)});
  return json;
}

Value schema_of(const Node& shape)
{
  if (shape.is_map()) return schema_of_map(shape);
  Object json;
  if (shape.is_list()) {
    json.append("type", "array");
    json.append("items", schema_of(shape.items.front()));
    return json;
  }
  const auto [name, nullable] = word_of(shape);
  if (name.find('|') != name.npos) return schema_of_choices(name, nullable);
  const auto* kind = kind_named(name);
  if (!kind) return schema_of_name(name, nullable);
  if (kind->json_type.empty()) return json;
  json.append("type", nullable ? Value(schema::List{kind->json_type, "null"}) : kind->json_type);
  if (!kind->format.empty()) json.append("format", kind->format);
  return json;
}

void add_mentions(const Node& shape, std::set<std::string>& names)
{
  for (const auto& entry : shape.entries)
    add_mentions(entry.value, names);
  for (const auto& item : shape.items)
    add_mentions(item, names);
  if (shape.is_map() || shape.is_list()) return;
  const auto name = word_of(shape).name;
  if (name.find('|') == name.npos && !kind_named(name)) names.emplace(name);
}

} // namespace

Shape Shape::of(std::string_view text)
{
  auto node = parse(text);
  check_words(node);
  return Shape(std::move(node));
}

Shape Shape::named(std::string_view name)
{
  check_words(shape_named(name));
  return Shape(shape_named(name));
}

std::vector<std::string> Shape::names()
{
  std::vector<std::string> all;
  for (const auto& [name, node] : named_shapes())
    all.push_back(name);
  return all;
}

Result<void> Shape::fits(const schema::Value& value) const
{
  return api::fits(node_, value, "");
}

schema::Value Shape::json_schema() const
{
  return schema_of(node_);
}

std::set<std::string> Shape::mentions() const
{
  std::set<std::string> names;
  add_mentions(node_, names);
  return names;
}

} // namespace gramsetu::api
