// All places of a document that a mapping reads, found in one walk.
#pragma once

#include "schema/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::schema {

// Pointers put together by their common beginnings. Built once, then safe to walk from any thread.
class SourceTree {
public:
  // The number under which `walk` leaves what stands at `pointer`. The same pointer has one number.
  std::size_t add(std::string_view pointer);

  // What stands at each number, or null. The pointers of scalars and lists that nothing reads go to
  // `unread`, each with `prefix` before it.
  std::vector<const Value*> walk(const Value& root, const std::string& prefix,
                                 std::vector<std::string>& unread) const;

private:
  struct Node {
    std::string name;
    std::optional<std::size_t> number;
    std::vector<Node> children;
  };
  struct Walk;
  Node root_;
  std::size_t numbers_ = 0;
};

// A member's name as it stands in a JSON Pointer.
std::string escape_token(std::string_view name);

} // namespace gramsetu::schema
