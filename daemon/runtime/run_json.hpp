// Reports as JSON, in the words of the run's last log line.
#pragma once

#include "base/log.hpp"
#include "daemon/engine/report.hpp"
#include "schema/value.hpp"

#include <chrono>
#include <string_view>
#include <vector>

namespace gramsetu::runtime {

// What is asked of a flow.
enum class RunKind { sync, plan, verify, repair, apply, undo };
std::string_view name_of(RunKind kind);

// Every count by its name, with `kind` and `milliseconds`: `RunRow::counts`.
schema::Object counts_json(const engine::Counts& counts, RunKind kind,
                           std::chrono::milliseconds took);
schema::List plan_json(const std::vector<engine::PlanSummary>& plan);

// The pairs that the finish of a run always carries, in their order: pulled= unchanged= ... freshness=.
std::vector<LogField> finish_fields(const engine::Counts& counts, std::chrono::milliseconds took,
                                    std::string freshness);

} // namespace gramsetu::runtime
