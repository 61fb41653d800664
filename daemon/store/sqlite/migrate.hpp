// Brings a store's schema up to this program's.
#pragma once

#include "base/result.hpp"
#include "daemon/store/sqlite/connection.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// What `file` and we know a store by; the bytes at 68 of its header.
inline constexpr std::string_view kApplicationMark = "GrSt";

struct Migration {
  std::string name; // "0001_first": its number is its place in the list, from 1
  std::string sql;
};

// In order; the texts of daemon/store/migrations/*.sql (a generated source).
std::vector<Migration> migrations();

// What the file is: its version; `unsupported` when it is newer than this program, `corrupt` when it is no store
// of ours. Writes nothing.
Result<std::int64_t> schema_version(Connection& connection);

// Runs the migrations after `from`, each in one transaction with its version number.
Result<void> migrate(Connection& connection, std::int64_t from);

} // namespace gramsetu::store
