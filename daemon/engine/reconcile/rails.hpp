// What a run would write, and whether a person must see it first.
#pragma once

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/report.hpp"

#include <vector>

namespace gramsetu::engine {

// Decides all current news without writing anything; one summary a slice, with the rails that it hits.
Result<std::vector<PlanSummary>> plan_inbox(Run& run);

// Why this plan must wait for a person: every rail that it hits. Pure.
std::vector<Trip> trips_of(const PlanSummary& plan, const schema::Rails& rails);

} // namespace gramsetu::engine
