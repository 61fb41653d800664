// What is done to a database before it is a store: the look at it, the lock, the schema.
#pragma once

#include "base/result.hpp"
#include "daemon/store/postgresql/connection.hpp"

namespace gramsetu::store::postgresql {

// Settings that the statements of this room rely on. `unsupported` when the server is too old, `invalid` when the
// database does not hold UTF-8.
Result<void> settle_session(Connection& connection);

// Until the connection ends, however it ends. `invalid`, naming the holder, when another one has it.
Result<void> take_lock(Connection& connection);

// Makes or migrates the schema. `unsupported` when it is newer than this program, `corrupt` when it is not ours.
Result<void> migrate(Connection& connection);

// That the schema is what this program knows.
Result<void> check_schema(Connection& connection);

} // namespace gramsetu::store::postgresql
