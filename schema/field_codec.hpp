// One value between a remote document and a record: conversion both ways.
#pragma once

#include "base/result.hpp"
#include "schema/entity.hpp"
#include "schema/record.hpp"
#include "schema/value.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gramsetu::schema {

enum class Shape {
  text,
  integer,
  decimal,
  boolean,
  rupees,
  lakh,
  crore,
  paise,
  date,
  timestamp,
  financial_year,
  code,
  list,
  object,
};

// What is written where a text, a code or one of `values` stands: 7, "7" or true.
enum class Wire { text, integer, boolean };

// How one field looks at the endpoint; compiled once.
struct FieldCodec {
  Shape shape = Shape::text;
  Wire wire = Wire::text;
  std::string format;
  std::optional<std::chrono::minutes> zone;
  std::map<std::string, Value, std::less<>> in;  // `values`: remote word to canonical value
  std::map<std::string, Value, std::less<>> out; // canonical word to remote value
  std::vector<std::string> blank;
  bool trim = false;
  std::string unit; // stripped from either end
};

// A conversion's outcome: a value, or what is wrong with it.
struct Decoded {
  Value value;
  std::optional<Problem> problem; // its pointer is for the caller to fill in
};

// Remote scalar to canonical value. Guarded fields are not quoted in problems.
Decoded decode_field(const FieldSpec& field, const FieldCodec& codec, const Value& remote);

// Canonical value to the remote's; absent stays absent, null is null. A value that is not of the field's
// kind is handed on as it is: a member of a list that a person entered, say.
Value encode_field(const FieldSpec& field, const FieldCodec& codec, const Value& value);

// A boolean, integer or text as one word; empty for anything else. What `values` goes by.
std::string word_of(const Value& value);
// The word as what stands on the wire; text where it is no number or flag.
Value wire_value(Wire wire, const std::string& word);

} // namespace gramsetu::schema
