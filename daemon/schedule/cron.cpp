// Reading cron expressions, and walking the calendar to their next match.
#include "daemon/schedule/cron.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace gramsetu::schedule {

namespace chr = std::chrono;

namespace {

struct Field {
  std::string_view name;
  int low, high;
};

constexpr std::array<Field, 5> kFields = {
    {{"minute", 0, 59}, {"hour", 0, 23}, {"day", 1, 31}, {"month", 1, 12}, {"weekday", 0, 7}}};

// The longest wait there can be: 29 February, over a year such as 2100 that has none.
constexpr chr::days kHorizon{366 * 9};

std::vector<std::string_view> split(std::string_view text, std::string_view separators)
{
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> number(std::string_view text)
{
  if (text.empty() || text.size() > 3) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

tl::unexpected<Error> wrong(const Field& field, std::string_view text, std::string_view right)
{
  return fail(ErrorKind::invalid, fmt::format("cron: {} '{}' is not {}", field.name, text, right));
}

// One part of a list: "*", "5", "1-5", "*/15" or "10-50/20"; its numbers are added to `out`.
Result<void> read_part(const Field& field, std::string_view part, std::vector<int>& out)
{
  const auto slash = part.find('/');
  const auto range = part.substr(0, slash);
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto given = number(part.substr(slash + 1));
    if (!given || *given == 0) return wrong(field, part, "a step such as */15");
    step = *given;
  }
  int from = field.low, to = field.high;
  if (range != "*") {
    const auto dash = range.find('-');
    const auto first = number(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(range.substr(dash + 1));
    if (!first || !last || *first < field.low || *last > field.high)
      return wrong(field, part,
                   fmt::format("*, or numbers from {} to {} as in 1, 1-5, 0,30 or */15", field.low,
                               field.high));
    if (*first > *last) return wrong(field, part, "a range from less to more");
    if (dash == std::string_view::npos && step != 1)
      return wrong(field, part, "a step of * or of a range such as 10-50/20");
    from = *first;
    to = *last;
  }
  for (int value = from; value <= to; value += step)
    out.push_back(value);
  return {};
}

template <std::size_t size>
Result<void> read_field(const Field& field, std::string_view text, std::bitset<size>& bits)
{
  std::vector<int> values;
  for (const auto part : split(text, ","))
    TRY_VOID(read_part(field, part, values));
  for (const int value : values)
    bits.set(static_cast<std::size_t>(value) % (size == 7 ? 7 : 64)); // Sunday is 0 and 7
  return {};
}

bool matches_day(const Cron& cron, const chr::year_month_day& date, chr::sys_days day)
{
  if (!cron.months.test(static_cast<unsigned>(date.month()))) return false;
  const bool by_day = cron.days.test(static_cast<unsigned>(date.day()));
  const bool by_weekday = cron.weekdays.test(chr::weekday(day).c_encoding());
  if (cron.any_day) return by_weekday;
  if (cron.any_weekday) return by_day;
  return by_day || by_weekday;
}

// The first matching minute of a day that is not before `from` minutes after its midnight.
std::optional<chr::minutes> minute_in_day(const Cron& cron, chr::minutes from)
{
  for (auto hour = static_cast<std::size_t>(from.count() / 60); hour < 24; ++hour) {
    if (!cron.hours.test(hour)) continue;
    const auto begin = chr::hours(hour);
    for (std::size_t minute = 0; minute < 60; ++minute)
      if (cron.minutes.test(minute) && begin + chr::minutes(minute) >= from)
        return begin + chr::minutes(minute);
  }
  return std::nullopt;
}

} // namespace

Result<Cron> parse_cron(std::string_view text)
{
  std::vector<std::string_view> fields;
  for (const auto field : split(text, " \t"))
    if (!field.empty()) fields.push_back(field);
  if (fields.size() != kFields.size())
    return fail(ErrorKind::invalid,
                fmt::format("cron: '{}' has {} fields, not the five of minute hour day month "
                            "weekday, as in 30 2 * * *",
                            text, fields.size()));
  Cron cron;
  TRY_VOID(read_field(kFields[0], fields[0], cron.minutes));
  TRY_VOID(read_field(kFields[1], fields[1], cron.hours));
  TRY_VOID(read_field(kFields[2], fields[2], cron.days));
  TRY_VOID(read_field(kFields[3], fields[3], cron.months));
  TRY_VOID(read_field(kFields[4], fields[4], cron.weekdays));
  cron.any_day = fields[2] == "*";
  cron.any_weekday = fields[4] == "*";
  return cron;
}

std::optional<Instant> next_after(const Cron& cron, Instant after, chr::minutes offset)
{
  // Local time as if it were UTC: with a fixed offset each local minute comes once.
  const auto first = chr::floor<chr::minutes>(after + offset) + chr::minutes(1);
  const auto first_day = chr::floor<chr::days>(first);
  for (auto day = first_day; day <= first_day + kHorizon; day += chr::days(1)) {
    if (!matches_day(cron, chr::year_month_day(day), day)) continue;
    const auto from = day == first_day ? first - day : chr::minutes(0);
    if (const auto minute = minute_in_day(cron, from)) return Instant(day + *minute - offset);
  }
  return std::nullopt;
}

} // namespace gramsetu::schedule
