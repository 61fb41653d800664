// Strict conversions: what does not fit exactly is a problem, never a guess.
#include "schema/field_codec.hpp"

#include "schema/json.hpp"
#include "schema/record_check.hpp"
#include "schema/scalar.hpp"
#include "schema/shown.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gramsetu::schema {

namespace {

Decoded good(Value value)
{
  return {std::move(value), std::nullopt};
}

Decoded problem(const FieldSpec& field, std::string_view code, std::string text)
{
  if (is_guarded(field)) text = fmt::format("{}: the value cannot be used ({})", field.name, code);
  return {Value(), Problem{"", std::string(code), std::move(text)}};
}

Decoded wrong_type(const FieldSpec& field, std::string_view wanted, const Value& remote)
{
  return problem(field, "wrong_type",
                 fmt::format("{} must be {}, not {}", field.name, wanted, name_of(remote.kind())));
}

// The no-break space of the spreadsheets that many files come from.
constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

std::string_view trimmed(std::string_view text)
{
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (true) {
    const std::size_t before = text.size();
    while (!text.empty() && blank(text.front()))
      text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
      text.remove_suffix(1);
    if (text.starts_with(kNoBreakSpace)) text.remove_prefix(kNoBreakSpace.size());
    if (text.ends_with(kNoBreakSpace)) text.remove_suffix(kNoBreakSpace.size());
    if (text.size() == before) return text;
  }
}

std::string_view without_unit(const FieldCodec& codec, std::string_view text)
{
  if (codec.unit.empty()) return text;
  if (text.starts_with(codec.unit)) text.remove_prefix(codec.unit.size());
  if (text.ends_with(codec.unit)) text.remove_suffix(codec.unit.size());
  return trimmed(text);
}

bool all_digits(std::string_view text)
{
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

template <typename T>
Decoded take(const FieldSpec& field, std::string_view code, Result<T> read)
{
  if (read) return good(Value(std::move(*read)));
  return problem(field, code, field.name + ": " + read.error().what);
}

Decoded decode_integer(const FieldSpec& field, std::string_view text)
{
  if (const auto number = read_integer(text)) return good(Value(*number));
  return problem(field, "wrong_type",
                 fmt::format("{} '{}' is not a whole number", field.name, shown(text)));
}

Decoded decode_boolean(const FieldSpec& field, std::string_view text)
{
  if (const auto flag = read_flag(text)) return good(Value(*flag));
  return problem(field, "wrong_type",
                 fmt::format("{} '{}' is neither true nor false", field.name, shown(text)));
}

MoneyUnit unit_of(Shape shape)
{
  if (shape == Shape::paise) return MoneyUnit::paise;
  if (shape == Shape::lakh) return MoneyUnit::lakh;
  return shape == Shape::crore ? MoneyUnit::crore : MoneyUnit::rupees;
}

Decoded decode_scalar(const FieldSpec& field, const FieldCodec& codec, std::string_view text)
{
  switch (codec.shape) {
  case Shape::integer: return decode_integer(field, text);
  case Shape::boolean: return decode_boolean(field, text);
  case Shape::decimal: return take(field, "bad_decimal", read_decimal(text));
  case Shape::rupees:
  case Shape::lakh:
  case Shape::crore:
  case Shape::paise: return take(field, "bad_amount", read_money(text, unit_of(codec.shape)));
  case Shape::date: return take(field, "bad_date", read_date(text, codec.format));
  case Shape::timestamp:
    return take(field, "bad_timestamp", read_timestamp(text, codec.format, codec.zone));
  case Shape::financial_year: return take(field, "bad_year", read_financial_year(text));
  case Shape::code: return take(field, "bad_code", read_code(text));
  default: return good(Value(text));
  }
}

Decoded decode_word(const FieldSpec& field, const FieldCodec& codec, std::string_view text)
{
  const auto found = codec.in.find(text);
  if (found != codec.in.end()) return good(found->second);
  return problem(
      field, "unknown_choice",
      fmt::format("{} '{}' is not a value that the mapping knows", field.name, shown(text)));
}

// A remote scalar as it was written; nothing for lists and objects. `digits` lends the room.
std::optional<std::string_view> written(const Value& remote, char (&digits)[24])
{
  switch (remote.kind()) {
  case Value::Kind::text: return remote.text();
  case Value::Kind::number: return remote.literal();
  case Value::Kind::boolean: return remote.boolean() ? "true" : "false";
  case Value::Kind::integer: {
    const auto end = std::to_chars(digits, digits + sizeof digits, remote.integer()).ptr;
    return std::string_view(digits, static_cast<std::size_t>(end - digits));
  }
  default: return std::nullopt;
  }
}

// Text may come as digits, as one system's "00412" is another's 412; but 1.50 and true are no names.
bool is_text_like(const Value& remote)
{
  return remote.is_text() || remote.is_integer() ||
         (remote.kind() == Value::Kind::number && all_digits(remote.literal()));
}

// The kinds of JSON value that may stand for a scalar of this shape.
bool accepts(const FieldCodec& codec, const Value& remote)
{
  if (!codec.in.empty()) return true; // the words decide
  const bool flag = remote.kind() == Value::Kind::boolean;
  if (codec.shape == Shape::boolean) return flag || remote.is_text();
  return codec.shape == Shape::text ? is_text_like(remote) : !flag;
}

std::string_view wanted_by(Shape shape)
{
  if (shape == Shape::boolean) return "true or false";
  return shape == Shape::text ? "text" : "a single value";
}

Decoded decode_tree(const FieldSpec& field, const FieldCodec& codec, const Value& remote)
{
  if (codec.shape == Shape::list)
    return remote.is_list() ? good(remote) : wrong_type(field, "a list", remote);
  return remote.is_object() ? good(remote) : wrong_type(field, "an object", remote);
}

bool is_of_kind(const Value& value, Shape shape)
{
  switch (shape) {
  case Shape::rupees:
  case Shape::lakh:
  case Shape::crore:
  case Shape::paise:
  case Shape::financial_year: return value.is_integer();
  case Shape::date:
  case Shape::timestamp: return value.is_text();
  default: return true;
  }
}

} // namespace

Decoded decode_field(const FieldSpec& field, const FieldCodec& codec, const Value& remote)
{
  if (remote.is_absent() || remote.is_null()) return good(remote);
  if (codec.shape == Shape::list || codec.shape == Shape::object)
    return decode_tree(field, codec, remote);
  char digits[24];
  const auto raw = written(remote, digits);
  if (!raw || !accepts(codec, remote)) return wrong_type(field, wanted_by(codec.shape), remote);
  if (remote.is_text() && !is_utf8(*raw))
    return {Value(), Problem{"", "bad_encoding", field.name + " is not valid UTF-8"}};
  const std::string_view core = trimmed(*raw);
  const bool is_blank =
      std::find(codec.blank.begin(), codec.blank.end(), core) != codec.blank.end();
  const bool is_exact = codec.shape == Shape::text && !codec.trim; // blanks are part of it
  // Blank text in a field that is not text says that there is no value.
  if (is_blank || (core.empty() && !is_exact)) return good(Value(Null{}));
  const std::string_view text = is_exact ? *raw : core;
  if (!codec.in.empty()) return decode_word(field, codec, text);
  return decode_scalar(field, codec, without_unit(codec, text));
}

Value encode_field(const FieldSpec& field, const FieldCodec& codec, const Value& value)
{
  if (value.is_absent() || value.is_null()) return value;
  if (!codec.out.empty()) {
    const auto found = codec.out.find(word_of(value));
    return found == codec.out.end() ? value : found->second;
  }
  if (!is_of_kind(value, codec.shape)) return value;
  switch (codec.shape) {
  case Shape::rupees:
  case Shape::lakh:
  case Shape::crore: return Value(write_money(value.integer(), unit_of(codec.shape)));
  case Shape::date: return Value(write_date(value.text(), codec.format));
  case Shape::timestamp: {
    auto text = write_timestamp(value.text(), codec.format, codec.zone);
    return wire_value(codec.format.starts_with("epoch") ? Wire::integer : Wire::text, text);
  }
  case Shape::financial_year:
    return wire_value(codec.wire, write_financial_year(value.integer(), codec.format));
  default: break;
  }
  const bool is_name = field.type == FieldType::text || field.type == FieldType::code;
  return is_name && value.is_text() ? wire_value(codec.wire, value.text()) : value;
}

std::string word_of(const Value& value)
{
  char digits[24];
  return std::string(written(value, digits).value_or(""));
}

Value wire_value(Wire wire, const std::string& word)
{
  if (wire == Wire::integer)
    if (const auto number = read_integer(word)) return Value(*number);
  if (wire == Wire::boolean)
    if (const auto flag = read_flag(word)) return Value(*flag);
  return Value(word);
}

} // namespace gramsetu::schema
