// One use of a statement: bind in order, send or ask, read the columns in order.
#pragma once

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "daemon/store/postgresql/connection.hpp"
#include "daemon/store/postgresql/values.hpp"
#include "daemon/store/shared/select.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store::postgresql {

// As the SQLite engine's. What was bound must outlive the query.
class Query {
public:
  Query(Connection& connection, std::string_view sql) : connection_(connection), sql_(sql) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <typename... Given>
  Query& bind(const Given&... given)
  {
    (values_.add(given), ...);
    return *this;
  }

  Result<void> run();            // sends it, and does not wait
  Result<std::size_t> changed(); // waits; how many rows it changed
  Result<bool> next();           // waits; is there a row?

  // The columns of the present row, each call the next one.
  std::string text();
  std::string_view view(); // valid until the next call of it
  std::int64_t integer();
  bool flag();
  Instant instant() { return Instant(std::chrono::milliseconds(integer())); }
  std::optional<Instant> maybe_instant();
  Digest digest();    // zeros when the column does not hold one
  std::string blob(); // bytes as they are

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
  std::string_view bytes();

  Connection& connection_;
  const std::string sql_;
  Values values_;
  Answer answer_;
  int row_ = -1, column_ = 0;
  std::string decoded_;
};

} // namespace gramsetu::store::postgresql
