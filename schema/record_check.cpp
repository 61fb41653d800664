// What a canonical value must look like, checked without allocating for a good one.
#include "schema/record_check.hpp"

#include "schema/aadhaar.hpp"
#include "schema/json.hpp"
#include "schema/shown.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace gramsetu::schema {

namespace {

constexpr std::size_t kDefaultLength = 4'000; // code points, where a field says nothing
constexpr int kDepth = 16;                    // of lists and objects inside one value

bool all_digits(std::string_view text)
{
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "0000-00-00" for a date: a '0' stands for any digit.
bool fits(std::string_view text, std::string_view pattern)
{
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (pattern[i] == '0' ? (text[i] < '0' || text[i] > '9') : text[i] != pattern[i]) return false;
  return true;
}

int number_at(std::string_view text, std::size_t at, std::size_t digits)
{
  int number = 0;
  for (const char c : text.substr(at, digits))
    number = number * 10 + (c - '0');
  return number;
}

bool is_date(std::string_view text)
{
  if (!fits(text, "0000-00-00")) return false;
  const std::chrono::year_month_day day{
      std::chrono::year(number_at(text, 0, 4)),
      std::chrono::month(static_cast<unsigned>(number_at(text, 5, 2))),
      std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2)))};
  return day.ok();
}

bool is_timestamp(std::string_view text)
{
  return fits(text, "0000-00-00T00:00:00.000Z") && is_date(text.substr(0, 10)) &&
         number_at(text, 11, 2) < 24 && number_at(text, 14, 2) < 60 && number_at(text, 17, 2) < 60;
}

bool is_code(std::string_view text)
{
  return all_digits(text) && text[0] != '0' && text.size() <= 18;
}

bool is_decimal(std::string_view text)
{
  const auto read = read_decimal(text);
  return read && *read == text;
}

// Every text inside, names of members too, is UTF-8; and nothing is nested without end.
bool is_sound(const Value& value, int depth)
{
  if (depth > kDepth) return false;
  switch (value.kind()) {
  case Value::Kind::text: return is_utf8(value.text());
  case Value::Kind::list:
    return std::all_of(value.list().begin(), value.list().end(),
                       [&](const Value& item) { return is_sound(item, depth + 1); });
  case Value::Kind::object:
    return std::all_of(value.object().members().begin(), value.object().members().end(),
                       [&](const Member& member) {
                         return is_utf8(member.name) && is_sound(member.value, depth + 1);
                       });
  default: return true;
  }
}

// The value for a message, where one may see it.
std::string quoted(const FieldSpec& field, std::string_view text)
{
  return is_guarded(field) ? std::string() : fmt::format(" '{}'", shown(text));
}

std::optional<Fault> wrong_type(const FieldSpec& field, const Value& value)
{
  return Fault{"wrong_type", fmt::format("{} is {}, not {}", field.name, name_of(value.kind()),
                                         name_of(field.type))};
}

std::optional<Fault> check_text(const FieldSpec& field, const std::string& text)
{
  if (!is_utf8(text)) return Fault{"bad_encoding", field.name + " is not UTF-8"};
  const std::size_t longest = field.max_length ? field.max_length : kDefaultLength;
  if (text.size() <= longest) return std::nullopt; // as many code points as bytes, at most
  const auto points = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
  if (points <= longest) return std::nullopt;
  return Fault{"too_long",
               fmt::format("{} has {} letters; {} are allowed", field.name, points, longest)};
}

std::optional<Fault> check_choice(const FieldSpec& field, const std::string& text)
{
  if (std::find(field.choices.begin(), field.choices.end(), text) != field.choices.end())
    return std::nullopt;
  return Fault{"unknown_choice", fmt::format("{}{} is none of: {}", field.name, quoted(field, text),
                                             fmt::join(field.choices, ", "))};
}

std::optional<Fault> check_list(const FieldSpec& field, const List& list)
{
  if (field.list_key.empty()) return std::nullopt;
  std::set<std::string> seen;
  for (const auto& item : list) {
    const Value* key = item.is_object() ? item.object().find(field.list_key) : nullptr;
    if (key == nullptr || key->is_empty())
      return Fault{"bad_list",
                   fmt::format("an item of {} has no '{}'", field.name, field.list_key)};
    if (!seen.insert(to_json(*key)).second)
      return Fault{"bad_list",
                   fmt::format("two items of {} have the same '{}'", field.name, field.list_key)};
  }
  return std::nullopt;
}

// A text of a type that has one form only.
std::optional<Fault> check_form(bool good, const FieldSpec& field, const Value& value,
                                std::string_view code, std::string_view form)
{
  if (good) return std::nullopt;
  return Fault{std::string(code),
               fmt::format("{}{} is not {}", field.name, quoted(field, value.text()), form)};
}

std::optional<Fault> check_textual(const FieldSpec& field, const Value& value)
{
  if (!value.is_text()) return wrong_type(field, value);
  const std::string& text = value.text();
  switch (field.type) {
  case FieldType::code:
    return check_form(is_code(text), field, value, "bad_code", "a code without leading zeros");
  case FieldType::decimal:
    return check_form(is_decimal(text), field, value, "bad_decimal", "a decimal such as -12.5");
  case FieldType::date:
    return check_form(is_date(text), field, value, "bad_date", "a date such as 2026-11-23");
  case FieldType::timestamp:
    return check_form(is_timestamp(text), field, value, "bad_timestamp",
                      "a time such as 2026-11-23T04:30:00.000Z");
  case FieldType::enumeration:
  case FieldType::state: return check_choice(field, text);
  default: return check_text(field, text);
  }
}

// A control character in an identity is a slip or an attack on whoever prints it.
bool has_control(const std::string& text)
{
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

} // namespace

std::optional<Fault> check_value(const FieldSpec& field, const Value& value)
{
  if (value.is_absent() || value.is_null()) return std::nullopt;
  if (field.privacy == Privacy::forbidden &&
      (!value.is_text() || mask_text(value.text()) != value.text()))
    return Fault{"forbidden", field.name + " must not be stored"};
  switch (field.type) {
  case FieldType::integer:
  case FieldType::money: return value.is_integer() ? std::nullopt : wrong_type(field, value);
  case FieldType::financial_year:
    if (!value.is_integer()) return wrong_type(field, value);
    if (value.integer() >= 1900 && value.integer() <= 2199) return std::nullopt;
    return Fault{"bad_year", fmt::format("{} {} is no year", field.name, value.integer())};
  case FieldType::boolean:
    return value.kind() == Value::Kind::boolean ? std::nullopt : wrong_type(field, value);
  case FieldType::list:
  case FieldType::object:
    if (value.kind() != (field.type == FieldType::list ? Value::Kind::list : Value::Kind::object))
      return wrong_type(field, value);
    if (!is_sound(value, 0))
      return Fault{"bad_encoding", field.name + " is not UTF-8, or nested too deep"};
    return value.is_list() ? check_list(field, value.list()) : std::nullopt;
  default: return check_textual(field, value);
  }
}

std::vector<Problem> check_record(const Entity& entity, const Record& record)
{
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < entity.fields.size(); ++i) {
    const FieldSpec& field = entity.fields[i];
    if (auto fault = check_value(field, record.fields[i]))
      problems.push_back({"/" + field.name, std::move(fault->code), std::move(fault->text)});
    else if (field.required && record.fields[i].is_empty())
      problems.push_back({"/" + field.name, "missing", field.name + " is required"});
  }
  for (const std::size_t index : entity.key) {
    const FieldSpec& field = entity.fields[index];
    const Value& value = record.fields[index];
    if (value.is_empty() && !field.key_optional && !field.required)
      problems.push_back({"/" + field.name, "missing", field.name + " is part of the key"});
    else if (value.is_text() && has_control(value.text()))
      problems.push_back({"/" + field.name, "bad_key",
                          field.name + " is part of the key and has a control character"});
  }
  return problems;
}

} // namespace gramsetu::schema
