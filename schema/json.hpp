// JSON in and out, exactly: numbers keep their digits, duplicates and bad text are refused.
#pragma once

#include "base/result.hpp"
#include "schema/value.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace gramsetu::schema {

// Bounds on one document from outside. The defaults are those of SEC-16.
struct JsonLimits {
  std::size_t depth = 32;
  std::size_t nodes = 2'000'000;
  std::size_t text = 1 << 20; // bytes in one string
};

// One JSON text (RFC 8259), whole: trailing bytes, duplicate member names, invalid UTF-8, lone
// surrogates, comments, NaN and anything over `limits` are errors that name the byte offset. A UTF-8
// byte order mark at the start is passed over. An integer that an int64 holds becomes an integer;
// every other number stays a Number with its digits as written; one that is beyond a double's range
// ("1E400") is refused, as the reader cannot be kept from computing it.
Result<Value> parse_json(std::string_view text, const JsonLimits& limits = {});

// The same for a text whose records stand in the array at `records` (a JSON Pointer; empty: the text
// is the array): each element is handed over and then forgotten, so that a page costs the memory of one
// record. The rest of the document is returned, with the array left empty. A bad element is an error
// of the whole, as JSON has no place to resume. `records` may also point to a single object, which
// counts as an array of one, or to null, which counts as an empty array.
Result<Value> parse_json_records(std::string_view text, std::string_view records,
                                 const std::function<Result<void>(Value)>& take,
                                 const JsonLimits& limits = {});

// The same for a text that is one object, member by member, so that nobody puts an object together only to take it
// apart. A name that stands twice is handed over twice. What `take` refuses ends the reading.
Result<void> parse_json_members(std::string_view text,
                                const std::function<Result<void>(std::string_view, Value)>& take,
                                const JsonLimits& limits = {});

// Compact JSON, members in their order. Absent members are left out.
std::string to_json(const Value& value);
void append_json(std::string& out, const Value& value);
std::string to_pretty_json(const Value& value);

// True when `text` is UTF-8 as RFC 3629 defines it (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

// How many bytes at the front of `text` are UTF-8: where the first bad byte stands.
std::size_t valid_utf8_prefix(std::string_view text);

} // namespace gramsetu::schema
