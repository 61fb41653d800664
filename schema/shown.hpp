// Foreign text in a message: short, whole letters, no control characters.
#pragma once

#include <string>
#include <string_view>

namespace gramsetu::schema {

// At most 40 bytes of `text`, then "..."; control characters and bytes that are not UTF-8 become '?'.
std::string shown(std::string_view text);

} // namespace gramsetu::schema
