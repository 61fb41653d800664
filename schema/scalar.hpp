// Strict readers of what an operator writes: whole numbers, flags, durations, sizes, percentages.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::schema {

// Each reads the whole text or returns nothing.
std::optional<std::int64_t> read_integer(std::string_view text); // "-12"; not "012", "1e3", "1_000"
std::optional<bool> read_flag(std::string_view text);            // "true" or "false" only
// "250ms 30s 15m 2h 2d 3w 3y"; one number and one unit. A day has 24 hours, a year 365 days.
std::optional<std::chrono::milliseconds> read_duration(std::string_view text);
std::string write_duration(std::chrono::milliseconds duration); // the largest unit that divides it
std::optional<std::uint64_t> read_size(std::string_view text);  // "64KiB 2MiB 1GiB 512B"
// "5%" or "2.5%", as hundredths of a percent: 500, 250.
std::optional<std::int64_t> read_percent(std::string_view text);

} // namespace gramsetu::schema
