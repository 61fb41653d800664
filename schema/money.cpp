// Amounts and decimals, by digits alone.
#include "schema/types.hpp"

#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::schema {

namespace {

bool all_digits(std::string_view text)
{
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "-12.5" taken apart. A point must have digits on both sides.
struct Literal {
  bool negative = false;
  std::string whole; // digits, without grouping
  std::string fraction;
};

// Drops Indian grouping: one or two digits, then pairs, then three at the end. False when a comma
// stands anywhere else, since "1,25" may be a decimal comma and nobody can tell.
bool ungroup(std::string& whole)
{
  if (whole.find(',') == std::string::npos) return true;
  std::string digits;
  std::size_t expected = 3; // digits after the last comma
  std::size_t group = 0;
  for (auto c = whole.rbegin(); c != whole.rend(); ++c) {
    if (*c != ',') {
      ++group;
      digits.insert(digits.begin(), *c);
      continue;
    }
    if (group != expected) return false;
    expected = 2;
    group = 0;
  }
  if (group == 0 || group > 2 || whole.front() == '0') return false;
  whole = digits;
  return true;
}

std::optional<Literal> take_apart(std::string_view text, bool grouping)
{
  Literal literal;
  if (text.starts_with('-')) {
    literal.negative = true;
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  literal.whole = text.substr(0, point);
  if (point != std::string_view::npos) {
    literal.fraction = text.substr(point + 1);
    if (!all_digits(literal.fraction)) return std::nullopt;
  }
  if (grouping && !ungroup(literal.whole)) return std::nullopt;
  if (!all_digits(literal.whole)) return std::nullopt;
  return literal;
}

std::size_t decimals_of(MoneyUnit unit)
{
  switch (unit) {
  case MoneyUnit::paise: return 0;
  case MoneyUnit::rupees: return 2;
  case MoneyUnit::lakh: return 7;
  case MoneyUnit::crore: return 9;
  }
  return 0;
}

std::string_view name_of(MoneyUnit unit)
{
  switch (unit) {
  case MoneyUnit::paise: return "paise";
  case MoneyUnit::rupees: return "rupees";
  case MoneyUnit::lakh: return "lakh";
  case MoneyUnit::crore: return "crore";
  }
  return "?";
}

std::string in_words(std::size_t count)
{
  constexpr std::array<std::string_view, 13> kWords = {"no",   "one",    "two",   "three", "four",
                                                       "five", "six",    "seven", "eight", "nine",
                                                       "ten",  "eleven", "twelve"};
  return count < kWords.size() ? std::string(kWords[count]) : std::to_string(count);
}

tl::unexpected<Error> too_fine(std::string_view text, std::size_t decimals, MoneyUnit unit)
{
  // "paise allow two" is what a treasurer calls it, whatever the unit of the page.
  const std::string allowed = unit == MoneyUnit::rupees ? "paise allow two"
                                                        : fmt::format("{} allow {}", name_of(unit),
                                                                      in_words(decimals_of(unit)));
  return fail(ErrorKind::invalid,
              fmt::format("amount '{}' has {} decimal{}; {}", shown(text), in_words(decimals),
                          decimals == 1 ? "" : "s", allowed));
}

} // namespace

Result<std::int64_t> read_money(std::string_view text, MoneyUnit unit)
{
  const auto literal = take_apart(text, true);
  if (!literal)
    return fail(ErrorKind::invalid,
                fmt::format("'{}' is not an amount such as 125000.50 or 1,25,000.50", shown(text)));
  const std::size_t decimals = decimals_of(unit);
  if (literal->fraction.size() > decimals) return too_fine(text, literal->fraction.size(), unit);
  std::string digits = literal->whole + literal->fraction;
  digits.append(decimals - literal->fraction.size(), '0');
  std::int64_t paise = 0;
  for (const char c : digits) {
    const std::int64_t digit = literal->negative ? '0' - c : c - '0';
    if (__builtin_mul_overflow(paise, 10, &paise) || __builtin_add_overflow(paise, digit, &paise))
      return fail(ErrorKind::invalid, fmt::format("amount '{}' is too large", shown(text)));
  }
  return paise;
}

std::string write_money(std::int64_t paise, MoneyUnit unit)
{
  const std::size_t decimals = decimals_of(unit);
  std::string digits = std::to_string(paise);
  const bool negative = digits.starts_with('-'); // not by sign change: INT64_MIN has no opposite
  if (negative) digits.erase(0, 1);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  std::string fraction = digits.substr(digits.size() - decimals);
  digits.resize(digits.size() - decimals);
  if (unit == MoneyUnit::lakh || unit == MoneyUnit::crore)
    while (fraction.ends_with('0'))
      fraction.pop_back();
  if (!fraction.empty()) digits += "." + fraction;
  return (negative ? "-" : "") + digits;
}

Result<std::string> read_decimal(std::string_view text)
{
  constexpr std::size_t kDigits = 18; // each side
  auto literal = take_apart(text, false);
  if (!literal)
    return fail(ErrorKind::invalid,
                fmt::format("'{}' is not a decimal such as -12.5", shown(text)));
  literal->whole.erase(0, std::min(literal->whole.find_first_not_of('0'), literal->whole.size()));
  while (literal->fraction.ends_with('0'))
    literal->fraction.pop_back();
  if (literal->whole.size() > kDigits || literal->fraction.size() > kDigits)
    return fail(ErrorKind::invalid,
                fmt::format("'{}' has more than {} digits on one side", shown(text), kDigits));
  if (literal->whole.empty() && literal->fraction.empty()) return "0";
  return (literal->negative ? "-" : "") + (literal->whole.empty() ? "0" : literal->whole) +
         (literal->fraction.empty() ? "" : "." + literal->fraction);
}

} // namespace gramsetu::schema
