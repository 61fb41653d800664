// Binding, stepping and reading.
#include "daemon/store/sqlite/query.hpp"

#include "base/check.hpp"

#include <sqlite3.h>

namespace gramsetu::store {

Query::Query(Connection& connection, std::string_view sql) : connection_(connection)
{
  auto prepared = connection.statement(sql);
  if (!prepared) {
    error_ = prepared.error();
    return;
  }
  check(sqlite3_stmt_busy(*prepared) == 0, "a statement is not used within its own loop");
  statement_ = *prepared;
}

Query::~Query()
{
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_); // the texts are the caller's and die with it
}

void Query::bind_one(std::string_view text)
{
  if (error_) return;
  // An empty view may have no address, and SQLite takes that for NULL.
  const char* const bytes = text.data() == nullptr ? "" : text.data();
  const int code =
      sqlite3_bind_text64(statement_, ++parameter_, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) error_ = connection_.error(code);
}

void Query::bind_one(std::int64_t number)
{
  if (error_) return;
  const int code = sqlite3_bind_int64(statement_, ++parameter_, number);
  if (code != SQLITE_OK) error_ = connection_.error(code);
}

void Query::bind_one(Blob blob)
{
  if (error_) return;
  const char* const bytes = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  const int code =
      sqlite3_bind_blob64(statement_, ++parameter_, bytes, blob.bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) error_ = connection_.error(code);
}

void Query::bind_one(const std::optional<Instant>& at)
{
  bind_one(at ? std::optional(at->time_since_epoch().count()) : std::nullopt);
}

void Query::bind_one(const std::optional<std::int64_t>& number)
{
  if (number)
    bind_one(*number);
  else
    ++parameter_; // unbound is NULL
}

Result<bool> Query::next()
{
  if (error_) return tl::unexpected<Error>(*error_);
  column_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return tl::unexpected<Error>(connection_.error(code));
}

Result<void> Query::run()
{
  TRY(const bool row, next());
  check(!row, "a statement that is run returns no rows");
  return {};
}

void Query::again()
{
  if (statement_ != nullptr) sqlite3_reset(statement_);
  parameter_ = 0;
}

std::string_view Query::view()
{
  const int column = column_++;
  // Of text, the blob call gives the same bytes, without first looking at the encoding.
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Query::integer()
{
  return sqlite3_column_int64(statement_, column_++);
}

std::optional<std::int64_t> Query::maybe_integer()
{
  if (sqlite3_column_type(statement_, column_) == SQLITE_NULL) {
    ++column_;
    return std::nullopt;
  }
  return integer();
}

std::optional<Instant> Query::maybe_instant()
{
  const auto millis = maybe_integer();
  return millis ? std::optional(Instant(std::chrono::milliseconds(*millis))) : std::nullopt;
}

Digest Query::digest()
{
  return digest_from_bytes(view()).value_or(Digest{});
}

} // namespace gramsetu::store
