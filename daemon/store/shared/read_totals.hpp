// The totals of flows, read row by row.
#pragma once

#include "base/result.hpp"
#include "daemon/store/rows.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace gramsetu::store {

inline FlowTotals& of_flow(std::vector<FlowTotals>& flows, std::string_view name)
{
  const auto place = std::lower_bound(
      flows.begin(), flows.end(), name,
      [](const FlowTotals& one, std::string_view wanted) { return one.flow < wanted; });
  if (place != flows.end() && place->flow == name) return *place;
  FlowTotals fresh;
  fresh.flow = name;
  return *flows.insert(place, std::move(fresh));
}

template <typename Query, typename Connection>
Result<void> count_outbox(Connection& db, std::vector<FlowTotals>& flows)
{
  Query query(db, "SELECT flow, state, count(*), min(created_at), min(first_sent) FROM gs_outbox "
                  "GROUP BY flow, state");
  while (true) {
    TRY(const bool more, query.next());
    if (!more) return {};
    FlowTotals& flow = of_flow(flows, query.view());
    const auto state = query.text();
    const auto count = static_cast<std::size_t>(query.integer());
    const Instant oldest = query.instant();
    if (state == "unknown") flow.oldest_unknown = query.maybe_instant();
    if (state == "parked") {
      flow.parked += count;
      continue;
    }
    (state == "unknown" ? flow.unknown : flow.pending) += count;
    flow.oldest_pending = std::min(flow.oldest_pending.value_or(oldest), oldest);
  }
}

template <typename Query, typename Connection>
Result<void> count_into(Connection& db, std::string_view sql, std::vector<FlowTotals>& flows,
                        std::size_t FlowTotals::*member)
{
  Query query(db, sql);
  while (true) {
    TRY(const bool more, query.next());
    if (!more) return {};
    FlowTotals& flow = of_flow(flows, query.view());
    flow.*member = static_cast<std::size_t>(query.integer());
  }
}

// All of them. `exceptions` counts by flow what waits because a book is closed; engines say it differently.
template <typename Query, typename Connection>
Result<void> count_flows(Connection& db, std::string_view exceptions,
                         std::vector<FlowTotals>& flows)
{
  TRY_VOID(count_outbox<Query>(db, flows));
  TRY_VOID(count_into<Query>(db, "SELECT flow, count(*) FROM gs_inbox GROUP BY flow", flows,
                             &FlowTotals::inbox));
  TRY_VOID(count_into<Query>(
      db, "SELECT flow, count(*) FROM gs_conflict WHERE outcome = 'open' GROUP BY flow", flows,
      &FlowTotals::conflicts));
  TRY_VOID(count_into<Query>(
      db, "SELECT flow, count(*) FROM gs_quarantine WHERE state = 'open' GROUP BY flow", flows,
      &FlowTotals::quarantined));
  return count_into<Query>(db, exceptions, flows, &FlowTotals::exceptions);
}

} // namespace gramsetu::store
