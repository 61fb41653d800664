// Stand-ins are U+F700 to U+F7FF: UTF-8 bytes EF 9C 80 to EF 9F BF.
#include "connectors/http/salvage.hpp"

#include "schema/json.hpp"

namespace gramsetu::connectors::http {

namespace {

bool stands_in(std::string_view text, std::size_t at)
{
  return text.size() - at >= 3 && text[at] == '\xef' && (text[at + 1] & '\xfc') == '\x9c' &&
         (text[at + 2] & '\xc0') == '\x80';
}

void append_stand_in(std::string& text, unsigned char byte)
{
  text.push_back('\xef');
  text.push_back(static_cast<char>(0x9c | byte >> 6));
  text.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
}

} // namespace

bool is_disguised(std::string_view text)
{
  for (auto at = text.find('\xef'); at != text.npos; at = text.find('\xef', at + 1)) {
    if (stands_in(text, at)) return true;
  }
  return false;
}

std::optional<std::string> disguise(std::string_view text)
{
  if (is_disguised(text)) return std::nullopt;
  std::string made;
  made.reserve(text.size() + 64);
  while (!text.empty()) {
    const std::size_t good = schema::valid_utf8_prefix(text);
    made += text.substr(0, good);
    text.remove_prefix(good);
    if (text.empty()) break;
    append_stand_in(made, static_cast<unsigned char>(text.front()));
    text.remove_prefix(1);
  }
  return made;
}

std::string undisguise(std::string_view text)
{
  std::string made;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!stands_in(text, at)) {
      made.push_back(text[at]);
      continue;
    }
    made.push_back(static_cast<char>((text[at + 1] & 3) << 6 | (text[at + 2] & 0x3f)));
    at += 2;
  }
  return made;
}

} // namespace gramsetu::connectors::http
