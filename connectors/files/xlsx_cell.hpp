// What the cells of a workbook say: numbers as digits, days as days. Pure, and never through a floating number.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::connectors::files {

// A number as the file writes it, as plain digits: "1.25E+3" is "1250". Spreadsheets compute in binary and
// keep fifteen digits that mean something, so "0.30000000000000004" is "0.3", as it is shown there; whole
// numbers keep all their digits. What is no number stays as it is.
std::string number_text(std::string_view written);

// Days since the workbook's first day as a date ("2026-04-01"), or as a time ("2026-04-01T10:30:00", without
// a day "10:30:00"). Nothing for what is no day: negative ones, and 29 February 1900, which never was.
std::optional<std::string> day_text(std::string_view written, bool from_1904);

// Whether a number format shows days or times: by its number among the built-in ones, or by its code.
bool is_day_format(int built_in);
bool is_day_format(std::string_view code);

} // namespace gramsetu::connectors::files
