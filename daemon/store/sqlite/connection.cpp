// The SQLite connection.
#include "daemon/store/sqlite/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>

namespace gramsetu::store {

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path)
{
  sqlite3* handle = nullptr;
  // No CREATE: the file is made before, with the right mode, and its folder synced after.
  const int code =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<Connection> connection(new Connection(handle));
  if (code != SQLITE_OK) {
    const bool access = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_PERM;
    return fail(access ? ErrorKind::invalid : ErrorKind::corrupt,
                fmt::format("store {}: cannot be opened: {}", path, sqlite3_errstr(code)));
  }
  connection->checkpoint_on_close(false);
  sqlite3_rollback_hook(
      handle, [](void* count) { ++*static_cast<std::uint64_t*>(count); }, &connection->rollbacks_);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_busy_timeout(handle,
                       5000); // another process's sqlite3 prompt may write-lock for a moment
  return connection;
}

Connection::~Connection()
{
  for (const auto& [sql, statement] : statements_)
    sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Error Connection::error(int code)
{
  const char* const detail = sqlite3_errmsg(handle_);
  const int system = sqlite3_system_errno(handle_);
  const auto text = fmt::format("store: {} ({})", detail, code);
  Error error{ErrorKind::corrupt, text};
  switch (code & 0xff) {
  case SQLITE_FULL: error = {ErrorKind::transient, "store: the disk is full"}; break;
  case SQLITE_BUSY:
    error = {ErrorKind::transient, "store: another process holds the file's write lock"};
    break;
  case SQLITE_CONSTRAINT:
  case SQLITE_TOOBIG:
    return {ErrorKind::invalid, text}; // the statement is undone, the rest is sound
  case SQLITE_IOERR:
    error.what = fmt::format("store: the disk failed: {} ({}){}{}", detail, code,
                             system != 0 ? ": " : "", system != 0 ? std::strerror(system) : "");
    break;
  default: break;
  }
  if (!failure_) failure_ = error;
  return error;
}

Result<void> Connection::execute(const std::string& sql)
{
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected<Error>(error(code));
  return {};
}

Result<std::int64_t> Connection::number(const std::string& sql)
{
  TRY(sqlite3_stmt* const prepared, statement(sql));
  const int code = sqlite3_step(prepared);
  if (code != SQLITE_ROW) {
    sqlite3_reset(prepared);
    return tl::unexpected<Error>(error(code));
  }
  const std::int64_t value = sqlite3_column_int64(prepared, 0);
  sqlite3_reset(prepared);
  return value;
}

Result<sqlite3_stmt*> Connection::statement(std::string_view sql)
{
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second;
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return tl::unexpected<Error>(error(code));
  statements_.emplace(sql, prepared);
  return prepared;
}

std::int64_t Connection::last_id() const
{
  return sqlite3_last_insert_rowid(handle_);
}

std::int64_t Connection::rows_changed() const
{
  return sqlite3_changes64(handle_);
}

bool Connection::in_transaction() const
{
  return sqlite3_get_autocommit(handle_) == 0;
}

Result<void> Connection::flush()
{
  const int code = sqlite3_db_cacheflush(handle_);
  if (code != SQLITE_OK) return tl::unexpected<Error>(error(code));
  return {};
}

void Connection::checkpoint_on_close(bool wanted)
{
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

void Connection::keep_log_file()
{
  int keep = 1;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

} // namespace gramsetu::store
