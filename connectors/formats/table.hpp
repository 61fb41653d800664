// A table as rows of cells, whatever kind of document it stands in, and as records by its header.
#pragma once

#include "connectors/formats/reader.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gramsetu::connectors::formats {

struct RowRead {
  enum class Kind {
    row, // its cells were given
    bad, // a row that cannot be used; the next ones can
    end, // of the table
  };
  Kind kind = Kind::end;
  std::string code, why; // bad
};

// Read from front to back. Memory is bounded by the row limit, whatever the document holds.
class Table {
public:
  virtual ~Table() = default;
  // The next row; `cells` is written over, with the text that a person sees.
  virtual Result<RowRead> next(std::vector<std::string>& cells) = 0;
  // Of the row that was given last, from 1. A table may leave numbers out: rows with nothing on them.
  virtual std::uint64_t number() const = 0;
  // At the end: the document breaks off inside the table.
  virtual bool is_cut_off() const = 0;
  // A row may have fewer cells than the header, or blank ones beyond it.
  virtual bool leaves_out_blanks() const = 0;
};

// Reads the header: `skip_rows`, `header`, and `blank_rows` say the same as for CSV. A table without one is
// `invalid`. Its offsets are numbers of rows.
Result<std::unique_ptr<Reader>> read_table(std::unique_ptr<Table> table, const RecordFormat& format,
                                           const std::string& name);

} // namespace gramsetu::connectors::formats
