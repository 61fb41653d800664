// CSV as RFC 4180 has it: one row at a time out of a text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::formats {

struct Dialect {
  char delimiter = ',';
  std::optional<char> quote = '"'; // none: every character stands for itself
};

struct ScannedRow {
  enum class Outcome {
    row,       // `cells` are its cells
    more,      // the text ends before the row does; come again with more of it
    malformed, // `why`; only the first line is given up, the rest may be good rows
  };
  Outcome outcome = Outcome::row;
  std::size_t size = 0;  // bytes of the row or the bad line, line end included
  std::size_t lines = 1; // line ends inside `size`; a quoted cell may hold some
  bool ended = true;     // a line end closes it; without one the file may have been cut off
  std::string why;
};

// Reads the row at the start of `text`. Rows end with LF or CRLF; a CR elsewhere is content, as is a
// quote inside an unquoted cell. `at_end`: no more text will come. `cells` is overwritten.
ScannedRow scan_row(std::string_view text, bool at_end, const Dialect& dialect,
                    std::vector<std::string>& cells);

// The names of columns: outer blanks cut, runs of blanks one; a name that was there already gets
// " (2)", a blank one is "column 3".
std::vector<std::string> column_names(const std::vector<std::string>& header);

// One row, with CRLF at its end. A cell is quoted where it must be and otherwise left alone: what
// machines read is never altered for the sake of a spreadsheet ("-500.00" and "=1+1" stay).
std::string write_row(const std::vector<std::string>& cells, const Dialect& dialect);

} // namespace gramsetu::connectors::formats
