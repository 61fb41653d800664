// What a run would write, and whether a person must see it first.
#pragma once

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::engine {

// Decides everything that waits in the inbox without writing anything; one summary a slice.
Result<std::vector<PlanSummary>> plan_inbox(Run& run);

// Why this plan must wait for a person, or nothing. Pure.
std::optional<std::string> rail_of(const PlanSummary& plan, const Rails& rails);

} // namespace gramsetu::engine
