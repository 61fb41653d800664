// Decimal arithmetic on digits, and the calendar of spreadsheets.
#include "connectors/files/xlsx_cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace gramsetu::connectors::files {

namespace {

constexpr std::size_t kMeaningful = 15;       // decimal digits that a spreadsheet keeps
constexpr std::int64_t kMostDays = 2'958'465; // 31 December 9999
constexpr std::size_t kFractionDigits = 10;   // of a day: far below a second

bool is_digit(char letter)
{
  return letter >= '0' && letter <= '9';
}

// digits, of which the first `whole` stand before the point.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t whole = 0;
};

// [-]digits[.digits][E[+-]digits]
std::optional<Decimal> read_decimal(std::string_view text)
{
  Decimal made;
  std::size_t at = 0;
  const auto run = [&](std::string& into) {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at]))
      into.push_back(text[at++]);
    return at > start;
  };
  if (text.starts_with('-')) made.negative = ++at > 0;
  if (!run(made.digits)) return std::nullopt;
  made.whole = static_cast<std::int64_t>(made.digits.size());
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!run(made.digits)) return std::nullopt;
  }
  if (at < text.size() && (text[at] == 'E' || text[at] == 'e')) {
    ++at;
    const bool down = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    std::string power;
    if (!run(power) || power.size() > 3) return std::nullopt;
    made.whole += (down ? -1 : 1) * std::stoi(power);
  }
  const bool sane = at == text.size() && made.whole > -40 && made.whole < 40;
  return sane ? std::optional(std::move(made)) : std::nullopt;
}

// Leading zeros go, and the point comes to stand inside the digits.
void normalize(Decimal& number)
{
  const std::size_t first = std::min(number.digits.find_first_not_of('0'), number.digits.size());
  number.digits.erase(0, first);
  number.whole -= static_cast<std::int64_t>(first);
}

void round_to(Decimal& number, std::size_t kept)
{
  const bool up = number.digits[kept] >= '5';
  number.digits.resize(kept);
  if (!up) return;
  for (std::size_t i = kept; i-- > 0;) {
    if (number.digits[i] != '9') {
      ++number.digits[i];
      return;
    }
    number.digits[i] = '0';
  }
  number.digits.insert(0, 1, '1');
  ++number.whole;
}

std::string write(const Decimal& number)
{
  std::string whole, fraction;
  for (std::int64_t i = 0; i < number.whole; ++i) {
    const auto at = static_cast<std::size_t>(i);
    whole.push_back(at < number.digits.size() ? number.digits[at] : '0');
  }
  if (number.whole < 0) fraction.assign(static_cast<std::size_t>(-number.whole), '0');
  const auto point = static_cast<std::size_t>(std::max<std::int64_t>(number.whole, 0));
  if (point < number.digits.size()) fraction += number.digits.substr(point);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (whole.empty()) whole = "0";
  const bool zero = fraction.empty() && whole == "0";
  return (number.negative && !zero ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
}

std::string date_of(std::int64_t day, bool from_1904)
{
  using namespace std::chrono;
  const sys_days first = from_1904  ? sys_days{year{1904} / 1 / 1}
                         : day < 60 ? sys_days{year{1899} / 12 / 31}
                                    : sys_days{year{1899} / 12 / 30};
  const year_month_day date{first + days{day}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

} // namespace

std::string number_text(std::string_view written)
{
  auto number = read_decimal(written);
  if (!number) return std::string(written);
  normalize(*number);
  const bool has_fraction = static_cast<std::int64_t>(number->digits.size()) > number->whole;
  const bool blurred = has_fraction && number->digits.size() > kMeaningful;
  if (blurred && number->whole <= static_cast<std::int64_t>(kMeaningful))
    round_to(*number, kMeaningful);
  return write(*number);
}

std::optional<std::string> day_text(std::string_view written, bool from_1904)
{
  const std::string plain = number_text(written);
  const std::size_t point = std::min(plain.find('.'), plain.size());
  if (!std::all_of(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(point), is_digit) ||
      point == 0 || point > 7)
    return std::nullopt;
  std::int64_t day = std::stoll(plain.substr(0, point));
  std::string fraction = point < plain.size() ? plain.substr(point + 1) : std::string();
  fraction.resize(kFractionDigits, '0');
  if (!std::all_of(fraction.begin(), fraction.end(), is_digit)) return std::nullopt;
  constexpr std::int64_t kScale = 10'000'000'000;
  std::int64_t seconds = (std::stoll(fraction) * 86'400 + kScale / 2) / kScale;
  day += seconds / 86'400;
  seconds %= 86'400;
  if (day > kMostDays || (day == 60 && !from_1904)) return std::nullopt;
  const std::string time =
      fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (day == 0 && !from_1904) return time;
  return date_of(day, from_1904) + (seconds == 0 ? "" : "T" + time);
}

bool is_day_format(int built_in)
{
  const auto between = [&](int low, int high) { return built_in >= low && built_in <= high; };
  return between(14, 22) || between(27, 36) || between(45, 47) || between(50, 58);
}

bool is_day_format(std::string_view code)
{
  // What stands in quotes, in brackets or behind a backslash is shown as it is.
  for (std::size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    if (code[i] == '\\' || code[i] == '_' || code[i] == '*')
      ++i;
    else if (code[i] == '"' || code[i] == '[')
      i = std::min(code.find(code[i] == '"' ? '"' : ']', i + 1), code.size());
    else if (std::string_view("dmyhsDMYHS").find(code[i]) != std::string_view::npos)
      return true;
  }
  return false;
}

} // namespace gramsetu::connectors::files
