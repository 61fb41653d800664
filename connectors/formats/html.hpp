// The tables of an HTML page as rows: what directories offer as ".xls", and what a browser saves.
#pragma once

#include "connectors/formats/bytes.hpp"
#include "connectors/formats/encoding.hpp"
#include "connectors/formats/table.hpp"

#include <cstddef>
#include <memory>

namespace gramsetu::connectors::formats {

// `table` counts from 1, in the order in which tables begin; one inside another's cell is a table of its own.
// Runs of blanks are one, <br> is a blank. A cell that spans several columns or rows stands in each of
// them. A page without that table is `invalid`: it is an error message or a login, not a register without rows.
Result<std::unique_ptr<Table>> open_table(std::unique_ptr<Bytes> bytes, Encoding encoding,
                                          std::size_t table);

} // namespace gramsetu::connectors::formats
