// Reading the blocks of a manifest: each problem becomes a finding, and reading goes on.
#pragma once

#include "schema/document.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors {

// Collects findings while a tree is read. Every reader returns something usable after a problem, so that
// the later problems are found in the same go. Transports use it for their own blocks.
class NodeReader {
public:
  explicit NodeReader(std::vector<schema::Finding>& findings) : findings_(findings) {}

  void wrong(const schema::Place& place, std::string what, std::string right = "");

  // A finding for each key of `map` that is not among `known`. `what` names the block: "stream 'a'".
  void only(const schema::Node& map, const std::vector<std::string>& known,
            const std::string& what);

  // The scalar under `key`, or `otherwise` when the key is missing or holds no scalar (a finding).
  std::string text(const schema::Node& map, std::string_view key, std::string otherwise = "");
  // One of `choices`; the first of them when the key is missing or the word is another.
  std::string choice(const schema::Node& map, std::string_view key,
                     const std::vector<std::string>& choices);
  std::optional<std::int64_t> integer(const schema::Node& map, std::string_view key,
                                      std::int64_t lowest);
  std::optional<bool> flag(const schema::Node& map, std::string_view key);
  std::optional<std::chrono::milliseconds> duration(const schema::Node& map, std::string_view key);
  // A list of scalars; one scalar counts as a list of one.
  std::vector<std::string> texts(const schema::Node& map, std::string_view key);
  std::vector<std::string> texts_of(const schema::Node& value, std::string_view what);
  // The block under `key` when it is a map; null when it is missing or no map (a finding).
  const schema::Node* block(const schema::Node& map, std::string_view key);

private:
  std::vector<schema::Finding>& findings_;
};

} // namespace gramsetu::connectors
