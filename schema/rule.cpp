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
     {"forward", RuleKind::forward}}};

constexpr std::string_view kForms =
    "newest, manual, union, max, min, forward, { owner: X } or { prefer: [X, Y] }";

std::vector<std::string> plain_names()
{
  std::vector<std::string> names;
  for (const auto& [name, kind] : kPlain)
    names.emplace_back(name);
  return names;
}

std::optional<Rule> read_plain(const Node& node, NodeReader& reader)
{
  for (const auto& [name, kind] : kPlain)
    if (node.scalar == name) return Rule{kind, {}};
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
  reader.report_unknown(entry.place, fmt::format("'{}' is no merge rule", shown(entry.key)),
                        entry.key, {"owner", "prefer"});
  return std::nullopt;
}

} // namespace

std::optional<Rule> read_rule(const Node& node, std::vector<Finding>& findings)
{
  NodeReader reader(findings);
  if (node.is_scalar()) return read_plain(node, reader);
  if (node.is_map() && node.entries.size() == 1) return read_sided(node.entries.front(), reader);
  reader.report(node.place, "this is no merge rule", std::string(kForms));
  return std::nullopt;
}

std::string to_text(const Rule& rule)
{
  switch (rule.kind) {
  case RuleKind::owner: return "owner " + join(rule.sides);
  case RuleKind::prefer: return "prefer " + join(rule.sides);
  default: break;
  }
  for (const auto& [name, kind] : kPlain)
    if (kind == rule.kind) return std::string(name);
  return "manual";
}

} // namespace gramsetu::schema
