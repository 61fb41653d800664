// Strict readers of single scalars: the whole text, or nothing.
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace gramsetu::schema {

namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t size;
};

// Largest first, as `write_duration` looks for the first that divides.
constexpr std::array<Unit, 7> kDurations = {{{"y", 365LL * 86'400'000},
                                             {"w", 7LL * 86'400'000},
                                             {"d", 86'400'000},
                                             {"h", 3'600'000},
                                             {"m", 60'000},
                                             {"s", 1'000},
                                             {"ms", 1}}};
constexpr std::array<Unit, 5> kSizes = {
    {{"B", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}, {"TiB", 1LL << 40}}};

// A number without sign and leading zeros, then exactly one of the units.
template <std::size_t size>
std::optional<std::int64_t> read_with_unit(std::string_view text,
                                           const std::array<Unit, size>& units)
{
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
  const auto number = read_integer(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    std::int64_t product = 0;
    if (unit.name != text.substr(digits)) continue;
    if (__builtin_mul_overflow(*number, unit.size, &product)) return std::nullopt;
    return product;
  }
  return std::nullopt;
}

} // namespace

std::optional<std::int64_t> read_integer(std::string_view text)
{
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits[0] == '0' && text != "0")) return std::nullopt;
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

std::optional<bool> read_flag(std::string_view text)
{
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<milliseconds> read_duration(std::string_view text)
{
  const auto read = read_with_unit(text, kDurations);
  if (!read) return std::nullopt;
  return milliseconds(*read);
}

std::string write_duration(milliseconds duration)
{
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  for (const Unit& unit : kDurations)
    if (count % unit.size == 0) return fmt::format("{}{}", count / unit.size, unit.name);
  return fmt::format("{}ms", count);
}

std::optional<std::uint64_t> read_size(std::string_view text)
{
  const auto read = read_with_unit(text, kSizes);
  if (!read) return std::nullopt;
  return static_cast<std::uint64_t>(*read);
}

std::optional<std::int64_t> read_percent(std::string_view text)
{
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string fraction;
  if (point != std::string_view::npos) {
    fraction = text.substr(point + 1);
    if (fraction.empty() || fraction.size() > 2) return std::nullopt;
    if (fraction.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  }
  fraction.resize(2, '0');
  const auto percents = read_integer(whole);
  if (!percents || whole[0] == '-' || *percents > 1'000'000) return std::nullopt;
  return *percents * 100 + (fraction[0] - '0') * 10 + (fraction[1] - '0');
}

} // namespace gramsetu::schema
