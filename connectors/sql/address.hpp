// Where a PostgreSQL database is: postgresql://user@host:5432/database.
#pragma once

#include "base/result.hpp"

#include <string>

namespace gramsetu::connectors::sql {

struct Address {
  std::string user, host, port, database; // host: a name, or the folder of a Unix socket

  bool is_here() const; // nobody can read along on the way
  std::string shown() const;
};

// Parts may be percent-encoded, so that a folder can stand where the host does: postgresql://%2Frun%2Fpostgresql/csc.
// A password in it is refused: it belongs into `auth`.
Result<Address> read_address(const std::string& url);

} // namespace gramsetu::connectors::sql
