// The poem at the centre: pull, stage, reconcile, apply, push, verify.
#include "daemon/engine/cycle.hpp"

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/apply/reexamine.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/planned.hpp"
#include "daemon/engine/pull/pull.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "daemon/engine/push/push.hpp"
#include "daemon/engine/reconcile/rails.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/verify/repair.hpp"
#include "daemon/engine/verify/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::engine {

namespace {

// What is left over from earlier runs decides which look-ups this one can spare.
Result<void> prepare(Run& run)
{
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    store::QuarantineQuery query;
    query.flow = run.flow.id;
    query.state = "open";
    query.limit = 1;
    TRY(const auto parked, tx.quarantine(query));
    run.quarantine_open = !parked.empty();
    TRY(const auto waiting, tx.inbox(run.flow.id, "", "", 1));
    run.inbox_held = !waiting.empty();
    if (!run.flow.pushes || run.options.plan_only) return {};
    return enqueue_nothing(tx, run.flow, run.services.clock.now());
  });
}

// A person must look first: the report says at what, and why.
void hold(Run& run, std::vector<PlanSummary> plans)
{
  auto& report = run.report;
  std::size_t trips = 0;
  report.reason.clear();
  for (auto& plan : plans) {
    report.hold.records += plan.creates + plan.updates + plan.deletes;
    if (plan.trips.empty()) continue;
    for (const auto& trip : plan.trips) {
      report.hold.rails.insert(trip.rail);
      if (++trips <= kTripsNamed) report.reason += (trips == 1 ? "" : "; ") + trip.why;
    }
    if (report.held.size() < kHeldSlicesMax)
      report.held.push_back(std::move(plan));
    else
      ++report.hold.more;
  }
  for (const auto& [slice, read] : run.unsettled)
    if (read.found && *read.found < read.last) report.hold.found[slice] = *read.found;
  if (trips > kTripsNamed) report.reason += fmt::format("; and {} more", trips - kTripsNamed);
}

Result<bool> inbox_is_empty(Run& run)
{
  bool empty = true;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.inbox(run.flow.id, "", "", kBatchRecords));
    empty = std::none_of(rows.begin(), rows.end(),
                         [&](const auto& row) { return is_current(run, row); });
    return {};
  }));
  return empty;
}

// Reconcile, apply, push; again when a push brought news that it had not expected. False when the run is over
// before anything was written. A later round that a rail would hold is left to the next run.
Result<bool> carry_out(Run& run)
{
  for (int round = 0; round < kRoundsMax; ++round) {
    TRY(auto plans, run.options.plan_only ? plan_inbox(run) : judge_inbox(run));
    if (run.options.plan_only) {
      TRY_VOID(write_plan(run, plans));
      run.report.held = std::move(plans);
      return false;
    }
    const bool trips = std::any_of(plans.begin(), plans.end(),
                                   [](const auto& plan) { return !plan.trips.empty(); });
    if (trips && round > 0) break;
    if (trips) {
      hold(run, std::move(plans));
      return false;
    }
    TRY_VOID(apply_inbox(run));
    TRY_VOID(settle_slices(run));
    TRY_VOID(reexamine(run));
    if (run.flow.pushes) TRY_VOID(push_due(run));
    TRY(const bool empty, inbox_is_empty(run));
    if (empty) break;
  }
  return true;
}

// What the run can say of itself. What differs right after it was written is somebody else's edit, or a system
// that does not keep what it takes: the next run decides, and this one says so.
Result<void> certify(Run& run)
{
  if (run.options.repair) {
    TRY(run.report.certificate, verify_flow(run.flow, run.services, {}, run.stop));
    return {};
  }
  TRY(run.report.certificate, read_back(run));
  const auto& certificate = *run.report.certificate;
  if (!certificate.agree && run.report.reason.empty())
    run.report.reason = std::to_string(certificate.differing) +
                        " of the records that were written do not read back as they were sent";
  return {};
}

Result<void> cycle(Run& run)
{
  TRY_VOID(prepare(run));
  if (!run.options.applies.empty()) {
    TRY_VOID(apply_plan(run));
    return certify(run);
  }
  if (run.flow.pushes && !run.options.plan_only) TRY_VOID(settle_unknown(run));
  if (run.options.repair)
    TRY_VOID(hear_differences(run));
  else if (run.flow.pulls)
    TRY_VOID(pull_all(run));
  TRY_VOID(release_waiting(run));
  TRY(const bool done, carry_out(run));
  if (!done) {
    run.report.state = run.options.plan_only ? RunState::done : RunState::held;
    return {};
  }
  return certify(run);
}

RunState state_of(const Report& report)
{
  const auto& counts = report.counts;
  if (report.state != RunState::done) return report.state;
  if (counts.slices_failed > 0) return RunState::failed;
  const bool parked =
      counts.quarantined + counts.waiting + counts.refused + counts.opened + counts.unknown > 0;
  return parked ? RunState::partial : RunState::done;
}

} // namespace

std::string_view name_of(Stage stage)
{
  switch (stage) {
  case Stage::pull: return "pull";
  case Stage::stage: return "stage";
  case Stage::reconcile: return "reconcile";
  case Stage::apply: return "apply";
  case Stage::push: return "push";
  case Stage::verify: return "verify";
  }
  return "pull";
}

std::string_view name_of(RunState state)
{
  switch (state) {
  case RunState::done: return "done";
  case RunState::partial: return "partial";
  case RunState::held: return "held";
  case RunState::failed: return "failed";
  case RunState::cancelled: return "cancelled";
  }
  return "done";
}

Result<Report> run_cycle(const Flow& flow, const FlowsOf& others, const RunOptions& options,
                         const Services& services, std::stop_token stop)
{
  Run run{flow, others, options, services, stop};
  const auto finished = cycle(run);
  run.report.state = state_of(run.report);
  if (finished) return std::move(run.report);
  const auto& error = finished.error();
  // The store's errors are the daemon's; everything else is this run's outcome, with what it did until then.
  if (error.kind == ErrorKind::corrupt) return tl::unexpected(error);
  run.report.state = error.kind == ErrorKind::cancelled ? RunState::cancelled : RunState::failed;
  run.report.reason = error.what;
  return std::move(run.report);
}

} // namespace gramsetu::engine
