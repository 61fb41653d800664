// Readers of document nodes that report what is wrong, shared by what is declared in YAML.
#pragma once

#include "schema/document.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::schema {

// Appends findings. Each reader returns nothing after it has reported, so that callers go on and
// everything is reported in one go.
class NodeReader {
public:
  explicit NodeReader(std::vector<Finding>& findings) : findings_(findings) {}

  void report(const Place& place, std::string wrong, std::string right = {});
  // "did you mean 'x'?", else "one of: a, b, c".
  void report_unknown(const Place& place, std::string wrong, std::string_view word,
                      const std::vector<std::string>& known);
  // True when `node` is a map; its keys that are not in `known` are reported.
  bool map_of(const Node& node, std::string_view what, const std::vector<std::string>& known);

  std::optional<std::string> text(const Node& node, std::string_view what);
  std::optional<bool> flag(const Node& node, std::string_view what);
  std::optional<std::int64_t> integer(const Node& node, std::string_view what);
  // A list of texts, or one text for a list of one; without duplicates.
  std::vector<std::string> texts(const Node& node, std::string_view what);

  bool clean() const { return findings_.size() == before_; } // nothing reported so far

private:
  std::vector<Finding>& findings_;
  std::size_t before_ = findings_.size();
};

// "a, b, c".
std::string join(const std::vector<std::string>& words, std::string_view between = ", ");

} // namespace gramsetu::schema
