// The checksum of a row, which notices what no database does: a changed digit.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::store {

// A quick hash of the row's texts (with their lengths) and numbers, in order: it is there for accidents. Who changes a
// row on purpose can change its checksum too; what is against that is the audit log.
std::int64_t row_sum(std::initializer_list<std::string_view> texts,
                     std::initializer_list<std::int64_t> numbers);

// `corrupt`, naming table and row, when the sum that was stored is not that of the row. `computed` is what `row_sum`
// made last on this thread. Rows from before schema 4 have the first eight bytes of a SHA-256 over the same.
Result<void> check_sum(std::int64_t stored, std::int64_t computed, std::string_view table,
                       std::string_view row);

// The row that such an error names.
struct BadRow {
  std::string word, row;
};
std::optional<BadRow> bad_row_of(std::string_view what);

} // namespace gramsetu::store
