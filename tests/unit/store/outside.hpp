// What other programs do to the store's file, and a record to do it to.
#pragma once

#include "tests/unit/store/fixture.hpp"

#include <sqlite3.h>

namespace gramsetu::test {

// Runs SQL as some other program would; gives the first column of the first row.
inline std::string sql(const std::string& path, const std::string& text)
{
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &other) == SQLITE_OK);
  std::string first;
  char* wrong = nullptr;
  sqlite3_exec(
      other, text.c_str(),
      [](void* out, int, char** values, char**) {
        auto& found = *static_cast<std::string*>(out);
        if (found.empty() && values[0] != nullptr) found = values[0];
        return 0;
      },
      &first, &wrong);
  if (wrong != nullptr) first = wrong;
  sqlite3_free(wrong);
  sqlite3_close(other);
  return first;
}

// The same, of whichever engine the store is.
inline std::string sql(const store::StoreOptions& options, const std::string& text)
{
  return options.postgresql.empty() ? sql(options.path, text) : sql_in_database(options, text);
}

inline bool is_sqlite(const StoreFixture& fixture)
{
  return fixture.options.postgresql.empty();
}

inline store::RecordRow voucher(std::string key,
                                std::string body = R"({"amount":100000,"payee":"Asha"})")
{
  store::RecordRow row;
  row.entity = "voucher";
  row.key = std::move(key);
  row.body = std::move(body);
  row.origin = "{}";
  row.changed_at = kNow;
  return row;
}

} // namespace gramsetu::test
