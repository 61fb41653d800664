// What people ask of the hub: runs now, the release of a held one, a plan carried out, a run undone.
#include "daemon/engine/planned.hpp"
#include "daemon/runtime/hold.hpp"
#include "daemon/runtime/hub.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

namespace gramsetu::runtime {

namespace {

std::string kind_of(const store::RunRow& run)
{
  const auto counts = schema::parse_json(run.counts);
  const auto* kind = counts && counts->is_object() ? counts->object().find("kind") : nullptr;
  return kind && kind->is_text() ? kind->text() : std::string();
}

std::int64_t count_of(const schema::Value& slice, std::string_view name)
{
  const auto* count = slice.is_object() ? slice.object().find(name) : nullptr;
  return count && count->is_integer() ? count->integer() : 0;
}

// How many records the plan of `run` would change, where a rail would hold it; none where no rail would.
std::int64_t held_records(const store::RunRow& run)
{
  const auto plan = schema::parse_json(run.plan);
  if (!plan || !plan->is_list()) return 0;
  std::int64_t records = 0;
  bool trips = false;
  for (const auto& slice : plan->list()) {
    for (const auto* name : {"creates", "updates", "deletes"})
      records += count_of(slice, name);
    const auto* hit = slice.is_object() ? slice.object().find("trips") : nullptr;
    trips = trips || (hit && hit->is_list() && !hit->list().empty());
  }
  return trips ? records : 0;
}

// One person's plan does not stand in for two.
Result<void> refuse_alone(const store::RunRow& run, const engine::Flow& flow)
{
  const auto records = held_records(run);
  if (records <= flow.rails.second_approver_above) return {};
  return fail(
      ErrorKind::precondition,
      fmt::format("the plan of run {} would change {} records past a rail, and above {} two "
                  "people must agree: sync {}, and have both approve the run that is held",
                  run.id, records, flow.rails.second_approver_above, flow.id));
}

} // namespace

Result<std::vector<Ticket>> Hub::order(const std::vector<std::string>& flows, const Order& order)
{
  const auto present = setup();
  TRY(const auto selected, present->select(flows));
  std::vector<LiveRun> batch;
  for (const auto* flow : selected)
    batch.push_back(announce(flow->id, order));
  return launch(std::move(batch));
}

Result<std::vector<Ticket>> Hub::launch(std::vector<LiveRun> batch)
{
  std::vector<Ticket> tickets;
  for (const auto& announced : batch)
    tickets.push_back(announced.ticket);
  auto work = [this, batch](std::stop_token stop) {
    for (const auto& announced : batch)
      run(announced, stop);
  };
  if (launch_) {
    if (launch_(std::move(work))) return tickets;
    for (const auto& ticket : tickets)
      forget(ticket);
    return fail(ErrorKind::throttled, "too many runs are waiting already; try again in a moment");
  }
  const std::lock_guard lock(mutex_);
  threads_.emplace_back([work = std::move(work), stop = stop_.get_token()] { work(stop); });
  return tickets;
}

Result<Release> Hub::approve(const std::string& run, const std::string& by, const std::string& note)
{
  Consent given;
  TRY_VOID(store_->transact([&](store::Tx& tx) -> Result<void> {
    TRY(given, consent(tx, run, {by, note, "", services_.clock.now(), {}}));
    return {};
  }));
  const auto& flow = given.held.flow;
  if (!given.again) {
    log().event(Event::run_approved, given.missing > 0 ? "one more person must approve it" : "",
                {{"run", run}, {"flow", flow}, {"by", by}});
  }
  Release release{std::nullopt, given.held.id, given.again};
  if (given.missing > 0) return release;
  Order order;
  order.asked_by = by;
  TRY(const auto tickets, this->order({flow}, order));
  release.ticket = tickets.front();
  return release;
}

Result<store::RunRow> Hub::ended_run(const std::string& run)
{
  std::optional<store::RunRow> row;
  TRY_VOID(store_->transact([&](store::Tx& tx) -> Result<void> {
    TRY(row, tx.run(run));
    return {};
  }));
  if (!row) return fail(ErrorKind::not_found, fmt::format("there is no run '{}'", run));
  if (row->state == "running")
    return fail(ErrorKind::precondition, fmt::format("run {} goes on; wait until it is over", run));
  if (!setup()->find(row->flow)) {
    return fail(ErrorKind::precondition,
                fmt::format("{}, the flow of run {}, is not configured any more", row->flow, run));
  }
  return std::move(*row);
}

Result<std::vector<Ticket>> Hub::apply(const std::vector<SeenPlan>& plans, const std::string& by)
{
  std::vector<LiveRun> batch;
  std::vector<std::pair<std::string, Order>> orders;
  for (const auto& plan : plans) {
    TRY(const auto row, ended_run(plan.run));
    if (kind_of(row) != name_of(RunKind::plan))
      return fail(ErrorKind::invalid, fmt::format("run {} made no plan", plan.run));
    TRY(const auto digest, engine::digest_of_plan(*store_, plan.run));
    if (digest != plan.digest) {
      return fail(
          ErrorKind::invalid,
          fmt::format("this is not what run {} planned, or it was planned more than {} days "
                      "ago; make a new plan",
                      plan.run, kPlansKept.count() / 24));
    }
    TRY_VOID(refuse_alone(row, *setup()->find(row.flow)));
    Order order;
    order.kind = RunKind::apply;
    order.of = plan.run;
    order.asked_by = by;
    orders.emplace_back(row.flow, std::move(order));
  }
  for (const auto& [flow, order] : orders)
    batch.push_back(announce(flow, order));
  return launch(std::move(batch));
}

Result<Ticket> Hub::undo(const std::string& run, const std::string& by, const std::string& note)
{
  TRY(const auto row, ended_run(run));
  const auto kind = kind_of(row);
  if (kind == name_of(RunKind::plan) || kind == name_of(RunKind::verify))
    return fail(ErrorKind::precondition,
                fmt::format("run {} was a {}; it changed nothing", run, kind));
  Order order;
  order.kind = RunKind::undo;
  order.of = run;
  order.asked_by = by;
  order.note = note;
  std::vector<LiveRun> batch{announce(row.flow, order)};
  log().event(Event::admin_action, "a run is undone",
              {{"run", run}, {"flow", row.flow}, {"by", by}, {"note", note}});
  TRY(const auto tickets, launch(std::move(batch)));
  return tickets.front();
}

} // namespace gramsetu::runtime
