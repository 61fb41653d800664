// Financial years and LGD codes.
#include "schema/types.hpp"

#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
namespace gramsetu::schema {

namespace {

// The number of exactly `digits` digits at the front of `text`, or -1.
int leading_number(std::string_view text, std::size_t digits)
{
  if (text.size() < digits) return -1;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

} // namespace

Result<std::int64_t> read_financial_year(std::string_view text)
{
  const auto refuse = [&] {
    return fail(ErrorKind::invalid,
                fmt::format("'{}' is not a financial year such as 2025-2026", shown(text)));
  };
  const int start = leading_number(text, 4);
  if (start < 1900 || start > 2199) return refuse(); // before and after, it is a slip
  if (text.size() == 4) return start;
  const std::string_view second = text.substr(5);
  if (text[4] != '-' || (second.size() != 2 && second.size() != 4)) return refuse();
  const int next = second.size() == 4 ? start + 1 : (start + 1) % 100;
  if (leading_number(second, second.size()) != next) return refuse();
  return start;
}

std::string write_financial_year(std::int64_t start, std::string_view format)
{
  if (format == "2025-26") return fmt::format("{:04}-{:02}", start, (start + 1) % 100);
  if (format == "2025") return fmt::format("{:04}", start);
  return fmt::format("{:04}-{:04}", start, start + 1);
}

std::int64_t financial_year_of(std::string_view canonical_date)
{
  const int year = leading_number(canonical_date, 4);
  const int month = canonical_date.size() >= 7 ? leading_number(canonical_date.substr(5), 2) : -1;
  return month >= 4 ? year : year - 1;
}

Result<std::string> read_code(std::string_view text)
{
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::invalid, fmt::format("'{}' is not an LGD code: {}", shown(text), why));
  };
  std::string_view digits = text;
  // Spreadsheets turn 309 into 309.0.
  if (const std::size_t point = digits.find('.'); point != std::string_view::npos) {
    const std::string_view fraction = digits.substr(point + 1);
    if (fraction.empty() || fraction.find_first_not_of('0') != std::string_view::npos)
      return refuse("it has a fraction");
    digits = digits.substr(0, point);
  }
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return refuse("a code has digits only");
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return refuse("zero stands for none");
  if (digits.size() > 18) return refuse("it is too long");
  return std::string(digits);
}

} // namespace gramsetu::schema
