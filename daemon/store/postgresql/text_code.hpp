// Any bytes as text that PostgreSQL takes, and back.
#pragma once

#include <string>
#include <string_view>

namespace gramsetu::store::postgresql {

// PostgreSQL's text holds UTF-8 without a zero byte, and endpoints send what they like: entity tags, cursors,
// words of errors. Each byte that is no UTF-8 there, zero, or part of one of these characters itself, becomes the
// private character U+10FF00 plus the byte. All other text, which is all but all, stays as it is.
bool is_plain(std::string_view bytes); // encoded, it is the same
std::string encoded(std::string_view bytes);
std::string decoded(std::string_view text);

} // namespace gramsetu::store::postgresql
