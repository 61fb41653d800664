// From a manifest's block to a program's configuration.
#include "connectors/exec/blanks.hpp"

#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace gramsetu::connectors::exec {

using schema::Node;
using schema::Value;

namespace {

bool is_blank(const std::string& name)
{
  constexpr std::array<std::string_view, 3> kGroups = {"options.", "slice.", "auth."};
  return name == "path" || name == "hub" ||
         std::any_of(kGroups.begin(), kGroups.end(),
                     [&](const auto group) { return name.starts_with(group); });
}

// The first blank from `from` on: where it begins, where it ends, and its name.
struct Blank {
  std::size_t begin, end;
  std::string name;
};

std::optional<Blank> next_blank(const std::string& text, std::size_t from)
{
  for (auto open = text.find('{', from); open != std::string::npos;
       open = text.find('{', open + 1)) {
    const auto close = text.find('}', open);
    if (close == std::string::npos) return std::nullopt;
    std::string name = text.substr(open + 1, close - open - 1);
    if (is_blank(name)) return Blank{open, close + 1, std::move(name)};
  }
  return std::nullopt;
}

void for_each_text(const Node& node, const std::function<void(const Node&)>& act)
{
  if (node.is_scalar()) act(node);
  for (const Node& item : node.items)
    for_each_text(item, act);
  for (const auto& entry : node.entries)
    for_each_text(entry.value, act);
}

void for_each_blank(const Node& node, const std::function<void(const Node&, const Blank&)>& act)
{
  for_each_text(node, [&](const Node& text) {
    for (auto blank = next_blank(text.scalar, 0); blank;
         blank = next_blank(text.scalar, blank->end))
      act(text, *blank);
  });
}

// What is not quoted is what it looks like.
Value plain(const std::string& text)
{
  if (text.empty() || text == "null" || text == "~") return Value(schema::Null{});
  if (const auto flag = schema::read_flag(text)) return Value(*flag);
  const bool number = text.front() == '-' || (text.front() >= '0' && text.front() <= '9');
  if (auto value = number ? schema::parse_json(text) : Result<Value>(Value())) {
    if (value->is_integer() || value->kind() == Value::Kind::number) return std::move(*value);
  }
  return Value(text);
}

bool is_typed(const Node& node, const Values& values)
{
  const auto blank = next_blank(node.scalar, 0);
  if (!blank) return !node.quoted;
  return blank->begin == 0 && blank->end == node.scalar.size() &&
         values.typed.contains(blank->name);
}

} // namespace

std::set<std::string> blanks_of(const Node& node)
{
  std::set<std::string> all;
  for_each_blank(node, [&](const Node&, const Blank& blank) { all.insert(blank.name); });
  return all;
}

void check_blanks(const Node& node, const std::set<std::string>& names, NodeReader& reader)
{
  for_each_blank(node, [&](const Node& text, const Blank& blank) {
    if (!names.contains(blank.name))
      reader.wrong(text.place, fmt::format("nothing is known of '{{{}}}' here", blank.name));
  });
}

Result<std::string> fill(const std::string& text, const Values& values)
{
  std::string filled;
  std::size_t at = 0;
  for (auto blank = next_blank(text, 0); blank; blank = next_blank(text, at)) {
    const auto found = values.texts.find(blank->name);
    if (found == values.texts.end())
      return fail(ErrorKind::invalid,
                  fmt::format("the endpoint has nothing for '{{{}}}'", blank->name));
    filled.append(text, at, blank->begin - at).append(found->second);
    at = blank->end;
  }
  return filled.append(text, at);
}

Result<Value> to_value(const Node& node, const Values& values)
{
  if (node.is_null()) return Value(schema::Null{});
  if (node.is_scalar()) {
    TRY(std::string text, fill(node.scalar, values));
    return is_typed(node, values) ? plain(text) : Value(std::move(text));
  }
  if (node.is_list()) {
    schema::List list;
    for (const Node& item : node.items) {
      TRY(Value value, to_value(item, values));
      list.push_back(std::move(value));
    }
    return Value(std::move(list));
  }
  schema::Object object;
  for (const auto& entry : node.entries) {
    TRY(Value value, to_value(entry.value, values));
    object.append(entry.key, std::move(value));
  }
  return Value(std::move(object));
}

} // namespace gramsetu::connectors::exec
