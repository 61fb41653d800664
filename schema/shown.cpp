// Foreign text made safe to show.
#include "schema/shown.hpp"

#include "schema/json.hpp"

namespace gramsetu::schema {

std::string shown(std::string_view text)
{
  constexpr std::size_t kShown = 40;
  std::string_view head = text.substr(0, kShown);
  // A letter cut in two at the end is left out; a bad byte elsewhere is replaced below.
  if (head.size() < text.size()) {
    const std::size_t good = valid_utf8_prefix(head);
    if (head.size() - good < 4) head = head.substr(0, good);
  }
  const bool cut = head.size() < text.size();
  std::string out;
  while (!head.empty()) {
    const std::size_t good = valid_utf8_prefix(head);
    for (const char c : head.substr(0, good))
      out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    head.remove_prefix(good);
    if (head.empty()) break;
    out += '?';
    head.remove_prefix(1);
  }
  return cut ? out + "..." : out;
}

} // namespace gramsetu::schema
