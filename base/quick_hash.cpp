// The one place that includes xxHash.
#include "base/quick_hash.hpp"

#include <xxhash.h>

#include <algorithm>
#include <iterator>

namespace gramsetu {

std::uint64_t quick_hash(std::string_view bytes)
{
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::array<unsigned char, 16> wide_quick_hash(std::string_view bytes)
{
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::array<unsigned char, 16> hash{};
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), hash.begin());
  return hash;
}

} // namespace gramsetu
