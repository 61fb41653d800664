// Cells to values and back.
#include "connectors/sql/values.hpp"

#include "base/clock.hpp"
#include "connectors/api/extract.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::sql {

using schema::Value;

namespace {

Value unusable(std::string name, std::string text)
{
  schema::Object object;
  object.append(std::move(name), std::move(text));
  return Value(std::move(object));
}

bool is_digit(char letter)
{
  return letter >= '0' && letter <= '9';
}

// "2026-11-23 10:00:00.5+00": how databases write times. Empty parts when it is something else.
struct Time {
  std::string second;   // "2026-11-23T10:00:00"
  std::string fraction; // six digits
  std::string zone;     // "+00", or empty
};

Time read_time(const std::string& text)
{
  constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd";
  if (text.size() < kShape.size()) return {};
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == 'd'   ? is_digit(text[i])
                      : kShape[i] == ' ' ? text[i] == ' ' || text[i] == 'T'
                                         : text[i] == kShape[i];
    if (!fits) return {};
  }
  Time time;
  time.second = text.substr(0, kShape.size());
  time.second[10] = 'T';
  std::size_t at = kShape.size();
  if (at < text.size() && text[at] == '.')
    for (++at; at < text.size() && is_digit(text[at]); ++at)
      time.fraction.push_back(text[at]);
  if (time.fraction.size() > 9) return {};
  time.fraction.resize(6, '0');
  time.zone = text.substr(at);
  return time;
}

std::string offset_text(std::chrono::minutes offset)
{
  const auto count = offset.count() < 0 ? -offset.count() : offset.count();
  return fmt::format("{}{:02}:{:02}", offset.count() < 0 ? '-' : '+', count / 60, count % 60);
}

// RFC 3339 where the time has a zone or is given one; else as it came.
std::string time_text(const std::string& text, const Form& form)
{
  auto time = read_time(text);
  if (time.second.empty()) return text;
  if (form.column.type == ColumnType::instant) {
    // The session's zone is UTC.
    return time.zone == "+00" ? time.second + "." + time.fraction + "Z" : text;
  }
  if (!time.zone.empty() || !form.zone) return text;
  return time.second + "." + time.fraction + offset_text(*form.zone);
}

std::string plain_text(const Cell& cell, const Form& form)
{
  const auto type = form.column.type;
  const bool time = type == ColumnType::instant || type == ColumnType::local_time;
  return time && cell.kind == Cell::Kind::text ? time_text(cell.text, form) : cell.text;
}

tl::unexpected<Error> unfit(const Form& form, std::string_view why)
{
  return fail(ErrorKind::invalid,
              fmt::format("column '{}' ({}) {}", form.column.name, form.column.declared, why));
}

// A time with its zone goes into a column without one as that zone's clock shows it.
Result<Cell> local_time(const std::string& text, const Form& form)
{
  auto time = read_time(text);
  const auto at = from_rfc3339(text);
  if (!at) return Cell::of(text); // has no zone
  if (!form.zone)
    return unfit(form, "holds no zone, and the manifest does not say of which zone its times are");
  // What was read here before goes back to the last digit; other times are kept to the millisecond.
  if (time.zone != offset_text(*form.zone)) time = read_time(to_rfc3339(*at, *form.zone));
  time.second[10] = ' ';
  while (!time.fraction.empty() && time.fraction.back() == '0')
    time.fraction.pop_back();
  return Cell::of(time.second + (time.fraction.empty() ? "" : ".") + time.fraction);
}

// Decimals that are there, zeros at the end left out.
std::size_t decimals(std::string_view text)
{
  const auto dot = text.find('.');
  if (dot == text.npos) return 0;
  while (text.back() == '0')
    text.remove_suffix(1);
  return text.size() - dot - 1;
}

// What SQLite takes for a number: [+-]digits[.digits][e[+-]digits], with blanks around it.
bool looks_numeric(std::string_view text)
{
  const auto skip = [&](std::string_view letters) {
    const auto before = text.size();
    text.remove_prefix(std::min(text.find_first_not_of(letters), text.size()));
    return before - text.size();
  };
  const auto skip_one = [&](std::string_view letters) {
    const bool there = !text.empty() && letters.find(text.front()) != letters.npos;
    if (there) text.remove_prefix(1);
    return there;
  };
  constexpr std::string_view kBlanks = " \t\n\v\f\r", kDigits = "0123456789";
  skip(kBlanks);
  skip_one("+-");
  auto digits = skip(kDigits);
  if (skip_one(".")) digits += skip(kDigits);
  if (digits == 0) return false;
  if (skip_one("eE")) {
    skip_one("+-");
    if (skip(kDigits) == 0) return false;
  }
  skip(kBlanks);
  return text.empty();
}

Result<Cell> text_cell(const std::string& text, const Form& form)
{
  const Column& column = form.column;
  if (text.find('\0') != std::string::npos) return unfit(form, "holds no NUL");
  if (column.type == ColumnType::local_time) return local_time(text, form);
  const bool number = schema::read_decimal(text).has_value();
  if (number && column.scale >= 0 && decimals(text) > static_cast<std::size_t>(column.scale))
    return unfit(form, fmt::format("keeps {} decimals and would round", column.scale));
  if (number && column.type == ColumnType::real && !form.inexact)
    return unfit(form, "keeps floating point, which is not exact");
  if (!column.turns_digits || column.type == ColumnType::real) return Cell::of(text);
  // SQLite makes a number of such a text: that must be the same one.
  const auto whole = schema::read_integer(text.substr(0, text.find('.')));
  if (!looks_numeric(text)) return Cell::of(text);
  if (!number || !whole || decimals(text) > 0)
    return unfit(form, "would not keep these digits as they are; declare it TEXT");
  return Cell::of(*whole);
}

std::string escaped(const std::string& part)
{
  std::string text;
  for (const char letter : part) {
    if (letter == '~' || letter == '/')
      text += letter == '~' ? "~0" : "~1";
    else
      text.push_back(letter);
  }
  return text;
}

} // namespace

Value value_of(const Cell& cell, const Form& form)
{
  switch (cell.kind) {
  case Cell::Kind::null: return Value(schema::Null{});
  case Cell::Kind::bytes: return unusable("bytes", cell.text);
  case Cell::Kind::real:
    return form.inexact ? Value(cell.text) : unusable("floating_point", cell.text);
  case Cell::Kind::integer: {
    if (form.column.type == ColumnType::boolean && (cell.text == "0" || cell.text == "1"))
      return Value(cell.text == "1");
    const auto number = schema::read_integer(cell.text);
    return number ? Value(*number) : Value(cell.text);
  }
  case Cell::Kind::text: break;
  }
  if (!schema::is_utf8(cell.text)) return unusable("bytes", "not UTF-8");
  if (form.column.type == ColumnType::json) {
    if (auto parsed = schema::parse_json(cell.text)) return std::move(*parsed);
  }
  return Value(plain_text(cell, form));
}

Result<Cell> cell_of(const Value& value, const Form& form)
{
  const bool text = form.column.type == ColumnType::text;
  switch (value.kind()) {
  case Value::Kind::absent:
  case Value::Kind::null: return Cell{};
  case Value::Kind::boolean:
    if (text && !form.column.is_untyped) return Cell::of(scalar_text(value));
    return Cell::of(std::int64_t{value.boolean()});
  case Value::Kind::integer:
    if (text && !form.column.is_untyped) return Cell::of(scalar_text(value));
    if (form.column.type == ColumnType::json) return Cell::of(scalar_text(value));
    return Cell::of(value.integer());
  case Value::Kind::number: return text_cell(value.literal(), form);
  case Value::Kind::text:
    if (form.column.type == ColumnType::json) return Cell::of(schema::to_json(value));
    return text_cell(value.text(), form);
  case Value::Kind::list:
  case Value::Kind::object: return Cell::of(schema::to_json(value));
  }
  return Cell{};
}

std::string text_of(const Cell& cell, const Form& form)
{
  return plain_text(cell, form);
}

std::string write_cell(const Cell& cell)
{
  switch (cell.kind) {
  case Cell::Kind::integer: return "i" + cell.text;
  case Cell::Kind::text: return "t" + cell.text;
  case Cell::Kind::real: return "r" + cell.text;
  default: return "n";
  }
}

Result<Cell> read_cell(const std::string& text)
{
  const char kind = text.empty() ? '?' : text.front();
  const auto rest = text.empty() ? text : text.substr(1);
  if (kind == 'i' && schema::read_integer(rest)) return Cell{Cell::Kind::integer, rest};
  if (kind == 't') return Cell::of(rest);
  return fail(ErrorKind::invalid, "this is no page of a database");
}

std::string join_id(const std::vector<std::string>& parts)
{
  if (parts.size() == 1) return parts.front();
  std::string id;
  for (std::size_t i = 0; i < parts.size(); ++i)
    id += (i ? "/" : "") + escaped(parts[i]);
  return id;
}

std::vector<std::string> split_id(const std::string& id, std::size_t parts)
{
  if (parts == 1) return {id};
  std::vector<std::string> all(1);
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool marked = id[i] == '~' && i + 1 < id.size();
    if (id[i] == '/')
      all.emplace_back();
    else
      all.back().push_back(marked ? (id[++i] == '1' ? '/' : '~') : id[i]);
  }
  return all;
}

} // namespace gramsetu::connectors::sql
