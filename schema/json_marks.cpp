// One bit a byte: comparing sixteen bytes at once is what every x86-64 can do.
#include "schema/json_marks.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace gramsetu::schema {

namespace {

using Bits = std::uint64_t;

constexpr std::size_t kBlock = 64;

// Where what stands, in strings and outside.
struct Found {
  Bits quotes = 0, backslashes = 0, brackets = 0, separators = 0;
};

#ifdef __SSE2__

Bits bits_of(__m128i equal)
{
  return static_cast<unsigned>(_mm_movemask_epi8(equal));
}

Found find(const char* block)
{
  constexpr int kCaseBit = 0x20; // makes { of [ and } of ]
  Found found;
  for (std::size_t at = 0; at < kBlock; at += sizeof(__m128i)) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + at));
    const auto is = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    const auto curly = _mm_or_si128(bytes, _mm_set1_epi8(kCaseBit));
    const auto closes = [&](char c) { return _mm_cmpeq_epi8(curly, _mm_set1_epi8(c)); };
    found.quotes |= bits_of(is('"')) << at;
    found.backslashes |= bits_of(is('\\')) << at;
    found.brackets |= bits_of(_mm_or_si128(closes('{'), closes('}'))) << at;
    found.separators |= bits_of(_mm_or_si128(is(':'), is(','))) << at;
  }
  return found;
}

#else

Found find(const char* block)
{
  Found found;
  for (std::size_t at = 0; at < kBlock; ++at) {
    const char c = block[at];
    const Bits bit = Bits{1} << at;
    if (c == '"') found.quotes |= bit;
    if (c == '\\') found.backslashes |= bit;
    if (c == '{' || c == '}' || c == '[' || c == ']') found.brackets |= bit;
    if (c == ':' || c == ',') found.separators |= bit;
  }
  return found;
}

#endif

Found find_in_rest(std::string_view rest)
{
  std::array<char, kBlock> block{};
  std::memcpy(block.data(), rest.data(), rest.size());
  return find(block.data());
}

// The bytes that a backslash stands before which is not escaped itself. `carry`: is the first one, and is the one
// behind the block.
Bits escaped_by(Bits backslashes, Bits& carry)
{
  Bits escaped = carry;
  carry = 0;
  for (Bits left = backslashes & ~escaped; left != 0;) {
    const Bits first = left & -left;
    carry = first << 1 == 0 ? 1 : 0;
    escaped |= first << 1;
    left &= ~(first | first << 1);
  }
  return escaped;
}

// From each bit to the next one, the first of the two among them.
Bits between(Bits bits)
{
  for (int shift = 1; shift < 64; shift *= 2)
    bits ^= bits << shift;
  return bits;
}

} // namespace

bool JsonMarks::load()
{
  if (ahead_.empty()) return false;
  block_ = ahead_.data();
  const auto found = ahead_.size() < kBlock ? find_in_rest(ahead_) : find(block_);
  ahead_.remove_prefix(std::min(ahead_.size(), kBlock));
  Bits quotes = found.quotes;
  if ((found.backslashes | escaped_) != 0) {
    saw_backslash_ = true;
    quotes &= ~escaped_by(found.backslashes, escaped_);
  }
  const Bits in_string = between(quotes) ^ in_string_;
  in_string_ = in_string >> 63 == 0 ? 0 : ~Bits{0};
  brackets_ = found.brackets;
  marks_ = (found.brackets | found.separators) & ~in_string;
  return true;
}

} // namespace gramsetu::schema
