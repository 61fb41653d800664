// When two values mean the same, and the digest that follows from it.
#pragma once

#include "base/digest.hpp"
#include "schema/record.hpp"

namespace gramsetu::schema {

// The comparison form of text: Unicode NFC (UAX 15). The two encodings of one nukta letter compare equal;
// joiners are kept. Never stored over the text. Invalid UTF-8 is returned as it is.
std::string comparison_form(std::string_view text);

// For finding a place by name: NFC, legacy chillu and khanda ta to their letters, joiners and direction
// marks dropped, blanks of every kind trimmed and runs of them to one, native digits to ASCII, case
// folded. Never stored.
std::string match_key(std::string_view text);

// Equal in meaning: text by its comparison form, lists of scalars and keyed lists without regard to order
// when the field is one (`list`), absent equal to null, everything else exact.
bool same_value(const FieldSpec& field, const Value& a, const Value& b);

// Bytes that are equal exactly where `same_value` says so: an identity that can be looked up.
std::string canonical_bytes(const FieldSpec& field, const Value& value);

// SHA-256 over the canonical bytes of the fields in `fields` (absent and null left out, text in comparison
// form, members sorted). Two records with `same_value` fields have the same digest.
Digest digest_of(const Entity& entity, const Record& record, const FieldSet& fields);

} // namespace gramsetu::schema
