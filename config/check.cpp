// Walking the tree along the tables.
#include "config/check.hpp"

#include "config/check_scalar.hpp"
#include "config/values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gramsetu::config {

using schema::Node;

namespace {

class Walk {
public:
  Walk(References& references, std::vector<schema::Finding>& findings)
      : references_(references), findings_(findings)
  {
  }

  void block(Node& node, const Table& table, const std::string& path)
  {
    if (!node.is_map() && !node.is_null()) {
      wrong(node.place, fmt::format("{} is no block of options", path),
            fmt::format("one of {}", fmt::join(names_of(table), ", ")));
      return;
    }
    for (auto& entry : node.entries) {
      if (const Option* option = table.find(entry.key))
        value(entry.value, *option, path.empty() ? entry.key : path + "." + entry.key);
      else if (!key_is_reference(entry))
        unknown(entry, table, path);
    }
    missing(node, table, path);
  }

private:
  static std::vector<std::string> names_of(const Table& table)
  {
    std::vector<std::string> names;
    for (const auto& option : table.options)
      names.emplace_back(option.name);
    return names;
  }

  void wrong(const schema::Place& place, std::string what, std::string right)
  {
    findings_.push_back({place, std::move(what), std::move(right)});
  }

  bool key_is_reference(const Node::Entry& entry)
  {
    if (!References::in(entry.key)) return false;
    wrong(entry.place, "a reference stands as a key",
          "references are for values, write the name here");
    return true;
  }

  void unknown(const Node::Entry& entry, const Table& table, const std::string& path)
  {
    if (table.options.empty()) {
      wrong(entry.place, fmt::format("unknown key '{}' in {}", entry.key, path),
            "it has no options");
      return;
    }
    wrong(entry.place,
          path.empty() ? fmt::format("unknown key '{}'", entry.key)
                       : fmt::format("unknown key '{}' in {}", entry.key, path),
          suggest(entry.key, names_of(table)));
  }

  void missing(const Node& node, const Table& table, const std::string& path)
  {
    std::vector<std::string_view> written;
    for (const auto& option : table.options) {
      if (node.find(option.name))
        written.push_back(option.name);
      else if (option.required)
        wrong(node.place,
              path.empty() ? fmt::format("'{}' is missing", option.name)
                           : fmt::format("'{}' is missing in {}", option.name, path),
              sample(option));
    }
    if (!table.one_of || written.size() == 1) return;
    if (written.empty())
      wrong(node.place, fmt::format("{} says nothing", path),
            fmt::format("one of {}", fmt::join(names_of(table), ", ")));
    else
      wrong(node.place, fmt::format("{} has {}", path, fmt::join(written, " and ")),
            "keep one of them");
  }

  static std::string sample(const Option& option)
  {
    if (!option.choices.empty())
      return fmt::format("{}: {}", option.name, fmt::join(option.choices, " | "));
    if (!option.example.empty()) return fmt::format("{}: {}", option.name, option.example);
    if (!option.members) return fmt::format("{}: {}", option.name, describe(option.kind));
    for (const auto& member : option.members->options)
      if (member.required)
        return fmt::format("{}: {{ {}: {} }}", option.name, member.name, member.example);
    return fmt::format("{}: {{ ... }}", option.name);
  }

  void value(Node& node, const Option& option, const std::string& path)
  {
    switch (option.kind) {
    case Kind::block:
      if (!option.word.empty() && node.is_scalar() && node.scalar == option.word) return;
      block(node, *option.members, path);
      return;
    case Kind::blocks: named(node, option, 0, path); return;
    case Kind::limit:
      if (!node.is_map()) return check_scalar(node, option, path, references_, findings_);
      if (node.entries.empty())
        wrong(node.place, fmt::format("{} says nothing", path), std::string(describe(option.kind)));
      block(node, limit_options(), path);
      return;
    case Kind::rules:
    case Kind::options:
      if (!node.is_map() && !node.is_null())
        wrong(node.place, fmt::format("{} is no map", path), std::string(describe(option.kind)));
      return;
    case Kind::rule:
    case Kind::connector: return; // whoever binds them reads them
    default: check_scalar(node, option, path, references_, findings_);
    }
  }

  // `endpoints: { <name>: {...} }`, `flows: { <entity>: { <endpoint>: {...} } }`.
  void named(Node& node, const Option& option, std::size_t level, const std::string& path)
  {
    if (level == option.names.size()) return block(node, *option.members, path);
    if (!node.is_map() && !node.is_null()) {
      wrong(node.place, fmt::format("{} is no map", path),
            fmt::format("{}: {{ <{}>: ... }}", option.name, option.names[level]));
      return;
    }
    for (auto& entry : node.entries) {
      if (key_is_reference(entry)) continue;
      if (!is_name(entry.key) || is_ambiguous(entry.key))
        wrong(entry.place,
              fmt::format("'{}' cannot be the name of an {}", entry.key, option.names[level]),
              "letters, digits, '-', '_' and '.', no number and no word such as yes or null");
      named(entry.value, option, level + 1, path + "." + entry.key);
    }
  }

  References& references_;
  std::vector<schema::Finding>& findings_;
};

} // namespace

void check_block(Node& node, const Table& table, const std::string& path, References& references,
                 std::vector<schema::Finding>& findings)
{
  Walk(references, findings).block(node, table, path);
}

std::string suggest(std::string_view word, const std::vector<std::string>& words)
{
  const std::string near = schema::nearest(word, words);
  if (!near.empty()) return fmt::format("did you mean '{}'?", near);
  if (words.empty()) return "there is none";
  return fmt::format("one of {}", fmt::join(words, ", "));
}

} // namespace gramsetu::config
