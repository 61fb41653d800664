// Rows, their indices and their orders.
#include "tests/endpoints/table.hpp"

#include <fmt/format.h>

#include <charconv>

namespace gramsetu::sim {

bool Selection::takes(const Row& row) const
{
  return (deleted || !row.deleted) && (!since || row.modified >= *since) &&
         (place.empty() || row.place == place) && (year.empty() || row.year == year) &&
         (natural.empty() || row.natural == natural) &&
         (reference.empty() || row.reference == reference);
}

const Row* Table::at(const std::unordered_map<std::string, std::size_t>& index,
                     const std::string& name) const
{
  const auto found = index.find(name);
  return found == index.end() ? nullptr : &rows_[found->second];
}

const Row* Table::by_id(const std::string& id) const
{
  return at(by_id_, id);
}

const Row* Table::by_natural(const std::string& natural) const
{
  return at(by_natural_, natural);
}

const Row* Table::by_reference(const std::string& reference) const
{
  return reference.empty() ? nullptr : at(by_reference_, reference);
}

void Table::put(Row row)
{
  const auto [found, is_new] = by_id_.try_emplace(row.id, rows_.size());
  const std::size_t index = found->second;
  if (is_new) {
    rows_.emplace_back();
  } else {
    by_change_.erase({rows_[index].modified, index});
    by_natural_.erase(rows_[index].natural);
    by_reference_.erase(rows_[index].reference);
  }
  by_change_.insert({row.modified, index});
  by_natural_[row.natural] = index;
  if (!row.reference.empty()) by_reference_[row.reference] = index;
  rows_[index] = std::move(row);
}

void Table::clear()
{
  *this = Table();
}

std::size_t Table::list(const Selection& selection, std::size_t offset, std::size_t limit,
                        const std::function<void(const Row&)>& take) const
{
  std::size_t total = 0;
  for (const Row& row : rows_) {
    if (!selection.takes(row)) continue;
    if (total >= offset && total - offset < limit) take(row);
    ++total;
  }
  return total;
}

std::string Table::list_by_change(const Selection& selection, const std::string& token,
                                  std::size_t limit,
                                  const std::function<void(const Row&)>& take) const
{
  std::int64_t modified = selection.since.value_or(INT64_MIN);
  std::size_t after = 0;
  auto from = by_change_.lower_bound({modified, 0});
  if (const std::size_t dash = token.find('-'); dash != std::string::npos) {
    std::from_chars(token.data(), token.data() + dash, modified);
    std::from_chars(token.data() + dash + 1, token.data() + token.size(), after);
    from = by_change_.upper_bound({modified, after});
  }
  std::string last;
  std::size_t taken = 0;
  for (auto it = from; it != by_change_.end(); ++it) {
    const Row& row = rows_[it->second];
    if (!selection.takes(row)) continue;
    if (taken++ == limit) return last;
    take(row);
    last = fmt::format("{}-{}", it->first, it->second);
  }
  return {};
}

} // namespace gramsetu::sim
