// Reading whole tables, a page of rows at a time.
#pragma once

#include "daemon/store/postgresql/query.hpp"

#include <string>

namespace gramsetu::store::postgresql {

// Reads every row of the SELECT and keeps none. Within a transaction, whose snapshot it sees.
template <typename Read>
Result<void> scrub_rows(Connection& db, const std::string& select, Read read)
{
  Query open(db, "DECLARE gs_scrub NO SCROLL CURSOR FOR " + select);
  TRY_VOID(open.run());
  for (bool more = true; more;) {
    Query page(db, "FETCH 500 FROM gs_scrub");
    more = false;
    while (true) {
      TRY(const bool row, page.next());
      if (!row) break;
      more = true;
      TRY_VOID(read(page));
    }
  }
  Query close(db, "CLOSE gs_scrub");
  return close.run();
}

} // namespace gramsetu::store::postgresql
