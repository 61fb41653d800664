// One SQLite connection: opened the careful way, its statements kept prepared, its errors told apart.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace gramsetu::store {

// Not safe for several threads at once: the store holds its mutex around every use.
class Connection {
public:
  // Opens an existing file; writes nothing yet. `corrupt` when it is no database.
  static Result<std::unique_ptr<Connection>> open(const std::string& path);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One or several statements; what they return is dropped.
  Result<void> execute(const std::string& sql);
  // The first column of the first row.
  Result<std::int64_t> number(const std::string& sql);

  // The prepared statement of that text, ready to be bound. It stays the connection's.
  Result<sqlite3_stmt*> statement(std::string_view sql);
  // What a result code other than ROW, DONE or OK means. Remembers it, see `failure`.
  Error error(int code);

  std::int64_t last_id() const;
  std::int64_t rows_changed() const; // by the last statement
  bool in_transaction() const;
  std::uint64_t rollbacks() const { return rollbacks_; } // of transactions, asked for or not

  // Writes what the transaction has changed to the log before COMMIT has to, so that a full disk is met
  // while a rollback is still certain.
  Result<void> flush();

  // The first error since `forget_failure` that a transaction must not survive, even if its caller went on.
  const std::optional<Error>& failure() const { return failure_; }
  void forget_failure() { failure_.reset(); }

  // A clean close copies the log into the file. Only a store that is known to be sound asks for it.
  void checkpoint_on_close(bool wanted);
  sqlite3* handle() { return handle_; } // for copies

  // Keeps the log file when the last connection closes, so that its directory entry stays durable.
  void keep_log_file();

private:
  explicit Connection(sqlite3* handle) : handle_(handle) {}

  sqlite3* handle_;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, sqlite3_stmt*, Hash, std::equal_to<>> statements_; // by text
  std::optional<Error> failure_;
  std::uint64_t rollbacks_ = 0;
};

} // namespace gramsetu::store
