// Cron expressions of five fields, in a time zone.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <bitset>
#include <string>
#include <string_view>

namespace gramsetu::schedule {

// minute hour day month weekday, each `*`, numbers, ranges, lists and steps ("*/15", "1-5", "0,30").
// Weekday 0 and 7 are Sunday. When day and weekday are both given, either is enough (POSIX crontab).
struct Cron {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;
  std::bitset<13> months;
  std::bitset<7> weekdays;
  bool any_day = false, any_weekday = false;
};

Result<Cron>
parse_cron(std::string_view text); // the error says which field, and what would be right

// The first time strictly after `after`, in the zone with the given fixed offset from UTC (India keeps one
// offset all year). Nothing when the expression never matches (31 February).
std::optional<Instant> next_after(const Cron& cron, Instant after, std::chrono::minutes offset);

} // namespace gramsetu::schedule
