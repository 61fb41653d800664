// Which engine the tests of the store's contract run on: SQLite, unless GRAMSETU_TEST_STORE says postgresql.
#pragma once

#include "daemon/store/store.hpp"

#include <string>

namespace gramsetu::test {

// Fills in a database of the test's own, always the same one for the same path, when it is PostgreSQL's turn and
// PostgreSQL is installed; does nothing otherwise.
void choose_engine(store::StoreOptions& options);

// A fresh, empty database of the test's server, which is there.
void use_fresh_database(store::StoreOptions& options);

// The same as an operator writes it, after "store: "; what lies beside the store goes into `folder`.
std::string store_block(const store::StoreOptions& options, const std::string& folder);

// Runs SQL in the database as some other program would; gives the first column of the first row, or the error.
std::string sql_in_database(const store::StoreOptions& options, const std::string& text);

} // namespace gramsetu::test
