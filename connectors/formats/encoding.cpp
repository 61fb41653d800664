// Single-byte tables and UTF-16, both to UTF-8.
#include "connectors/formats/encoding.hpp"

#include "schema/json.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace gramsetu::connectors::formats {

namespace {

constexpr std::array<std::pair<std::string_view, Encoding>, 5> kNames = {{
    {"utf-8", Encoding::utf8},
    {"windows-1252", Encoding::windows_1252},
    {"iso-8859-1", Encoding::iso_8859_1},
    {"utf-16le", Encoding::utf16_le},
    {"utf-16be", Encoding::utf16_be},
}};

// 0x80 to 0x9F of Windows-1252; zero where the code page defines nothing.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

void append(std::string& text, std::uint32_t point)
{
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

std::uint32_t unit_at(std::string_view bytes, std::size_t at, Encoding encoding)
{
  const auto first = static_cast<unsigned char>(bytes[at]);
  const auto second = static_cast<unsigned char>(bytes[at + 1]);
  return encoding == Encoding::utf16_le ? first | second << 8 : first << 8 | second;
}

bool is_high(std::uint32_t unit)
{
  return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low(std::uint32_t unit)
{
  return unit >= 0xDC00 && unit < 0xE000;
}

} // namespace

std::optional<Encoding> read_encoding(std::string_view name)
{
  for (const auto& [known, encoding] : kNames) {
    if (known == name) return encoding;
  }
  return std::nullopt;
}

std::vector<std::string> encoding_names()
{
  std::vector<std::string> names;
  for (const auto& [name, encoding] : kNames)
    names.emplace_back(name);
  return names;
}

std::optional<std::string> decode(std::string_view bytes, Encoding encoding)
{
  if (encoding == Encoding::utf8 || is_wide(encoding)) {
    if (!schema::is_utf8(bytes)) return std::nullopt;
    return std::string(bytes);
  }
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) {
    std::uint32_t point = static_cast<unsigned char>(byte);
    if (encoding == Encoding::windows_1252 && point >= 0x80 && point < 0xA0) {
      point = kWindows1252[point - 0x80];
      if (point == 0) return std::nullopt;
    }
    append(text, point);
  }
  return text;
}

std::size_t decode_wide(std::string_view bytes, Encoding encoding, bool at_end, std::string& text)
{
  std::size_t at = 0;
  while (at + 1 < bytes.size()) {
    const std::uint32_t unit = unit_at(bytes, at, encoding);
    if (is_high(unit) && at + 3 >= bytes.size() && !at_end) break;
    if (is_high(unit) && at + 3 < bytes.size() && is_low(unit_at(bytes, at + 2, encoding))) {
      append(text, 0x10000 + ((unit - 0xD800) << 10) + unit_at(bytes, at + 2, encoding) - 0xDC00);
      at += 4;
      continue;
    }
    append(text, unit);
    at += 2;
  }
  if (at_end && at + 1 == bytes.size()) {
    text.push_back(static_cast<char>(0xFF)); // half a unit: no valid UTF-8 either
    ++at;
  }
  return at;
}

} // namespace gramsetu::connectors::formats
