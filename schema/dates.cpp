// Dates and timestamps, by explicit patterns only.
#include "schema/types.hpp"

#include "base/digits.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace gramsetu::schema {

namespace {

namespace chr = std::chrono;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// A time on the wall, before anybody asks in which zone.
struct Civil {
  int year = -1, month = 1, day = 1, hour = 0, minute = 0, second = 0, milli = 0;
};

struct Part {
  std::string_view token; // one of kTokens, or empty
  char literal = 0;
};

constexpr std::array<std::string_view, 8> kTokens = {"yyyy", "MMM", "MM", "dd",
                                                     "HH",   "mm",  "ss", "SSS"};

// Takes the next part off the format.
Part next_part(std::string_view& format)
{
  Part part{{}, format.front()};
  const auto token = std::find_if(kTokens.begin(), kTokens.end(),
                                  [&](std::string_view one) { return format.starts_with(one); });
  if (token != kTokens.end()) part.token = *token;
  format.remove_prefix(part.token.empty() ? 1 : part.token.size());
  return part;
}

// Where a token's number goes.
template <typename C>
auto& slot_of(C& civil, std::string_view token)
{
  switch (token[0]) {
  case 'y': return civil.year;
  case 'M': return civil.month;
  case 'd': return civil.day;
  case 'H': return civil.hour;
  case 'm': return civil.minute;
  case 's': return civil.second;
  default: return civil.milli;
  }
}

int take_month_name(std::string_view text)
{
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (text.size() >= 3 && same(text[0], kMonths[i][0]) && same(text[1], kMonths[i][1]) &&
        same(text[2], kMonths[i][2]))
      return static_cast<int>(i) + 1;
  return -1;
}

int take_number(std::string_view text, std::size_t digits)
{
  int number = 0;
  const std::string_view part = text.substr(0, digits);
  if (part.size() < digits || part.find_first_not_of("0123456789") != part.npos) return -1;
  std::from_chars(part.data(), part.data() + part.size(), number);
  return number;
}

std::optional<Civil> read_civil(std::string_view text, std::string_view format)
{
  Civil civil;
  while (!format.empty()) {
    const Part part = next_part(format);
    if (part.token.empty()) {
      if (!text.starts_with(part.literal)) return std::nullopt;
      text.remove_prefix(1);
      continue;
    }
    int& slot = slot_of(civil, part.token);
    slot = part.token == "MMM" ? take_month_name(text) : take_number(text, part.token.size());
    if (slot < 0) return std::nullopt;
    text.remove_prefix(part.token.size());
  }
  const chr::year_month_day date{chr::year(civil.year),
                                 chr::month(static_cast<unsigned>(civil.month)),
                                 chr::day(static_cast<unsigned>(civil.day))};
  const bool good = text.empty() && civil.year >= 1 && date.ok() && civil.hour < 24 &&
                    civil.minute < 60 && civil.second < 60;
  return good ? std::optional(civil) : std::nullopt;
}

std::string write_civil(const Civil& civil, std::string_view format)
{
  std::string text;
  while (!format.empty()) {
    const Part part = next_part(format);
    if (part.token.empty())
      text += part.literal;
    else if (part.token == "MMM")
      text += kMonths[static_cast<std::size_t>(civil.month - 1)];
    else
      append_padded(text, slot_of(civil, part.token), part.token.size());
  }
  return text;
}

Instant instant_of(const Civil& civil)
{
  const chr::year_month_day date{chr::year(civil.year),
                                 chr::month(static_cast<unsigned>(civil.month)),
                                 chr::day(static_cast<unsigned>(civil.day))};
  return Instant(chr::sys_days(date) + chr::hours(civil.hour) + chr::minutes(civil.minute) +
                 chr::seconds(civil.second) + chr::milliseconds(civil.milli));
}

Civil civil_of(Instant at)
{
  const auto day = chr::floor<chr::days>(at);
  const chr::year_month_day date(day);
  const chr::hh_mm_ss time(at - day);
  return Civil{static_cast<int>(date.year()),
               static_cast<int>(static_cast<unsigned>(date.month())),
               static_cast<int>(static_cast<unsigned>(date.day())),
               static_cast<int>(time.hours().count()),
               static_cast<int>(time.minutes().count()),
               static_cast<int>(time.seconds().count()),
               static_cast<int>(time.subseconds().count())};
}

tl::unexpected<Error> misfit(std::string_view text, std::string_view what, std::string_view format)
{
  return fail(ErrorKind::invalid,
              fmt::format("'{}' is not a {} of the form {}", shown(text), what, format));
}

Result<Instant> read_epoch(std::string_view text, std::string_view format)
{
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return misfit(text, "timestamp", format);
  // Years 1 to 9999 in seconds; it also keeps the multiplication below far from its limits.
  constexpr std::int64_t kFirst = -62'135'596'800, kLast = 253'402'300'799;
  const bool seconds = format == "epoch_s";
  const std::int64_t in_seconds = seconds ? number : number / 1000;
  if (in_seconds < kFirst || in_seconds > kLast) return misfit(text, "timestamp", format);
  return Instant(chr::milliseconds(seconds ? number * 1000 : number));
}

// ISO 8601 with a zone, or without one when `zone` says which is meant.
Result<Instant> read_iso(std::string_view text, std::optional<chr::minutes> zone)
{
  if (auto read = from_rfc3339(text); read) return *read;
  if (zone) {
    if (auto read = from_rfc3339(std::string(text) + "Z"); read) return *read - *zone;
  }
  return misfit(text, "timestamp", zone ? "2026-11-23T10:00:00" : "2026-11-23T10:00:00+05:30");
}

bool in_range(Instant at)
{
  using namespace std::chrono_literals;
  constexpr Instant first = chr::sys_days(1y / 1 / 1), end = chr::sys_days(10000y / 1 / 1);
  return at >= first && at < end;
}

} // namespace

Result<std::string> read_date(std::string_view text, std::string_view format)
{
  const auto civil = read_civil(text, format);
  if (!civil) return misfit(text, "date", format);
  return write_civil(*civil, "yyyy-MM-dd");
}

std::string write_date(std::string_view canonical, std::string_view format)
{
  const auto civil = read_civil(canonical, "yyyy-MM-dd");
  return civil ? write_civil(*civil, format) : std::string(canonical);
}

Result<Instant> read_instant(std::string_view text, std::string_view format,
                             std::optional<chr::minutes> zone)
{
  if (format == "epoch_ms" || format == "epoch_s") return read_epoch(text, format);
  Instant at;
  if (format == "iso") {
    TRY(at, read_iso(text, zone));
  } else {
    const auto civil = read_civil(text, format);
    if (!civil) return misfit(text, "timestamp", format);
    if (!zone)
      return fail(ErrorKind::invalid,
                  fmt::format("'{}' has no zone, and none is configured", shown(text)));
    at = instant_of(*civil) - *zone;
  }
  if (!in_range(at)) return misfit(text, "timestamp", format);
  return at;
}

Result<std::string> read_timestamp(std::string_view text, std::string_view format,
                                   std::optional<chr::minutes> zone)
{
  TRY(const Instant at, read_instant(text, format, zone));
  return to_rfc3339(at);
}

std::string write_timestamp(std::string_view canonical, std::string_view format,
                            std::optional<chr::minutes> zone)
{
  const auto at = from_rfc3339(canonical);
  if (!at) return std::string(canonical);
  if (format == "epoch_ms") return std::to_string(at->time_since_epoch().count());
  if (format == "epoch_s")
    return std::to_string(chr::floor<chr::seconds>(*at).time_since_epoch().count());
  if (format == "iso") return zone ? to_rfc3339(*at, *zone) : to_rfc3339(*at);
  return write_civil(civil_of(*at + zone.value_or(chr::minutes(0))), format);
}

} // namespace gramsetu::schema
