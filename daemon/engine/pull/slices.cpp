// Slices from the hub's area, its places and the calendar.
#include "daemon/engine/pull/slices.hpp"

#include "daemon/engine/limits.hpp"
#include "schema/types.hpp"

namespace gramsetu::engine {

namespace {

using connectors::Slice;
using connectors::SliceDimension;

// India's offset all year; financial years turn at midnight there.
constexpr std::chrono::minutes kIndia{330};

Result<std::vector<std::string>> keys_of(store::Store& store, const std::string& entity)
{
  std::vector<std::string> keys;
  store::RecordQuery query;
  query.entity = entity;
  query.limit = kBatchRecords;
  bool more = true;
  while (more) {
    TRY_VOID(store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.records(query));
      for (const auto& row : rows)
        keys.push_back(row.key);
      more = rows.size() == query.limit;
      if (!rows.empty()) query.after_key = rows.back().key;
      return {};
    }));
  }
  return keys;
}

std::vector<std::string> years(Clock& clock, int back)
{
  const auto today = to_rfc3339(clock.now(), kIndia).substr(0, 10);
  const auto current = schema::financial_year_of(today);
  std::vector<std::string> all;
  for (int i = back; i >= 0; --i)
    all.push_back(std::to_string(current - i));
  return all;
}

struct Basis {
  const Flow& flow;
  store::Store& store;
  Clock& clock;
};

Result<std::vector<std::string>> values_of(const Basis& of, const SliceDimension& dimension)
{
  switch (dimension.source) {
  case SliceDimension::Source::area_state: return std::vector{of.flow.area.state};
  case SliceDimension::Source::area_district: return std::vector{of.flow.area.district};
  case SliceDimension::Source::children: return keys_of(of.store, dimension.entity);
  case SliceDimension::Source::years: return years(of.clock, dimension.years_back);
  case SliceDimension::Source::fixed: return dimension.values;
  }
  return std::vector<std::string>{};
}

} // namespace

Result<std::vector<Slice>> slices_of(const Run& run)
{
  return slices_of(run.flow, run.services.store, run.services.clock);
}

Result<std::vector<Slice>> slices_of(const Flow& flow, store::Store& store, Clock& clock)
{
  std::vector<Slice> slices{Slice{}};
  for (const auto& dimension : flow.stream->slices) {
    TRY(const auto values, values_of({flow, store, clock}, dimension));
    std::vector<Slice> wider;
    for (const auto& slice : slices) {
      for (const auto& value : values) {
        Slice next = slice;
        next.id += (next.id.empty() ? "" : ",") + dimension.name + "=" + value;
        next.part[dimension.name] = value;
        wider.push_back(std::move(next));
      }
    }
    slices = std::move(wider);
  }
  if (flow.stream->slices.empty()) slices.front().id = "all";
  return slices;
}

} // namespace gramsetu::engine
