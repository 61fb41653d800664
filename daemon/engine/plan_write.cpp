// Keeping a plan: everything that waits for a run, decided and not carried out.
#include "daemon/engine/limits.hpp"
#include "daemon/engine/planned.hpp"
#include "daemon/engine/push/push.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

// One plan while it is written.
struct Writing {
  Run& run;
  std::vector<PlanSummary>& plans;

  // The summary that a push is counted in: that of its news, or the one of what is only sent.
  PlanSummary& summary_of(const Intended& intended)
  {
    const std::string slice = intended.waits ? intended.news->slice : std::string();
    const auto found = std::find_if(plans.begin(), plans.end(), [&](const auto& plan) {
      return intended.waits && plan.slice == slice;
    });
    if (found != plans.end()) return *found;
    if (plans.empty() || !plans.back().slice.empty()) plans.emplace_back();
    return plans.back();
  }
};

std::string sent_fields(const Flow& flow, const Need& need)
{
  std::string text;
  for (const auto field : need.fields)
    text += (text.empty() ? "" : ", ") + flow.entity->fields[field].name;
  return text;
}

void count_push(Writing& writing, const Intended& intended)
{
  auto& plan = writing.summary_of(intended);
  ++plan.pushes;
  if (plan.samples.size() >= kPlanSamplesMax) return;
  plan.samples.push_back({intended.row.key, "push " + intended.row.verb,
                          sent_fields(writing.run.flow, *intended.need), ""});
}

Result<void> keep(store::Tx& tx, Writing& writing, const std::string& key)
{
  const auto& run = writing.run.options.run_id;
  TRY(const auto known, tx.planned_of(run, key));
  if (known) return {};
  TRY(auto intended, intend(tx, writing.run.flow, key));
  if (!intended) return {};
  // What an earlier run read and nobody said again is not what this run would do.
  if (intended->waits && !is_current(writing.run, *intended->news)) return {};
  if (intended->need) count_push(writing, *intended);
  intended->row.run = run;
  intended->row.state = "open";
  return tx.put_planned(intended->row);
}

// Reads keys batch by batch, each batch in one transaction, until one is short.
template <typename Rows>
Result<void> keep_all(Writing& writing, Rows rows_after)
{
  bool more = true;
  while (more) {
    if (writing.run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    writing.run.step(Stage::reconcile);
    TRY_VOID(writing.run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, rows_after(tx));
      more = rows.size() == kBatchRecords;
      for (const auto& row : rows)
        TRY_VOID(keep(tx, writing, row.key));
      return {};
    }));
  }
  return {};
}

Result<void> keep_news(Writing& writing)
{
  std::string after;
  return keep_all(writing, [&](store::Tx& tx) -> Result<std::vector<store::InboxRow>> {
    TRY(auto rows, tx.inbox(writing.run.flow.id, "", after, kBatchRecords));
    if (!rows.empty()) after = rows.back().key;
    return rows;
  });
}

Result<void> keep_conflicts(Writing& writing)
{
  std::int64_t after = 0;
  return keep_all(writing, [&](store::Tx& tx) -> Result<std::vector<store::ConflictRow>> {
    TRY(auto rows, tx.conflicts({writing.run.flow.id, "", "", true, after, kBatchRecords}));
    if (!rows.empty()) after = rows.back().id;
    return rows;
  });
}

Result<void> keep_pushes(Writing& writing)
{
  TRY_VOID(offer_existing(writing.run));
  store::OutboxQuery query;
  query.flow = writing.run.flow.id;
  query.state = store::OutboxState::pending;
  query.due = writing.run.services.clock.now();
  query.after.emplace(Instant{}, std::string());
  query.limit = kBatchRecords;
  return keep_all(writing, [&](store::Tx& tx) -> Result<std::vector<store::OutboxRow>> {
    TRY(auto rows, tx.outbox(query));
    if (!rows.empty()) query.after.emplace(rows.back().created_at, rows.back().key);
    return rows;
  });
}

} // namespace

Result<void> write_plan(Run& run, std::vector<PlanSummary>& plans)
{
  Writing writing{run, plans};
  TRY_VOID(keep_news(writing));
  TRY_VOID(keep_conflicts(writing));
  return run.flow.pushes ? keep_pushes(writing) : Result<void>{};
}

} // namespace gramsetu::engine
