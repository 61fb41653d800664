// Bytes as base64 (RFC 4648, section 4), and back.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace gramsetu {

std::string base64(std::string_view bytes);
// Nothing but base64 with its padding, and blanks between, is read.
Result<std::string> from_base64(std::string_view text);

} // namespace gramsetu
