// What the file of a loaded store says: how large it is, and what SQLite alone takes to write its rows.
#pragma once

#include <string>

namespace gramsetu::bench {

// Bytes of the store's file that hold the present, and those that hold history: the change log, runs, the
// sync log. The store must be closed.
void tell_size(const std::string& store);

// Writes the rows of records, changes and shadows into a new file beside the store, which is removed again: as they
// stand, a transaction for each page, with the store's own settings, and with its indexes or without any. Reading them
// is not in the time. What is told is the least that these rows can cost.
void tell_rows(const std::string& store, bool indexes);

} // namespace gramsetu::bench
