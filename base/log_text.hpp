// How values are made safe to show in a line, whoever sent them.
#pragma once

#include "base/log.hpp"

#include <string>
#include <string_view>

namespace gramsetu {

// `value` with every character escaped that could forge a line or deceive a reader: control
// characters, line and paragraph separators, bidirectional controls. Bytes that are not UTF-8
// become \ufffd. The joiners that Indic scripts need stay. Values over 4 KiB are cut, and say so.
// `for_quotes` also escapes the quotation mark and the backslash; the result is then a JSON string's inside.
std::string escaped(std::string_view value, bool for_quotes);

std::string_view name_of(Level level);

} // namespace gramsetu
