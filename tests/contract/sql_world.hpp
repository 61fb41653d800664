// A table of a real database as a world of the contract.
#pragma once

#include "tests/contract/connector_contract.hpp"

namespace gramsetu::contract {

// How its changes are found, and how it deletes.
enum class SqlKind {
  captured, // by triggers; rows go
  column,   // by the time of the last change; rows are marked
  shipped,  // captured, in the words of the manifest `sql`
};

MakeWorld sqlite_world(SqlKind kind);
// A schema of its own in the process's own server; null where there is none.
MakeWorld postgres_world(SqlKind kind);

} // namespace gramsetu::contract
