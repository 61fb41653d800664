// Hashes against accidents, not against people: who wants two texts with one hash can make them.
//
// XXH3 of xxHash 0.8, whose values are fixed for good; some twenty times as fast as SHA-256 where the processor
// has no instructions for that. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gramsetu {

std::uint64_t quick_hash(std::string_view bytes);

// 128 bits, the most significant byte first.
std::array<unsigned char, 16> wide_quick_hash(std::string_view bytes);

} // namespace gramsetu
