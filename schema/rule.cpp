// Reading merge rules and writing them for people.
#include "schema/rule.hpp"

#include "schema/node_reader.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gramsetu::schema {

namespace {

constexpr std::array<std::pair<std::string_view, RuleKind>, 6> kPlain = {
    {{"newest", RuleKind::newest},
     {"manual", RuleKind::manual},
     {"union", RuleKind::union_},
     {"max", RuleKind::max},
     {"min", RuleKind::min},
     {"state", RuleKind::state}}};

constexpr std::array<std::pair<std::string_view, bool Guards::*>, 3> kGuards = {
    {{"ignore_blank", &Guards::ignore_blank},
     {"ignore_ascii_repeat", &Guards::ignore_ascii_repeat},
     {"append_only", &Guards::append_only}}};

constexpr std::string_view kForms = "newest, { newest: FIELD }, manual, union, max, min, state, { "
                                    "owner: X } or { prefer: [X, Y] }; "
                                    "in a list with guards before it";

std::vector<std::string> plain_names()
{
  std::vector<std::string> names;
  for (const auto& [name, kind] : kPlain)
    names.emplace_back(name);
  for (const auto& [name, guard] : kGuards)
    names.emplace_back(name);
  return names;
}

bool read_guard(const Node& node, Guards& guards)
{
  for (const auto& [name, guard] : kGuards) {
    if (!node.is_scalar() || node.scalar != name) continue;
    guards.*guard = true;
    return true;
  }
  return false;
}

std::optional<Rule> read_plain(const Node& node, NodeReader& reader)
{
  for (const auto& [name, kind] : kPlain)
    if (node.scalar == name) return Rule{kind};
  const std::string near = nearest(node.scalar, plain_names());
  reader.report(node.place, fmt::format("'{}' is no merge rule", shown(node.scalar)),
                near.empty() ? std::string(kForms) : fmt::format("did you mean '{}'?", near));
  return std::nullopt;
}

std::optional<Rule> read_sided(const Node::Entry& entry, NodeReader& reader)
{
  if (entry.key == "owner") {
    const auto side = reader.text(entry.value, "owner");
    if (!side) return std::nullopt;
    return Rule{RuleKind::owner, {*side}};
  }
  if (entry.key == "prefer") {
    Rule rule{RuleKind::prefer, reader.texts(entry.value, "prefer")};
    if (!reader.clean()) return std::nullopt;
    return rule;
  }
  if (entry.key == "newest") {
    const auto field = reader.text(entry.value, "newest");
    if (!field) return std::nullopt;
    return Rule{RuleKind::newest, {}, {}, *field};
  }
  reader.report_unknown(entry.place, fmt::format("'{}' is no merge rule", shown(entry.key)),
                        entry.key, {"owner", "prefer", "newest"});
  return std::nullopt;
}

std::optional<Rule> read_guarded(const Node& list, NodeReader& reader,
                                 std::vector<Finding>& findings)
{
  Guards guards;
  std::optional<Rule> rule;
  for (const Node& item : list.items) {
    if (read_guard(item, guards)) continue;
    if (rule || item.is_list()) {
      reader.report(item.place, "a list holds guards and one merge rule", std::string(kForms));
      return std::nullopt;
    }
    rule = read_rule(item, findings);
    if (!rule) return std::nullopt;
  }
  if (list.items.empty())
    reader.report(list.place, "the list of guards is empty", std::string(kForms));
  if (!rule) rule.emplace();
  rule->guards = guards;
  return rule;
}

std::string rule_text(const Rule& rule)
{
  if (rule.kind == RuleKind::owner) return "owner " + join(rule.sides);
  if (rule.kind == RuleKind::prefer) return "prefer " + join(rule.sides);
  if (!rule.by.empty()) return "newest by " + rule.by;
  for (const auto& [name, kind] : kPlain)
    if (kind == rule.kind) return std::string(name);
  return "manual";
}

} // namespace

std::optional<Rule> read_rule(const Node& node, std::vector<Finding>& findings)
{
  NodeReader reader(findings);
  if (node.is_list()) return read_guarded(node, reader, findings);
  Rule guarded;
  if (read_guard(node, guarded.guards)) return guarded;
  if (node.is_scalar()) return read_plain(node, reader);
  if (node.is_map() && node.entries.size() == 1) return read_sided(node.entries.front(), reader);
  reader.report(node.place, "this is no merge rule", std::string(kForms));
  return std::nullopt;
}

std::string to_text(const Rule& rule)
{
  std::string text = rule_text(rule);
  std::string_view between = "; ";
  for (const auto& [name, guard] : kGuards) {
    if (!(rule.guards.*guard)) continue;
    text.append(between).append(name);
    between = ", ";
  }
  return text;
}

} // namespace gramsetu::schema
