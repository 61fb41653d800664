// Brings a store's schema up to this program's.
#pragma once

#include "base/result.hpp"
#include "daemon/store/sqlite/connection.hpp"

#include <string_view>

namespace gramsetu::store {

// What `file` and we know a store by; the bytes at 68 of its header.
inline constexpr std::string_view kApplicationMark = "GrSt";

// What the file is: its version; `unsupported` when it is newer than this program, `corrupt` when it is no store
// of ours. Writes nothing.
Result<std::int64_t> schema_version(Connection& connection);

// Runs the migrations after `from`, each in one transaction with its version number.
Result<void> migrate(Connection& connection, std::int64_t from);

} // namespace gramsetu::store
