// The store's connection to PostgreSQL: statements are sent on ahead, and their answers read when one is needed.
#pragma once

#include "base/result.hpp"
#include "daemon/store/postgresql/values.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;
struct pg_result;

namespace gramsetu::store::postgresql {

struct FreeAnswer {
  void operator()(pg_result* answer) const;
};
using Answer = std::unique_ptr<pg_result, FreeAnswer>;

// Rows that go into one table.
struct CopyIn {
  std::string into; // the table and its columns: "gs_record (entity, key)"
  std::function<void(CopyRows&)> rows;
};

// Not safe for several threads at once: the store holds its mutex around every use.
class Connection {
public:
  // `transient` when the server is away, `invalid` when it does not let us in.
  static Result<std::unique_ptr<Connection>> open(const std::map<std::string, std::string>& words);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One or several statements without values, now. Not within a transaction of `begin`.
  Result<void> script(const std::string& sql);

  // Sends a statement and does not wait. That it went wrong is said by one of the next calls, at the latest by
  // `commit`; then the transaction is lost, and everything after it was not done.
  Result<void> send(std::string_view sql, const Values& values);
  // Sends a statement and waits for its answer and all before it.
  Result<Answer> ask(std::string_view sql, const Values& values);

  // Sends rows by COPY, one table after the other, and waits. COPY cannot be sent ahead: it costs a round trip a
  // table and two more, where statements cost none.
  Result<void> copy(const std::vector<CopyIn>& tables);

  Result<void> begin();
  // Nothing was kept, for certain, when `failure` is not `corrupt` afterwards.
  Result<void> commit();
  Result<void> roll_back();
  bool in_transaction() const { return in_transaction_; }

  // The first error since `begin`: the transaction must not survive it, even if its caller went on.
  const std::optional<Error>& failure() const { return failure_; }

  int server_version() const; // 150018

private:
  explicit Connection(pg_conn* handle) : handle_(handle) {}

  Result<void> wait_until_open();
  Result<void> prepare(std::string_view sql, const Values& values, std::string& name);
  Result<Answer> collect();
  bool takes_rows();
  void note(const pg_result* answer);
  Result<void> lost();

  pg_conn* handle_;
  std::map<std::string, std::string, std::less<>> names_; // of prepared statements, by their text
  std::vector<std::string> unproven_;                     // prepared since the last answer
  std::size_t sent_ = 0;                                  // since then
  std::uint64_t next_name_ = 0;
  bool in_transaction_ = false;
  std::string tag_; // of the last answer: "COMMIT"
  std::optional<Error> failure_;
};

} // namespace gramsetu::store::postgresql
