// Conditions and their values.
#include "daemon/store/shared/select.hpp"

#include <algorithm>

namespace gramsetu::store {

Select& Select::where(std::string_view condition)
{
  sql_ += conditions_ ? " AND " : " WHERE ";
  sql_ += condition;
  conditions_ = true;
  return *this;
}

Select& Select::where(std::string_view condition, std::string_view value)
{
  values_.emplace_back(std::string(value));
  return where(condition);
}

Select& Select::where(std::string_view condition, std::int64_t value)
{
  values_.emplace_back(value);
  return where(condition);
}

Select& Select::where(std::string_view condition, std::int64_t first, std::string_view second)
{
  values_.emplace_back(first);
  return where(condition, second);
}

Select& Select::where_given(std::string_view condition, std::string_view value)
{
  return value.empty() ? *this : where(condition, value);
}

Select& Select::then(std::string_view tail, std::size_t limit)
{
  sql_ += ' ';
  sql_ += tail;
  sql_ += " LIMIT ?";
  // A negative limit would mean all of them.
  values_.emplace_back(static_cast<std::int64_t>(std::min<std::size_t>(limit, INT32_MAX)));
  return *this;
}

} // namespace gramsetu::store
