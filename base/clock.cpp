// The system's clocks, and RFC 3339 in and out.
#include "base/clock.hpp"

#include "base/digits.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>

namespace gramsetu {

namespace chr = std::chrono;

Instant SystemClock::now() const noexcept
{
  return chr::floor<chr::milliseconds>(chr::system_clock::now());
}

Ticks SystemClock::ticks() const noexcept
{
  return chr::steady_clock::now();
}

bool SystemClock::sleep_until(Ticks deadline, std::stop_token stop)
{
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_until(lock, stop, deadline, [] { return false; });
  return !stop.stop_requested();
}

namespace {

std::string civil_text(Instant at)
{
  const auto day = chr::floor<chr::days>(at);
  const chr::year_month_day date(day);
  const chr::hh_mm_ss time(at - day);
  std::string text;
  text.reserve(32);
  append_padded(text, static_cast<int>(date.year()), 4);
  append_padded(text += '-', static_cast<unsigned>(date.month()), 2);
  append_padded(text += '-', static_cast<unsigned>(date.day()), 2);
  append_padded(text += 'T', time.hours().count(), 2);
  append_padded(text += ':', time.minutes().count(), 2);
  append_padded(text += ':', time.seconds().count(), 2);
  append_padded(text += '.', time.subseconds().count(), 3);
  return text;
}

// Reads exactly `count` digits from the front of `text`; -1 when they are not there.
int take_digits(std::string_view& text, std::size_t count)
{
  if (text.size() < count) return -1;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char expected)
{
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// The fraction of a second in milliseconds; -1 when it is malformed.
int take_fraction(std::string_view& text)
{
  if (!take(text, '.')) return 0;
  int millis = 0;
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 9) {
    if (digits < 3) millis = millis * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++digits;
  }
  if (digits == 0) return -1;
  for (; digits < 3; ++digits)
    millis *= 10;
  return millis;
}

// The offset in minutes, or nothing when there is no well-formed zone.
std::optional<int> take_zone(std::string_view& text)
{
  if (take(text, 'Z') || take(text, 'z')) return 0;
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '+' ? 1 : -1;
  text.remove_prefix(1);
  const int hours = take_digits(text, 2);
  take(text, ':');
  const int minutes = take_digits(text, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

} // namespace

std::string to_rfc3339(Instant at)
{
  return civil_text(at) + "Z";
}

std::string to_rfc3339(Instant at, chr::minutes offset)
{
  const auto minutes = std::abs(offset.count());
  return civil_text(at + offset) +
         fmt::format("{}{:02}:{:02}", offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

Result<Instant> from_rfc3339(std::string_view text)
{
  const auto refuse = [whole = text] {
    return fail(ErrorKind::invalid,
                "'" + std::string(whole) +
                    "' is not an RFC 3339 time such as 2026-11-23T10:00:00+05:30");
  };
  const int year = take_digits(text, 4);
  const bool dash1 = take(text, '-');
  const int month = take_digits(text, 2);
  const bool dash2 = take(text, '-');
  const int day = take_digits(text, 2);
  if (year < 0 || month < 0 || day < 0 || !dash1 || !dash2) return refuse();
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return refuse();
  const int hour = take_digits(text, 2);
  const bool colon1 = take(text, ':');
  const int minute = take_digits(text, 2);
  const bool colon2 = take(text, ':');
  const int second = take_digits(text, 2);
  const int millis = take_fraction(text);
  const auto zone = take_zone(text);
  const chr::year_month_day date{chr::year(year), chr::month(static_cast<unsigned>(month)),
                                 chr::day(static_cast<unsigned>(day))};
  if (!colon1 || !colon2 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59 || millis < 0 || !zone || !text.empty() || !date.ok())
    return refuse();
  return Instant(chr::sys_days(date) + chr::hours(hour) + chr::minutes(minute) +
                 chr::seconds(second) + chr::milliseconds(millis) - chr::minutes(*zone));
}

} // namespace gramsetu
