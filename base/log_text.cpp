// Log entries as lines of text and of JSON.
#include "base/log_text.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace gramsetu {

namespace {

// A log line is for reading; a value beyond this belongs in the store.
constexpr std::size_t kValueLimit = 4096;

struct Decoded {
  char32_t point = 0;
  std::size_t length = 0; // nothing: these bytes are not UTF-8
};

// One code point from the front of `bytes`; overlong forms and surrogates are not UTF-8.
Decoded decode(std::string_view bytes)
{
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return {};
  char32_t point = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    point = (point << 6) | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  if (overlong || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return {};
  return {point, length};
}

// Characters that act on a terminal or on the order of what is shown, rather than show themselves.
bool is_active(char32_t point)
{
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x061C || point == 0x200E ||
         point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

void append_active(std::string& out, char32_t point)
{
  switch (point) {
  case '\n': out += "\\n"; return;
  case '\r': out += "\\r"; return;
  case '\t': out += "\\t"; return;
  default: out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(point));
  }
}

std::string quoted(std::string_view value)
{
  return '"' + escaped(value, true) + '"';
}

// Quoted only where a reader or a splitter at blanks would otherwise stumble.
std::string pair_value(std::string_view value)
{
  std::string safe = escaped(value, true);
  const bool bare = !value.empty() && safe == value && value.find_first_of(" =") == value.npos;
  return bare ? safe : '"' + safe + '"';
}

} // namespace

std::string_view name_of(Level level)
{
  switch (level) {
  case Level::debug: return "debug";
  case Level::info: return "info";
  case Level::warning: return "warning";
  case Level::error: return "error";
  }
  return "error";
}

std::string escaped(std::string_view value, bool for_quotes)
{
  const std::size_t cut = value.size() > kValueLimit ? value.size() - kValueLimit : 0;
  value.remove_suffix(cut);
  std::string out;
  out.reserve(value.size());
  while (!value.empty()) {
    const Decoded next = decode(value);
    if (next.length == 0)
      out += "\\ufffd";
    else if (is_active(next.point))
      append_active(out, next.point);
    else if (for_quotes && (next.point == '"' || next.point == '\\'))
      (out += '\\') += static_cast<char>(next.point);
    else
      out += value.substr(0, next.length);
    value.remove_prefix(next.length == 0 ? 1 : next.length);
  }
  if (cut > 0) out += fmt::format(" ({} bytes more)", cut);
  return out;
}

std::string to_text_line(const LogEntry& entry, std::chrono::minutes offset)
{
  std::string line = fmt::format("{} {} {}", to_rfc3339(entry.at, offset), name_of(entry.level),
                                 info_of(entry.event).name);
  for (const auto& field : entry.fields)
    line += fmt::format(" {}={}", field.name, pair_value(field.value));
  if (!entry.text.empty()) line += " text=" + quoted(entry.text);
  return line;
}

std::string to_json_line(const LogEntry& entry, std::chrono::minutes offset)
{
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","event":"{}")", to_rfc3339(entry.at, offset),
                  name_of(entry.level), info_of(entry.event).name);
  for (const auto& field : entry.fields)
    line += fmt::format(",{}:{}", quoted(field.name), quoted(field.value));
  if (!entry.text.empty()) line += ",\"text\":" + quoted(entry.text);
  return line + '}';
}

} // namespace gramsetu
