// The plan of a slice in numbers and samples.
#include "daemon/engine/reconcile/rails.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "schema/json.hpp"

#include <algorithm>
#include <set>

namespace gramsetu::engine {

namespace {

std::string fields_text(const Flow& flow, const Decision& decision)
{
  std::string text;
  for (const auto& change : decision.changes)
    text += (text.empty() ? "" : ", ") + flow.entity->fields[change.field].name;
  return text.empty() ? decision.reason : text;
}

// What is masked wherever it is shown is not even kept here.
bool is_shown(const schema::FieldSpec& field)
{
  return field.privacy == schema::Privacy::open || field.privacy == schema::Privacy::official;
}

std::string values_text(const Flow& flow, const Decision& decision)
{
  const auto shown = [](const schema::Value& value) {
    return value.is_absent() ? std::string("null") : schema::to_json(value);
  };
  std::string text;
  for (const auto& change : decision.changes) {
    const auto& field = flow.entity->fields[change.field];
    if (!text.empty()) text += ", ";
    text += field.name + " ";
    text += is_shown(field) ? shown(change.before) + " -> " + shown(change.after) : "********";
  }
  return text.substr(0, schema::valid_utf8_prefix(text.substr(0, kSampleBytesMax)));
}

void add_sample(const Flow& flow, const Decision& decision, const std::string& change,
                PlanSummary& plan)
{
  if (plan.samples.size() < kPlanSamplesMax)
    plan.samples.push_back(
        {decision.key, change, fields_text(flow, decision), values_text(flow, decision)});
}

void count_blanks(const Flow& flow, const Decision& decision, Judged& judged)
{
  for (const auto& change : decision.changes) {
    const int turn =
        static_cast<int>(change.after.is_empty()) - static_cast<int>(change.before.is_empty());
    if (turn != 0) judged.blanked[flow.entity->fields[change.field].name] += turn;
  }
}

// `approved`: a person has let this news go, so that the rails need not look at it.
void add(const Flow& flow, const Decision& decision, bool approved, PlanSummary& plan)
{
  const std::size_t judged = approved ? 0 : 1;
  if (decision.create || decision.restore) {
    ++plan.creates;
    plan.judged.creates += judged;
    add_sample(flow, decision, "create", plan);
  } else if (decision.remove) {
    ++plan.deletes;
    plan.judged.deletes += judged;
    add_sample(flow, decision, "delete", plan);
  } else if (!decision.changes.empty()) {
    ++plan.updates;
    plan.judged.updates += judged;
    if (!approved) count_blanks(flow, decision, plan.judged);
    add_sample(flow, decision, "update", plan);
  }
  if (!decision.disputes.empty()) ++plan.conflicts;
}

// What the reading of this run says of the slice as a whole.
void take_reading(const Run& run, PlanSummary& plan)
{
  const auto read = run.unsettled.find(plan.slice);
  if (read == run.unsettled.end()) return;
  plan.found = read->second.found;
  plan.last = read->second.last;
  plan.empty = plan.found == 0;
  const auto& seen = run.options.approval.found;
  if (const auto approved = seen.find(plan.slice); approved != seen.end())
    plan.last = std::min(plan.last, approved->second);
}

bool is_approved(const Run& run, const store::InboxRow& news)
{
  const auto& approval = run.options.approval;
  return !approval.by.empty() && news.received_at <= approval.until;
}

Result<PlanSummary> plan_slice(Run& run, const std::string& slice)
{
  PlanSummary plan;
  plan.slice = slice;
  take_reading(run, plan);
  std::string after;
  bool more = true;
  while (more) {
    run.step(Stage::reconcile);
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      if (after.empty()) {
        TRY(plan.known, tx.count_shadows(run.flow.id, slice));
      }
      TRY(const auto rows, tx.inbox(run.flow.id, slice, after, kBatchRecords));
      more = rows.size() == kBatchRecords;
      for (const auto& row : rows) {
        after = row.key;
        if (!is_current(run, row)) continue;
        TRY(const auto situation, read_situation(tx, run.flow, row));
        add(run.flow, reconcile(run.flow, situation.row), is_approved(run, row), plan);
      }
      return {};
    }));
  }
  return plan;
}

// Slices with news, and those that shrank without a word about any record.
Result<std::set<std::string>> slices_to_judge(Run& run)
{
  std::vector<std::string> waiting;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(waiting, tx.inbox_slices(run.flow.id));
    return {};
  }));
  auto slices = run.news.slices();
  slices.insert(waiting.begin(), waiting.end());
  for (const auto& [slice, read] : run.unsettled)
    if (read.found && *read.found < read.last) slices.insert(slice);
  return slices;
}

// Every number as large as any decision could make it: only what is gone can be deleted, and what is there is
// created or updated, and then each field of it may go blank.
Result<PlanSummary> plan_at_most(Run& run, const std::string& slice)
{
  PlanSummary plan;
  plan.slice = slice;
  take_reading(run, plan);
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(plan.known, tx.count_shadows(run.flow.id, slice));
    TRY(const auto size, tx.inbox_size(run.flow.id, slice, run.options.run_id));
    const auto held = run.news.size(slice);
    const auto there = size.there + held.there;
    plan.judged.creates = plan.judged.updates = there;
    plan.judged.deletes = size.gone + held.gone;
    plan.judged.blanked["any field"] = static_cast<std::int64_t>(there);
    return {};
  }));
  return plan;
}

} // namespace

Result<std::vector<PlanSummary>> plan_inbox(Run& run)
{
  std::vector<PlanSummary> plans;
  TRY(const auto slices, slices_to_judge(run));
  for (const auto& slice : slices) {
    TRY(auto plan, plan_slice(run, slice));
    plan.trips = trips_of(plan, run.flow.rails);
    const auto does = plan.creates + plan.updates + plan.deletes + plan.conflicts;
    if (does > 0 || !plan.trips.empty()) plans.push_back(std::move(plan));
  }
  return plans;
}

Result<std::vector<PlanSummary>> judge_inbox(Run& run)
{
  run.step(Stage::reconcile);
  TRY(const auto slices, slices_to_judge(run));
  for (const auto& slice : slices) {
    TRY(const auto most, plan_at_most(run, slice));
    if (trips_of(most, run.flow.rails).empty()) continue;
    TRY_VOID(store_held_news(run)); // so that what a person is to look at outlives the run
    return plan_inbox(run);
  }
  return std::vector<PlanSummary>();
}

} // namespace gramsetu::engine
