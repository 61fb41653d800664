// What the file of a loaded store says: how large it is, and what SQLite alone takes to write its rows.
#pragma once

#include <string>

namespace gramsetu::bench {

// Bytes of the store's file that hold the present, and those that hold history: the change log, runs, the
// sync log. The store must be closed.
void tell_size(const std::string& store);

// Writes the store's rows into a new file beside it, which is removed again: as they stand, a transaction for each
// page, with the store's own settings. Reading them is not in the time. What is told is the least that these rows can
// cost.
struct RowsAsked {
  bool records_alone = false; // or with their changes and shadows
  bool indexes = true;
};
void tell_rows(const std::string& store, const RowsAsked& asked);

} // namespace gramsetu::bench
