// From a record's document to what its envelope says: identity, version, deletion, time, cursor.
#pragma once

#include "connectors/api/connector.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::connectors {

// Reads a record by the pointers of its stream. What is missing or unreadable stays empty: the
// envelope of a bad record must not keep the record itself from reaching quarantine.
RemoteRecord extract(const Stream& stream, schema::Value body);

// When a record last changed, as the text at the stream's pointer says.
std::optional<Instant> modified_at(const Stream& stream, std::string_view text);

// A scalar as a URL, a cursor or an identity carries it: text as it is, numbers as written, flags as
// "true" and "false". Empty for everything else.
std::string scalar_text(const schema::Value& value);

// Raises `highest` to the cursor value of `body` when that is higher: by number for an "integer"
// cursor, by instant for "timestamp" where both can be read, else byte by byte.
void raise_cursor(const Stream& stream, const schema::Value& body, std::string& highest);
void raise_cursor_to(const Stream& stream, const std::string& value, std::string& highest);

// True when both texts are RFC 3339 times of one form and zone, and `text` is no later than `than`: their order is
// that of their bytes.
bool is_no_later(std::string_view text, std::string_view than);

} // namespace gramsetu::connectors
