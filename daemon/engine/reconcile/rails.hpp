// What a run would write, and whether a person must see it first.
#pragma once

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/report.hpp"

#include <vector>

namespace gramsetu::engine {

// Decides all current news without writing anything; one summary a slice, with the rails that it hits.
Result<std::vector<PlanSummary>> plan_inbox(Run& run);

// The same as far as the rails need it: no summaries where no decision about what waits could hit one. Most runs change
// little, and deciding is half of what a change costs.
Result<std::vector<PlanSummary>> judge_inbox(Run& run);

// Why this plan must wait for a person: every rail that it hits. Pure.
std::vector<Trip> trips_of(const PlanSummary& plan, const schema::Rails& rails);

} // namespace gramsetu::engine
