// The plan of a slice in numbers, and the rails it must pass.
#include "daemon/engine/reconcile/rails.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/outbox.hpp"

#include <fmt/format.h>

namespace gramsetu::engine {

namespace {

std::string fields_text(const Flow& flow, const Decision& decision)
{
  std::string text;
  for (const auto& change : decision.changes)
    text += (text.empty() ? "" : ", ") + flow.entity->fields[change.field].name;
  return text.empty() ? decision.reason : text;
}

void add_sample(const Flow& flow, const Decision& decision, const std::string& change,
                PlanSummary& plan)
{
  if (plan.samples.size() < kPlanSamplesMax)
    plan.samples.push_back({decision.key, change, fields_text(flow, decision)});
}

void add(const Flow& flow, const Decision& decision, PlanSummary& plan)
{
  if (decision.create || decision.restore) {
    ++plan.creates;
    add_sample(flow, decision, "create", plan);
  } else if (decision.remove) {
    ++plan.deletes;
    add_sample(flow, decision, "delete", plan);
  } else if (!decision.changes.empty()) {
    ++plan.updates;
    add_sample(flow, decision, "update", plan);
  }
  if (!decision.disputes.empty()) ++plan.conflicts;
}

Result<PlanSummary> plan_slice(Run& run, const std::string& slice)
{
  PlanSummary plan;
  plan.slice = slice;
  std::string after;
  bool more = true;
  while (more) {
    run.step(Stage::reconcile);
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      if (after.empty()) {
        TRY(plan.known, tx.count_shadows(run.flow.id, slice));
        TRY(const auto row, tx.slice(run.flow.id, slice));
        plan.empty = row && row->count == 0;
      }
      TRY(const auto rows, tx.inbox(run.flow.id, slice, after, kBatchRecords));
      more = rows.size() == kBatchRecords;
      for (const auto& row : rows) {
        after = row.key;
        TRY(const auto situation, read_situation(tx, run.flow, row));
        add(run.flow, reconcile(run.flow, situation.row), plan);
      }
      return {};
    }));
  }
  return plan;
}

bool over(std::size_t count, std::size_t known, std::int64_t share, std::int64_t at_least)
{
  const auto number = static_cast<std::int64_t>(count);
  return number > at_least && number * 10'000 > share * static_cast<std::int64_t>(known);
}

std::string percent(std::int64_t hundredths)
{
  return hundredths % 100 == 0 ? fmt::format("{}%", hundredths / 100)
                               : fmt::format("{}.{:02}%", hundredths / 100, hundredths % 100);
}

} // namespace

Result<std::vector<PlanSummary>> plan_inbox(Run& run)
{
  std::vector<std::string> slices;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(slices, tx.inbox_slices(run.flow.id));
    return {};
  }));
  std::vector<PlanSummary> plans;
  for (const auto& slice : slices) {
    TRY(auto plan, plan_slice(run, slice));
    plans.push_back(std::move(plan));
  }
  return plans;
}

std::optional<std::string> rail_of(const PlanSummary& plan, const Rails& rails)
{
  if (rails.hold_empty_source && plan.empty && plan.known > 0 && plan.deletes > 0)
    return fmt::format("empty_source: slice {} came back empty, the hub knows {} of its records",
                       plan.slice, plan.known);
  if (over(plan.deletes, plan.known, rails.max_deletes, rails.at_least))
    return fmt::format("max_deletes: {} of {} records of slice {} would be deleted, {} are allowed",
                       plan.deletes, plan.known, plan.slice, percent(rails.max_deletes));
  if (over(plan.updates, plan.known, rails.max_changes, rails.at_least))
    return fmt::format("max_changes: {} of {} records of slice {} would change, {} are allowed",
                       plan.updates, plan.known, plan.slice, percent(rails.max_changes));
  return std::nullopt;
}

} // namespace gramsetu::engine
