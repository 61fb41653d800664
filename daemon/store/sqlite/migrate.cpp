// Schema versions.
#include "daemon/store/sqlite/migrate.hpp"

#include "daemon/store/shared/migration.hpp"
#include "daemon/store/sqlite/query.hpp"

#include <fmt/format.h>

#include <utility>

namespace gramsetu::store {

namespace {

constexpr std::int64_t kApplicationId = 0x47725374; // kApplicationMark as a number

// What drops every view: a table is rebuilt that they read, and they are made anew at the opening.
Result<std::string> without_views(Connection& connection)
{
  std::string sql;
  Query query(connection, "SELECT format('DROP VIEW \"%w\";', name) FROM sqlite_schema "
                          "WHERE type = 'view'");
  TRY_VOID(query.each([&](Query& row) -> Result<void> {
    sql += row.view();
    return {};
  }));
  return sql;
}

} // namespace

Result<std::int64_t> schema_version(Connection& connection)
{
  TRY(const std::int64_t application, connection.number("PRAGMA application_id"));
  TRY(const std::int64_t version, connection.number("PRAGMA user_version"));
  TRY(const std::int64_t tables, connection.number("SELECT count(*) FROM sqlite_schema"));
  if (application != kApplicationId && (application != 0 || version != 0 || tables != 0))
    return fail(ErrorKind::corrupt, "store: the file is some other program's database");
  const auto known = static_cast<std::int64_t>(sqlite_migrations().size());
  if (version > known)
    return fail(ErrorKind::unsupported,
                fmt::format("store: its schema {} is newer than this program, which knows {}: "
                            "install the newer program again",
                            version, known));
  return version;
}

Result<void> migrate(Connection& connection, std::int64_t from)
{
  const auto all = sqlite_migrations();
  if (static_cast<std::size_t>(from) >= all.size()) return {};
  TRY(std::string before, without_views(connection));
  for (auto i = static_cast<std::size_t>(from); i < all.size(); ++i) {
    // The version moves in the migration's own transaction: a death leaves the one or the other.
    const auto sql = fmt::format("BEGIN IMMEDIATE;\n{}{}\nPRAGMA application_id = {};\n"
                                 "PRAGMA user_version = {};\nCOMMIT;",
                                 std::exchange(before, ""), all[i].sql, kApplicationId, i + 1);
    if (auto done = connection.execute(sql); !done)
      return within("migration " + all[i].name, std::move(done.error()));
  }
  return {};
}

} // namespace gramsetu::store
