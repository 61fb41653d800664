// Values that other programs compute as well: they are in stores.
#include "base/quick_hash.hpp"

#include "base/digest.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace gramsetu;

TEST_CASE("quick hashes have the values that xxHash publishes")
{
  // xxhsum -H3 and -H2 of the empty file, and of "a".
  CHECK(quick_hash("") == 0x2d06800538d394c2);
  CHECK(quick_hash("a") == 0xe6c632b61e964e1f);
  const auto wide = wide_quick_hash("");
  const unsigned char expected[] = {0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8,
                                    0x60, 0x01, 0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f};
  CHECK(std::equal(wide.begin(), wide.end(), std::begin(expected)));
}

TEST_CASE("a changed byte anywhere changes the hash")
{
  std::string text(700, 'x');
  std::set<std::uint64_t> seen{quick_hash(text)};
  for (auto& byte : text) {
    byte = 'y';
    CHECK(seen.insert(quick_hash(text)).second);
    byte = 'x';
  }
}
