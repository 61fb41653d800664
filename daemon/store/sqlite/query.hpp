// One use of a prepared statement: bind in order, step, read the columns in order.
#pragma once

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "daemon/store/shared/select.hpp"
#include "daemon/store/sqlite/connection.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// Bytes that are kept as they are, text or not.
struct Blob {
  std::string_view bytes;
};

// What was bound must outlive the query. A statement that cannot be prepared or bound says so at the
// first step. The destructor makes the statement free again.
class Query {
public:
  Query(Connection& connection, std::string_view sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <typename... Values>
  Query& bind(const Values&... values)
  {
    (bind_one(values), ...);
    return *this;
  }
  void bind_one(std::string_view text);
  void bind_one(std::int64_t number);
  void bind_one(int number) { bind_one(std::int64_t{number}); }
  void bind_one(std::size_t number) { bind_one(static_cast<std::int64_t>(number)); }
  void bind_one(std::same_as<bool> auto flag) { bind_one(std::int64_t{flag}); }
  void bind_one(Blob blob);
  void bind_one(const Digest& digest) { bind_one(Blob{as_bytes(digest)}); }
  void bind_one(Instant at) { bind_one(std::int64_t{at.time_since_epoch().count()}); }
  void bind_one(const std::optional<Instant>& at);
  void bind_one(const std::optional<std::int64_t>& number);

  Result<bool> next(); // is there a row?
  Result<void> run();  // for statements that return none
  void again();        // to be bound and stepped once more

  // The columns of the present row, each call the next one.
  std::string text() { return std::string(view()); }
  std::string blob() { return text(); }
  std::string_view view(); // valid until the next step
  std::int64_t integer();
  bool flag() { return integer() != 0; }
  Instant instant() { return Instant(std::chrono::milliseconds(integer())); }
  std::optional<Instant> maybe_instant();
  std::optional<std::int64_t> maybe_integer();
  Digest digest(); // zeros when the column does not hold one

  // All rows, each read by `read(*this)`, which gives a Result.
  template <typename Read>
  auto all(Read read)
  {
    using Row = typename decltype(read(*this))::value_type;
    std::vector<Row> rows;
    while (true) {
      auto more = next();
      if (!more) return Result<std::vector<Row>>(tl::unexpected<Error>(more.error()));
      if (!*more) return Result<std::vector<Row>>(std::move(rows));
      auto row = read(*this);
      if (!row) return Result<std::vector<Row>>(tl::unexpected<Error>(row.error()));
      rows.push_back(std::move(*row));
    }
  }

  // Reads each row and keeps none.
  template <typename Read>
  Result<void> each(Read read)
  {
    while (true) {
      TRY(const bool more, next());
      if (!more) return {};
      TRY_VOID(read(*this));
    }
  }

  // The first row, or nothing.
  template <typename Read>
  auto first(Read read)
  {
    using Row = std::optional<typename decltype(read(*this))::value_type>;
    auto found = next();
    if (!found) return Result<Row>(tl::unexpected<Error>(found.error()));
    if (!*found) return Result<Row>(Row());
    auto row = read(*this);
    if (!row) return Result<Row>(tl::unexpected<Error>(row.error()));
    return Result<Row>(Row(std::move(*row)));
  }

private:
  Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
  std::optional<Error> error_;
  int parameter_ = 0;
  int column_ = 0;
};

} // namespace gramsetu::store
