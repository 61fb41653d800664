// UTF-8 by RFC 3629, and the characters that stand for bytes.
#include "daemon/store/postgresql/text_code.hpp"

#include <cstdint>
#include <cstring>

namespace gramsetu::store::postgresql {

namespace {

constexpr std::string_view kLead = "\xf4\x8f"; // of U+10F000 to U+10FFFF

unsigned at(std::string_view bytes, std::size_t i)
{
  return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

// Of U+10FF00 to U+10FFFF: its third byte is BC, BD, BE or BF.
bool is_code(std::string_view bytes)
{
  return bytes.starts_with(kLead) && at(bytes, 2) >= 0xbc && (at(bytes, 3) & 0xc0) == 0x80;
}

// How many bytes the character at the front has that can stay as it is; 0: none can.
std::size_t plain_length(std::string_view bytes)
{
  const unsigned first = at(bytes, 0), second = at(bytes, 1);
  const auto follow = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      if ((at(bytes, i) & 0xc0) != 0x80) return false;
    return true;
  };
  if (first < 0x80) return first == 0 ? 0 : 1;
  if (first >= 0xc2 && first <= 0xdf) return follow(1, 2) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    // No overlong forms, and no surrogates.
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
    return follow(1, 3) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
    return follow(1, 4) && !is_code(bytes) ? 4 : 0;
  }
  return 0;
}

// How many bytes at the front need no second look: eight at a time, ASCII and no zero.
std::size_t ascii_length(std::string_view bytes)
{
  constexpr std::uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
  std::size_t length = 0;
  for (; length + 8 <= bytes.size(); length += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, bytes.data() + length, 8);
    if (((eight | (eight - ones)) & tops) != 0) break;
  }
  return length;
}

} // namespace

bool is_plain(std::string_view bytes)
{
  while (!bytes.empty()) {
    bytes.remove_prefix(ascii_length(bytes));
    for (int some = 0; some < 8 && !bytes.empty(); ++some) {
      const std::size_t length = plain_length(bytes);
      if (length == 0) return false;
      bytes.remove_prefix(length);
    }
  }
  return true;
}

std::string encoded(std::string_view bytes)
{
  std::string text;
  text.reserve(bytes.size() + 16);
  while (!bytes.empty()) {
    if (const std::size_t length = plain_length(bytes); length > 0) {
      text += bytes.substr(0, length);
      bytes.remove_prefix(length);
      continue;
    }
    const unsigned byte = at(bytes, 0);
    text += kLead;
    text += static_cast<char>(0xbc | byte >> 6);
    text += static_cast<char>(0x80 | (byte & 0x3f));
    bytes.remove_prefix(1);
  }
  return text;
}

std::string decoded(std::string_view text)
{
  std::string bytes;
  while (true) {
    const auto next = text.find(kLead);
    bytes += text.substr(0, next);
    if (next == text.npos) return bytes;
    text.remove_prefix(next);
    const bool code = is_code(text);
    if (code)
      bytes += static_cast<char>((at(text, 2) & 3) << 6 | (at(text, 3) & 0x3f));
    else
      bytes += text.substr(0, 2);
    text.remove_prefix(code ? 4 : 2);
  }
}

} // namespace gramsetu::store::postgresql
