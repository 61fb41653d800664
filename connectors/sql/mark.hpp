// Where a page starts; its text is the token that the engine hands back.
#pragma once

#include "connectors/sql/session.hpp"

#include <string>
#include <vector>

namespace gramsetu::connectors::sql {

struct Mark {
  std::string by;          // "key", "cursor", "captured"
  std::string cursor;      // what the pages say as their cursor
  std::string upper;       // where a reading from a cursor ends, as a cell's text
  std::vector<Cell> after; // the last row that was read: its place in the order
};

std::string write_mark(const Mark& mark);
Result<Mark> read_mark(const std::string& token);

} // namespace gramsetu::connectors::sql
