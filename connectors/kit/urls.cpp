// Undoing percent-encoding.
#include "connectors/kit/urls.hpp"

#include <algorithm>

namespace gramsetu::connectors::kit {

namespace {

int digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

} // namespace

std::string decoded(std::string_view text, bool plus)
{
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool code = text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) >= 0 &&
                      digit(text[at + 2]) >= 0;
    if (code) {
      out += static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2]));
      at += 2;
    } else {
      out += plus && text[at] == '+' ? ' ' : text[at];
    }
  }
  return out;
}

Pairs decoded_pairs(std::string_view text)
{
  Pairs pairs;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('&', at), text.size());
    const auto piece = text.substr(at, end - at);
    const auto sign = std::min(piece.find('='), piece.size());
    pairs.emplace_back(decoded(piece.substr(0, sign), true),
                       sign < piece.size() ? decoded(piece.substr(sign + 1), true) : "");
    at = end + 1;
  }
  return pairs;
}

} // namespace gramsetu::connectors::kit
