// The encodings that texts come in, and their way to UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::formats {

// Declared by whoever describes the text, never guessed.
enum class Encoding { utf8, windows_1252, iso_8859_1, utf16_le, utf16_be };

std::optional<Encoding> read_encoding(std::string_view name);
std::vector<std::string> encoding_names();

// Whether a line can be cut out of the bytes before they are decoded.
inline bool is_wide(Encoding encoding)
{
  return encoding == Encoding::utf16_le || encoding == Encoding::utf16_be;
}

// `bytes` of a narrow encoding as UTF-8; nothing when they are not text in it.
std::optional<std::string> decode(std::string_view bytes, Encoding encoding);

// UTF-16 to UTF-8 for a stream: takes whole units from the front of `bytes` (at the end, `rest` too) and
// appends to `text`. A unit without its partner comes out as three bytes that are no valid UTF-8, so
// that the line it stands in is found to be bad, and only that line. Returns how many bytes it took.
std::size_t decode_wide(std::string_view bytes, Encoding encoding, bool at_end, std::string& text);

} // namespace gramsetu::connectors::formats
