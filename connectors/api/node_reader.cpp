// Reading the blocks of a manifest.
#include "connectors/api/node_reader.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::connectors {

using schema::Node;

namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& words)
{
  const std::string near = schema::nearest(word, words);
  if (!near.empty()) return fmt::format("did you mean '{}'?", near);
  return fmt::format("one of {}", fmt::join(words, ", "));
}

} // namespace

void NodeReader::wrong(const schema::Place& place, std::string what, std::string right)
{
  findings_.push_back({place, std::move(what), std::move(right)});
}

void NodeReader::only(const Node& map, const std::vector<std::string>& known,
                      const std::string& what)
{
  for (const auto& entry : map.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    wrong(entry.place, fmt::format("unknown key '{}' in {}", entry.key, what),
          did_you_mean(entry.key, known));
  }
}

std::string NodeReader::text(const Node& map, std::string_view key, std::string otherwise)
{
  const Node* node = map.find(key);
  if (!node) return otherwise;
  if (node->is_scalar()) return node->scalar;
  wrong(node->place, fmt::format("'{}' must be a text", key));
  return otherwise;
}

std::string NodeReader::choice(const Node& map, std::string_view key,
                               const std::vector<std::string>& choices)
{
  const std::string word = text(map, key, choices.front());
  if (std::find(choices.begin(), choices.end(), word) != choices.end()) return word;
  wrong(map.find(key)->place, fmt::format("'{}' is no value for '{}'", word, key),
        did_you_mean(word, choices));
  return choices.front();
}

std::optional<std::int64_t> NodeReader::integer(const Node& map, std::string_view key,
                                                std::int64_t lowest)
{
  const Node* node = map.find(key);
  if (!node) return std::nullopt;
  const auto number = node->is_scalar() ? schema::read_integer(node->scalar) : std::nullopt;
  if (number && *number >= lowest) return number;
  wrong(node->place, fmt::format("'{}' must be a whole number", key),
        fmt::format("{} or more", lowest));
  return std::nullopt;
}

std::optional<bool> NodeReader::flag(const Node& map, std::string_view key)
{
  const Node* node = map.find(key);
  if (!node) return std::nullopt;
  const auto value = node->is_scalar() ? schema::read_flag(node->scalar) : std::nullopt;
  if (!value) wrong(node->place, fmt::format("'{}' must be true or false", key));
  return value;
}

std::optional<std::chrono::milliseconds> NodeReader::duration(const Node& map, std::string_view key)
{
  const Node* node = map.find(key);
  if (!node) return std::nullopt;
  const auto value = node->is_scalar() ? schema::read_duration(node->scalar) : std::nullopt;
  if (!value)
    wrong(node->place, fmt::format("'{}' must be a length of time", key), "10m, 24h or 7d");
  return value;
}

std::vector<std::string> NodeReader::texts(const Node& map, std::string_view key)
{
  const Node* node = map.find(key);
  return node ? texts_of(*node, key) : std::vector<std::string>();
}

std::vector<std::string> NodeReader::texts_of(const Node& value, std::string_view what)
{
  if (value.is_scalar()) return {value.scalar};
  std::vector<std::string> all;
  for (const Node& item : value.items) {
    if (item.is_scalar())
      all.push_back(item.scalar);
    else
      wrong(item.place, fmt::format("'{}' must list texts", what));
  }
  if (!value.is_list()) wrong(value.place, fmt::format("'{}' must be a text or a list", what));
  return all;
}

const Node* NodeReader::block(const Node& map, std::string_view key)
{
  const Node* node = map.find(key);
  if (!node || node->is_map()) return node;
  wrong(node->place, fmt::format("'{}' must be a block of keys", key));
  return nullptr;
}

} // namespace gramsetu::connectors
