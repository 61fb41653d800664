// Readers and writers of single values in the shapes that endpoints use.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::schema {

// Money. `-?digits[.digits]` with Indian or no grouping ("1,25,000.50"); at most two decimals for rupees,
// seven for lakh, nine for crore; a coarser unit must come out in whole paise. Exponents, signs other
// than '-', misplaced commas, native digits and blanks inside are `invalid`. Exact, no float.
enum class MoneyUnit { paise, rupees, lakh, crore };
Result<std::int64_t> read_money(std::string_view text, MoneyUnit unit);
std::string write_money(std::int64_t paise,
                        MoneyUnit unit); // no grouping; rupees always with two decimals

// "-12.50" to "-12.5"; at most 18 digits each side. No exponent, no grouping.
Result<std::string> read_decimal(std::string_view text);

// Dates in the proleptic Gregorian calendar, by an explicit pattern only ("dd/MM/yyyy"); a value that does
// not fit it exactly is `invalid`, never guessed. Canonical form "2026-11-23".
Result<std::string> read_date(std::string_view text, std::string_view format);
std::string write_date(std::string_view canonical, std::string_view format);

// Timestamps; canonical RFC 3339 in UTC with milliseconds. `format` as in mapping.hpp; `zone` is used
// when the format has none.
Result<Instant> read_instant(std::string_view text, std::string_view format,
                             std::optional<std::chrono::minutes> zone);
Result<std::string> read_timestamp(std::string_view text, std::string_view format,
                                   std::optional<std::chrono::minutes> zone);
std::string write_timestamp(std::string_view canonical, std::string_view format,
                            std::optional<std::chrono::minutes> zone);

// "2025-2026", "2025-26", "2025": the year of the April in which it starts. The second part must follow
// the first.
Result<std::int64_t> read_financial_year(std::string_view text);
std::string write_financial_year(std::int64_t start, std::string_view format);
std::int64_t financial_year_of(std::string_view canonical_date); // 2026-03-31 is in 2025

// An LGD code: text or number in, digits without leading zeros out ("0309", "309.0" to "309"); zero, which
// stands for "none" in the dumps, and anything but digits is `invalid`. A code means nothing without its
// kind, so values are only ever compared inside one field.
Result<std::string> read_code(std::string_view text);

} // namespace gramsetu::schema
