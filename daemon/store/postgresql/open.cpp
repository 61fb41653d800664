// The look, the lock, the schema.
#include "daemon/store/postgresql/open.hpp"

#include "daemon/store/postgresql/query.hpp"
#include "daemon/store/shared/migration.hpp"

#include <fmt/format.h>

namespace gramsetu::store::postgresql {

namespace {

constexpr int kOldestServer = 150'000;
// Two numbers of our own, under which everybody who opens a store of this program meets: "GrSt", 1.
constexpr std::int64_t kLock = 0x47725374, kLockOf = 1;
// How long a connection of a process that is gone may take to be noticed by the server.
constexpr std::string_view kLockPatience = "2s";

Result<std::string> read_text(Query& query)
{
  return query.text();
}

Result<std::string> text_of(Connection& connection, std::string_view sql)
{
  Query query(connection, sql);
  TRY(auto found, query.first(read_text));
  return found.value_or("");
}

// "gramsetu zp-pune (process 4711 of the server, from 10.1.2.3, since 2026-11-23 04:30:00+00)"
Result<std::string> holder(Connection& connection)
{
  return text_of(connection,
                 "SELECT format('%s (process %s of the server, from %s, since %s)', "
                 "coalesce(nullif(a.application_name, ''), a.usename, 'somebody'), l.pid, "
                 "coalesce(host(a.client_addr), 'the same machine'), "
                 "coalesce(date_trunc('second', a.backend_start)::text, 'some time')) "
                 "FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) "
                 "WHERE l.locktype = 'advisory' AND l.classid = 1198674804 AND l.objid = 1 AND "
                 "l.granted AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE "
                 "datname = current_database()) LIMIT 1");
}

// The version of our schema; 0 when there is none yet.
Result<std::int64_t> schema_version(Connection& connection)
{
  Query tables(connection, "SELECT count(*), count(*) FILTER (WHERE relname = 'gs_schema') "
                           "FROM pg_catalog.pg_class WHERE relnamespace = "
                           "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'gramsetu')");
  TRY_VOID(tables.next());
  const auto all = tables.integer();
  if (tables.integer() == 0) {
    if (all == 0) return 0;
    return fail(ErrorKind::corrupt,
                "store: the schema gramsetu of the database is some other program's");
  }
  Query query(connection, "SELECT max(version) FROM gramsetu.gs_schema");
  TRY_VOID(query.next());
  const auto version = query.integer();
  const auto known = static_cast<std::int64_t>(postgresql_migrations().size());
  if (version > known)
    return fail(ErrorKind::unsupported,
                fmt::format("store: its schema {} is newer than this program, which knows {}: "
                            "install the newer program again",
                            version, known));
  return version;
}

// A database's owner may have made the schema for a role that must not.
Result<void> make_schema(Connection& connection)
{
  TRY(const auto there, text_of(connection, "SELECT nspname::text FROM pg_catalog.pg_namespace "
                                            "WHERE nspname = 'gramsetu'"));
  if (there.empty()) TRY_VOID(connection.script("CREATE SCHEMA gramsetu"));
  return connection.script("CREATE TABLE gs_schema (version bigint NOT NULL PRIMARY KEY, "
                           "name text NOT NULL, at timestamptz NOT NULL DEFAULT now());"
                           "COMMENT ON TABLE gs_schema IS 'One migration that was run'");
}

} // namespace

Result<void> settle_session(Connection& connection)
{
  if (connection.server_version() < kOldestServer)
    return fail(ErrorKind::unsupported,
                fmt::format("the server is PostgreSQL {}; 15 is the oldest that will do",
                            connection.server_version() / 10'000));
  TRY(const auto encoding, text_of(connection, "SHOW server_encoding"));
  if (encoding != "UTF8")
    return fail(ErrorKind::invalid, "the database holds " + encoding +
                                        "; make one with ENCODING 'UTF8' TEMPLATE template0");
  // Plans are made once: every statement is about one key, or a range of them, that an index finds, and a table
  // that was empty when its plan was made must not be read whole when it has grown.
  return connection.script(
      "SET search_path = gramsetu; SET synchronous_commit = on; SET plan_cache_mode = "
      "force_generic_plan; SET enable_seqscan = off; SET jit = off; SET timezone = 'UTC'; "
      "SET standard_conforming_strings = on; SET statement_timeout = 0; SET lock_timeout = '30s'; "
      "SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0; "
      "SET default_transaction_isolation = 'read committed'");
}

Result<void> take_lock(Connection& connection)
{
  TRY_VOID(connection.script(fmt::format("SET lock_timeout = '{}'", kLockPatience)));
  const auto taken =
      connection.script(fmt::format("SELECT pg_advisory_lock({}, {})", kLock, kLockOf));
  if (!taken) {
    if (taken.error().kind != ErrorKind::transient) return taken;
    TRY(const auto who, holder(connection));
    return fail(ErrorKind::invalid, "in use by " + (who.empty() ? "another process" : who));
  }
  return connection.script("SET lock_timeout = '30s'");
}

Result<void> migrate(Connection& connection)
{
  TRY(const std::int64_t from, schema_version(connection));
  if (from == 0) TRY_VOID(make_schema(connection));
  const auto all = postgresql_migrations();
  for (auto i = static_cast<std::size_t>(from); i < all.size(); ++i) {
    // The version moves in the migration's own transaction: a death leaves the one or the other.
    const auto sql = fmt::format("BEGIN;\n{}\nINSERT INTO gs_schema (version, name) VALUES "
                                 "({}, '{}');\nCOMMIT;",
                                 all[i].sql, i + 1, all[i].name);
    if (auto done = connection.script(sql); !done) {
      static_cast<void>(connection.script("ROLLBACK"));
      return within("migration " + all[i].name, std::move(done.error()));
    }
  }
  return {};
}

Result<void> check_schema(Connection& connection)
{
  TRY(const std::int64_t version, schema_version(connection));
  const auto known = static_cast<std::int64_t>(postgresql_migrations().size());
  if (version == known) return {};
  return fail(ErrorKind::corrupt,
              fmt::format("store: its schema is {} where it was {}", version, known));
}

} // namespace gramsetu::store::postgresql
