// Between a column's cell and a record's value, exactly or not at all.
#pragma once

#include "connectors/sql/session.hpp"
#include "connectors/sql/words.hpp"
#include "schema/value.hpp"

#include <string>
#include <vector>

namespace gramsetu::connectors::sql {

// How one column's cells are read and written.
struct Form {
  const Column& column;
  const Zone& zone;
  bool inexact = false; // floating-point numbers are taken as they are shown
};

// What no record can hold exactly (floating point, bytes, a text that is not UTF-8) becomes an object that says
// so: the mapping refuses it for whatever field, and its record goes to quarantine with a pointer.
schema::Value value_of(const Cell& cell, const Form& form);

// `invalid` when the column would not keep it as it is.
Result<Cell> cell_of(const schema::Value& value, const Form& form);

// The text by which a key, a version or a cursor is known outside.
std::string text_of(const Cell& cell, const Form& form);

// Cells as text and back, for pages.
std::string write_cell(const Cell& cell);
Result<Cell> read_cell(const std::string& text);

// A row's identity: its key's texts joined by '/', as keys of records are, and taken apart again.
std::string join_id(const std::vector<std::string>& parts);
std::vector<std::string> split_id(const std::string& id, std::size_t parts);

} // namespace gramsetu::connectors::sql
