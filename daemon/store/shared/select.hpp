// A SELECT that is put together from what was asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gramsetu::store {

// A SELECT whose conditions depend on what was asked for.
class Select {
public:
  explicit Select(std::string sql) : sql_(std::move(sql)) {}

  // Adds "WHERE condition" or "AND condition"; each `?` in it takes the next value.
  Select& where(std::string_view condition);
  Select& where(std::string_view condition, std::string_view value);
  Select& where(std::string_view condition, std::int64_t value);
  Select& where(std::string_view condition, std::int64_t first, std::string_view second);
  // The same, when the text asked for is not empty.
  Select& where_given(std::string_view condition, std::string_view value);
  Select& then(std::string_view tail, std::size_t limit); // ORDER BY ..., and LIMIT

  const std::string& sql() const { return sql_; }
  // Binds the values to a query of any engine that was made of this SQL.
  template <typename Query>
  void bind_to(Query& query) const
  {
    for (const auto& value : values_)
      std::visit([&query](const auto& one) { query.bind(one); }, value);
  }

private:
  std::string sql_;
  bool conditions_ = false;
  std::vector<std::variant<std::string, std::int64_t>> values_;
};

} // namespace gramsetu::store
