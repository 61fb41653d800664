// Whether text is in its comparison form already, which nearly all of it is.
#pragma once

#include <string_view>

namespace gramsetu::schema {

// True when `comparison_form(text)` would return the same bytes.
bool is_comparison_form(std::string_view text);

} // namespace gramsetu::schema
