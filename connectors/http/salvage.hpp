// Saving the good records of a page in which some text is not UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::connectors::http {

// Stands every byte that is no UTF-8 in for a private code point, so that the page can be parsed and
// only the records that hold one are set aside. Nothing when the text already holds such a code point.
std::optional<std::string> disguise(std::string_view text);

// True when there is a stand-in in `text`.
bool is_disguised(std::string_view text);

// The bytes as they came.
std::string undisguise(std::string_view text);

} // namespace gramsetu::connectors::http
