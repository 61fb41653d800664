// The rails, one after the other, over the numbers of a slice's plan.
#include "daemon/engine/reconcile/rails.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::Limit;
using schema::Rails;
using schema::write_percent;

bool is_over(std::size_t count, std::size_t of, std::int64_t share, std::int64_t at_least)
{
  const auto number = static_cast<std::int64_t>(count);
  return number > at_least && number * 10'000 > share * static_cast<std::int64_t>(of);
}

bool exceeds(const Limit& limit, std::size_t count, std::size_t of, std::int64_t at_least)
{
  if (limit.records && static_cast<std::int64_t>(count) > *limit.records) return true;
  return limit.share && is_over(count, of, *limit.share, at_least);
}

// Empty is mostly broken, and it is wrong about every single record.
void empty_source(const PlanSummary& plan, const Rails& rails, std::vector<Trip>& trips)
{
  if (!rails.hold_empty_source || !plan.empty || plan.known == 0 || plan.judged.deletes == 0)
    return;
  trips.push_back(
      {"empty_source",
       fmt::format("empty_source: slice {} came back empty, the hub knows {} of its records",
                   plan.slice, plan.known),
       plan.judged.deletes, plan.known});
}

// Told by the list alone, so also where no deletion would show it. The list may have counted a page twice, and
// records may have gone by the hub's own hand: it is held against no more than the hub knows.
void sudden_drop(const PlanSummary& plan, const Rails& rails, std::vector<Trip>& trips)
{
  const auto before = std::min(plan.last, plan.known);
  if (!plan.found || *plan.found >= before) return;
  if (!is_over(before - *plan.found, before, rails.sudden_drop, rails.at_least)) return;
  trips.push_back({"sudden_drop",
                   fmt::format("sudden_drop: slice {} lists {} records, it listed {} before; {} "
                               "fewer are allowed",
                               plan.slice, *plan.found, before, write_percent(rails.sudden_drop)),
                   before - *plan.found, before});
}

void max_deletes(const PlanSummary& plan, const Rails& rails, std::vector<Trip>& trips)
{
  const auto count = plan.judged.deletes;
  if (!exceeds(rails.max_deletes, count, plan.known, rails.at_least)) return;
  trips.push_back(
      {"max_deletes",
       fmt::format("max_deletes: {} of {} records of slice {} would be deleted, {} are allowed",
                   count, plan.known, plan.slice, to_text(rails.max_deletes)),
       count, plan.known});
}

void max_changes(const PlanSummary& plan, const Rails& rails, std::vector<Trip>& trips)
{
  const auto count = plan.judged.updates;
  if (!exceeds(rails.max_changes, count, plan.known, rails.at_least)) return;
  trips.push_back(
      {"max_changes",
       fmt::format("max_changes: {} of {} records of slice {} would change, {} are allowed", count,
                   plan.known, plan.slice, to_text(rails.max_changes)),
       count, plan.known});
}

// The first records of a slice are as good as a first load.
void max_creates(const PlanSummary& plan, const Rails& rails, std::vector<Trip>& trips)
{
  const auto count = plan.judged.creates;
  if (plan.known == 0 || !exceeds(rails.max_creates, count, plan.known, rails.at_least)) return;
  trips.push_back({"max_creates",
                   fmt::format("max_creates: {} new records would come to the {} of slice {}, {} "
                               "are allowed",
                               count, plan.known, plan.slice, to_text(rails.max_creates)),
                   count, plan.known});
}

// By how much the share of blank fields would rise. What it was before need not be known for that.
void null_rate(const PlanSummary& plan, const Rails& rails, std::vector<Trip>& trips)
{
  for (const auto& [field, net] : plan.judged.blanked) {
    const auto count = static_cast<std::size_t>(std::max<std::int64_t>(net, 0));
    if (!is_over(count, plan.known, rails.null_rate, rails.at_least)) continue;
    trips.push_back(
        {"null_rate",
         fmt::format("null_rate: {} would go blank in {} of {} records of slice {}, {} are allowed",
                     field, count, plan.known, plan.slice, write_percent(rails.null_rate)),
         count, plan.known});
  }
}

} // namespace

std::vector<Trip> trips_of(const PlanSummary& plan, const Rails& rails)
{
  std::vector<Trip> trips;
  for (const auto rail :
       {empty_source, sudden_drop, max_deletes, max_changes, max_creates, null_rate})
    rail(plan, rails, trips);
  return trips;
}

} // namespace gramsetu::engine
