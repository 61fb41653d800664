// Limits as people write them.
#include "schema/rails.hpp"

#include <fmt/format.h>

namespace gramsetu::schema {

std::string write_percent(std::int64_t hundredths)
{
  if (hundredths % 100 == 0) return fmt::format("{}%", hundredths / 100);
  const auto text = fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
  return (text.back() == '0' ? text.substr(0, text.size() - 1) : text) + "%";
}

std::string to_text(const Limit& limit)
{
  const auto records = limit.records ? fmt::format("{} records", *limit.records) : std::string();
  if (!limit.share) return records.empty() ? "no limit" : records;
  const auto share = write_percent(*limit.share);
  return records.empty() ? share : share + " or " + records;
}

} // namespace gramsetu::schema
