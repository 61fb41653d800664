// Where a page of files starts, as the text that the engine hands back.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace gramsetu::connectors::files {

struct Mark {
  std::string set;           // digest of the names and identities that must still be there
  std::int64_t file = 0;     // which of them
  std::int64_t offset = 0;   // in its decoded bytes, or in its rows
  std::int64_t position = 0; // records and bad pieces before it
};

std::string write_mark(const Mark& mark);
Result<Mark> read_mark(const std::string& token);

} // namespace gramsetu::connectors::files
