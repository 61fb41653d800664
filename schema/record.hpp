// A record: the values of an entity's fields, and its identity.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "schema/entity.hpp"
#include "schema/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::schema {

// Indexed like `Entity::fields`. A field that nobody stated is absent.
struct Record {
  std::vector<Value> fields;

  explicit Record(const Entity& entity) : fields(entity.fields.size()) {}
  Record() = default;
  bool operator==(const Record&) const = default;
};

// Which fields of an entity take part in something (a stream's mapping, say). Indexed alike.
using FieldSet = std::vector<bool>;

FieldSet all_fields(const Entity& entity);

// The identity of a record: its key fields joined by '/', with '~' and '/' inside a part written "~0"
// and "~1" as in JSON Pointer; a key of one field is that field as it is, since people type it. Text
// goes in by its comparison form, so that one name in two encodings is one key. A last part that is
// optional is left out when it is empty; an error (`invalid`) names any other.
Result<std::string> key_of(const Entity& entity, const Record& record);

// One part of such a key; empty when the value is neither text nor integer.
std::string key_part(const Value& value, bool one_of_several);

// The parts of such a key of `parts` fields, as they were joined; fewer where the last was left out.
std::vector<std::string> split_key(std::string_view key, std::size_t parts);

// The canonical JSON of a record: one object, fields in the entity's order, absent ones left out. What
// stores keep, APIs show and people read. Text is byte for byte as it came.
std::string encode_record(const Entity& entity, const Record& record);

// Reads that back. Names that the entity no longer has are passed over; a value of the wrong kind is
// `corrupt`.
Result<Record> decode_record(const Entity& entity, std::string_view json);

// The fields that a person or an application gives in a document (API, import): each value is checked as
// `check_record` does, unknown names are errors. What is not in the document stays absent, required or
// not: an edit says only what changes.
Result<Record> read_fields(const Entity& entity, const Value& document);

// A problem with one value.
struct Problem {
  std::string pointer; // JSON Pointer into the document it came from
  std::string code;    // stable: "wrong_type", "bad_amount", "bad_date", "unknown_choice", ...
  std::string text;    // for a person: "amount '12.345' has three decimals; paise allow two"
};

// What canonical records must satisfy: kinds, choices, lengths, required fields, key present. Empty when good.
// Pointers are "/<field>".
std::vector<Problem> check_record(const Entity& entity, const Record& record);

} // namespace gramsetu::schema
