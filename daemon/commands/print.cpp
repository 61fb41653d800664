// Plain tables; a script asks for --json instead.
#include "daemon/commands/print.hpp"

#include "daemon/commands/progress_line.hpp"

#include "schema/json.hpp"

#include <fmt/format.h>

#include <wchar.h>

#include <algorithm>
#include <clocale>
#include <cstdio>

namespace gramsetu::commands {

namespace {

// A column is never wider than this: a long value hangs over, and the others stay aligned.
constexpr std::size_t kWidthMax = 48;

struct Letter {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// The code point at the start of a text that is not empty.
Letter first_letter(std::string_view text)
{
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || bytes > text.size() || !schema::is_utf8(text.substr(0, bytes))) return {};
  char32_t code = lead & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i)
    code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3fu);
  return {code, bytes, true};
}

bool is_obeyed(char32_t code)
{
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x200e || code == 0x200f ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x2028 || code == 0x2029;
}

// The C library knows how wide letters are once it knows that text is UTF-8, whatever the environment
// says.
std::size_t width_of(std::string_view text)
{
  static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t before = utf8 ? uselocale(utf8) : nullptr;
  std::size_t width = 0;
  while (!text.empty()) {
    const auto letter = first_letter(text);
    const int columns = wcwidth(static_cast<wchar_t>(letter.code));
    width += columns < 0 ? 1 : static_cast<std::size_t>(columns);
    text.remove_prefix(letter.bytes);
  }
  if (before) uselocale(before);
  return width;
}

std::string padded(const std::string& text, std::size_t width)
{
  const auto own = width_of(text);
  return own < width ? text + std::string(width - own, ' ') : text;
}

std::optional<Instant> instant_of(const schema::Value& value)
{
  if (!value.is_text()) return std::nullopt;
  const auto at = from_rfc3339(value.text());
  if (!at) return std::nullopt;
  return *at;
}

std::string span(std::chrono::seconds length)
{
  const auto seconds = length.count();
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

} // namespace

std::string escaped(std::string_view text)
{
  std::string safe;
  while (!text.empty()) {
    const auto letter = first_letter(text);
    const auto code = static_cast<unsigned>(letter.code);
    if (!letter.valid)
      safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    else if (!is_obeyed(letter.code))
      safe += text.substr(0, letter.bytes);
    else
      safe += code < 0x100 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
    text.remove_prefix(letter.bytes);
  }
  return safe;
}

std::string shown_value(const schema::Value& value)
{
  switch (value.kind()) {
  case schema::Value::Kind::absent:
  case schema::Value::Kind::null: return "-";
  case schema::Value::Kind::text: return value.text().empty() ? "-" : escaped(value.text());
  default: return escaped(schema::to_json(value));
  }
}

const schema::Value& member(const schema::Value& object, std::string_view name)
{
  static const schema::Value nothing;
  const auto* found = object.is_object() ? object.object().find(name) : nullptr;
  return found ? *found : nothing;
}

std::string member_text(const schema::Value& object, std::string_view name)
{
  const auto& value = member(object, name);
  return value.is_text() ? value.text() : std::string();
}

std::int64_t member_count(const schema::Value& object, std::string_view name)
{
  const auto& value = member(object, name);
  return value.is_integer() ? value.integer() : 0;
}

std::string age(const schema::Value& rfc3339, const Times& times)
{
  const auto at = instant_of(rfc3339);
  if (!at) return "-";
  const auto past = std::chrono::floor<std::chrono::seconds>(times.now - *at);
  return past.count() < 0 ? "in " + span(-past) : span(past) + " ago";
}

std::string local_time(const schema::Value& rfc3339, const Times& times)
{
  const auto at = instant_of(rfc3339);
  if (!at) return "-";
  auto text = to_rfc3339(*at, times.offset).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string when(const schema::Value& rfc3339, const Times& times)
{
  if (!instant_of(rfc3339)) return "-";
  return local_time(rfc3339, times).substr(0, 16) + " (" + age(rfc3339, times) + ")";
}

Column plain(std::string name)
{
  return {name, [name](const auto& item) { return shown_value(member(item, name)); }};
}

Column aged(std::string title, std::string name, Times times)
{
  return {std::move(title), [name = std::move(name), times](const auto& item) {
            return age(member(item, name), times);
          }};
}

void print_table(const schema::Value& items, const std::vector<Column>& columns)
{
  if (!items.is_list() || items.list().empty()) {
    std::printf("none\n");
    return;
  }
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : columns)
    lines[0].push_back(column.title);
  for (const auto& item : items.list()) {
    lines.emplace_back();
    for (const auto& column : columns)
      lines.back().push_back(column.text(item));
  }
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], std::min(width_of(line[i]), kWidthMax));
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i)
      text += i + 1 < line.size() ? padded(line[i], widths[i]) + "  " : line[i];
    std::printf("%s\n", text.c_str());
  }
}

void print_pairs(const schema::Value& object, int indent)
{
  if (!object.is_object()) {
    std::printf("%*s%s\n", indent, "", shown_value(object).c_str());
    return;
  }
  std::size_t width = 0;
  for (const auto& pair : object.object().members())
    width = std::max(width, width_of(pair.name));
  for (const auto& pair : object.object().members()) {
    const auto name = escaped(pair.name);
    if (pair.value.is_object() && !pair.value.object().empty()) {
      std::printf("%*s%s:\n", indent, "", name.c_str());
      print_pairs(pair.value, indent + 2);
      continue;
    }
    std::printf("%*s%s  %s\n", indent, "", padded(name, width).c_str(),
                shown_value(pair.value).c_str());
  }
}

void print_proposal(const schema::Value& object, const Times& times)
{
  const auto& proposal = member(object, "proposal");
  if (!proposal.is_object()) return;
  std::printf(
      "\n%s decided: %s (%s), %s\nit is about money: one more person must decide the same\n",
      escaped(member_text(proposal, "by")).c_str(),
      escaped(member_text(proposal, "choice")).c_str(),
      escaped(member_text(proposal, "note")).c_str(), when(member(proposal, "at"), times).c_str());
}

void print_json(const schema::Value& value)
{
  std::printf("%s\n", schema::to_pretty_json(value).c_str());
}

void complain(std::string_view text)
{
  ProgressLine::wipe();
  std::fprintf(stderr, "gramsetu: %s\n", escaped(text).c_str());
}

} // namespace gramsetu::commands
