// Readers of document nodes.
#include "schema/node_reader.hpp"

#include "schema/scalar.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::schema {

std::string join(const std::vector<std::string>& words, std::string_view between)
{
  return fmt::format("{}", fmt::join(words, between));
}

void NodeReader::report(const Place& place, std::string wrong, std::string right)
{
  findings_.push_back(Finding{place, std::move(wrong), std::move(right)});
}

void NodeReader::report_unknown(const Place& place, std::string wrong, std::string_view word,
                                const std::vector<std::string>& known)
{
  const std::string near = nearest(word, known);
  report(place, std::move(wrong),
         near.empty() ? "one of: " + join(known) : fmt::format("did you mean '{}'?", near));
}

bool NodeReader::map_of(const Node& node, std::string_view what,
                        const std::vector<std::string>& known)
{
  if (!node.is_map()) {
    report(node.place, fmt::format("{} is no map", what), "write it as { key: value }");
    return false;
  }
  for (const auto& entry : node.entries)
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      report_unknown(entry.place, fmt::format("unknown key '{}' in {}", shown(entry.key), what),
                     entry.key, known);
  return true;
}

std::optional<std::string> NodeReader::text(const Node& node, std::string_view what)
{
  if (node.is_scalar() && !node.scalar.empty()) return node.scalar;
  report(node.place, fmt::format("{} is no text", what), "write one word or a quoted text");
  return std::nullopt;
}

std::optional<bool> NodeReader::flag(const Node& node, std::string_view what)
{
  if (node.is_scalar() && !node.quoted)
    if (const auto flag = read_flag(node.scalar)) return flag;
  report(node.place, fmt::format("{} is neither true nor false", what), "write true or false");
  return std::nullopt;
}

std::optional<std::int64_t> NodeReader::integer(const Node& node, std::string_view what)
{
  if (node.is_scalar() && !node.quoted)
    if (const auto number = read_integer(node.scalar)) return number;
  report(node.place, fmt::format("{} is no whole number", what), "write digits only");
  return std::nullopt;
}

std::vector<std::string> NodeReader::texts(const Node& node, std::string_view what)
{
  std::vector<std::string> words;
  const auto take = [&](const Node& item) {
    const auto word = text(item, what);
    if (!word) return;
    if (std::find(words.begin(), words.end(), *word) != words.end())
      report(item.place, fmt::format("'{}' stands twice in {}", shown(*word), what),
             "name it once");
    else
      words.push_back(*word);
  };
  if (!node.is_list()) {
    take(node);
    return words;
  }
  if (node.items.empty()) report(node.place, fmt::format("{} is empty", what), "name at least one");
  for (const auto& item : node.items)
    take(item);
  return words;
}

} // namespace gramsetu::schema
