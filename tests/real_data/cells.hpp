// What a cell of a table of the directory means, worked out without the hub's code.
#pragma once

#include "tests/real_data/shapes.hpp"
#include "tests/real_data/tables.hpp"

#include <cctype>
#include <optional>
#include <string>

namespace gramsetu::real_data {

inline std::string letters_of(const std::string& header)
{
  std::string letters;
  for (const char c : header)
    if (std::isalnum(static_cast<unsigned char>(c)))
      letters.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return letters;
}

inline std::optional<std::size_t> place_of(const Column& column, const Cells& header)
{
  for (const auto& name : column.headers) {
    int seen = 0;
    for (std::size_t i = 0; i < header.size(); ++i)
      if (letters_of(header[i]) == name && ++seen == column.nth) return i;
  }
  return std::nullopt;
}

inline std::string meaning_of(const std::string& cell, Kind kind)
{
  if (cell.find_first_not_of(" \t") == std::string::npos) return "";
  const std::size_t digit = cell.find_first_not_of('0');
  if (kind == Kind::text) return nfc(cell);
  if (kind == Kind::census) return digit == std::string::npos ? "" : cell;
  if (digit == std::string::npos) return kind == Kind::code ? "" : "0";
  return cell.substr(digit);
}

} // namespace gramsetu::real_data
