// Counts and sums over records, by ranges of keys. Pure: what both sides of a comparison come to.
#pragma once

#include "base/digest.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::engine {

// How many records, and the sum of their entries. The order in which they come is of no consequence.
struct Sum {
  std::size_t count = 0;
  Digest sum{};
  bool operator==(const Sum&) const = default;
};

// The keys whose digest begins with `name` in hex; all keys for an empty name.
struct Range {
  std::string name;
  Sum hub, endpoint;
  std::size_t left_out = 0; // records with an open conflict or in quarantine: in neither sum
};

// What a record adds to a sum: SHA-256 over its key and the 32 bytes of its digest.
Digest entry_of(std::string_view key, const Digest& digest);

// The sums of two sides while they are read, in any order, in fixed memory. Each record is added once.
class Ranges {
public:
  Ranges();
  void add_hub(std::string_view key, const Digest& digest);
  void add_endpoint(std::string_view key, const Digest& digest);
  void leave_out(std::string_view key);

  bool agree() const; // both sides are alike in every range
  Range whole() const;
  // Ranges that hold something, by name: one up to 256 records, 16 up to 4,096, 256 beyond.
  std::vector<Range> list() const;

private:
  std::array<Range, 256> ranges_; // by the first byte of the key's digest
};

} // namespace gramsetu::engine
