// Carries out one run and leaves its account: the row, the marks, the log.
#include "daemon/runtime/runner.hpp"

#include "daemon/audit/audit.hpp"
#include "daemon/engine/undo.hpp"
#include "daemon/engine/verify/verify.hpp"
#include "daemon/runtime/hold.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace gramsetu::runtime {

namespace {

// The endpoint, not a record, is the trouble when nothing of it could be read; unless it was we who held back.
bool is_outage(const engine::Report& report)
{
  return report.state == engine::RunState::failed && report.counts.slices == 0 &&
         report.reason.find(audit::kBlocked) == std::string::npos;
}

// Ages are for people: whole seconds are as fine as they need to be.
std::string age_text(std::optional<Instant> then, Instant now)
{
  if (!then) return "never";
  return schema::write_duration(std::chrono::floor<std::chrono::seconds>(now - *then));
}

bool ended_well(engine::RunState state)
{
  return state == engine::RunState::done || state == engine::RunState::partial;
}

} // namespace

Runner::Runner(Hub& hub, const LiveRun& announced)
    : hub_(hub),
      ticket_(announced.ticket),
      order_(announced.order),
      setup_(hub.setup()),
      flow_(setup_->find(announced.ticket.flow)),
      log_(hub.log().with({{"run", ticket_.run}, {"flow", ticket_.flow}}))
{
}

void Runner::run(std::stop_token stop)
{
  if (!flow_ || hub_.corrupt() || !hub_.take_turn(flow_->entity->name, stop))
    return hub_.forget(ticket_);
  hub_.started(ticket_);
  engine::Report report;
  if (const auto begun = begin(); !begun) {
    error_ = begun.error();
  } else if (auto worked = work(stop); worked) {
    report = std::move(*worked);
  } else {
    error_ = worked.error();
  }
  if (error_) {
    report.state = error_->kind == ErrorKind::cancelled ? engine::RunState::cancelled
                                                        : engine::RunState::failed;
    report.reason = error_->what;
  }
  if (!error_ || error_->kind != ErrorKind::corrupt) {
    if (auto written = end(report); !written) error_ = written.error();
  }
  tell(report);
  hub_.meters().run_ended(ticket_.flow, order_.kind, report);
  hub_.give_turn(flow_->entity->name);
  if (error_) hub_.note(*error_);
  hub_.ended(ticket_, [&](FlowState& state) {
    if (!moves_data()) return;
    state.last_start = row_.started_at;
    state.failures = report.state == engine::RunState::failed ? state.failures + 1 : 0;
    state.aside = std::nullopt;
    state.not_before = std::nullopt;
    if (error_ && error_->retry_after) state.not_before = *row_.ended_at + *error_->retry_after;
  });
}

Result<void> Runner::begin()
{
  row_.id = ticket_.run;
  row_.flow = ticket_.flow;
  row_.state = "running";
  row_.asked_by = order_.asked_by;
  row_.started_at = hub_.clock().now();
  row_.counts = schema::to_json(counts_json({}, order_.kind, {}));
  TRY_VOID(hub_.store().transact([&](store::Tx& tx) -> Result<void> {
    // Who applies a plan has looked at it; what is held for others is not released by that.
    if (order_.kind == RunKind::apply) {
      row_.approved_by = order_.asked_by;
    } else if (moves_data()) {
      TRY(approval_, approval_of(tx, ticket_.flow));
      row_.approved_by = approval_.by;
    }
    TRY_VOID(tx.put_run(row_));
    if (!moves_data()) return {};
    TRY(const auto memory, recall(tx, ticket_.flow));
    agreed_ = memory.agreed;
    return mark_started(tx, ticket_.flow, flow_->entity->name, ticket_.run);
  }));
  std::vector<LogField> fields{{"kind", std::string(name_of(order_.kind))}};
  if (order_.full) fields.push_back({"full", "true"});
  if (!order_.asked_by.empty()) fields.push_back({"by", order_.asked_by});
  log_.event(Event::run_started, "", std::move(fields));
  return {};
}

Result<engine::Report> Runner::work(std::stop_token stop)
{
  auto services = hub_.engine_services();
  services.log = log_;
  services.progress = [this](const engine::Progress& progress) {
    hub_.progressed(ticket_, progress);
  };
  if (order_.kind == RunKind::verify) {
    engine::Report report;
    hub_.keep_evidence(ticket_.flow, "");
    TRY(report.certificate,
        engine::verify_flow(*flow_, services, {order_.evidence}, std::move(stop)));
    if (order_.evidence) hub_.keep_evidence(ticket_.flow, ticket_.run);
    return report;
  }
  if (order_.kind == RunKind::undo) {
    const auto flows = setup_->flows_of(flow_->entity->name);
    return engine::undo_run({*flow_, flows, ticket_.run, order_.of, order_.asked_by}, services,
                            std::move(stop));
  }
  engine::RunOptions options;
  options.run_id = ticket_.run;
  if (order_.kind == RunKind::apply) options.applies = order_.of;
  options.repair = order_.kind == RunKind::repair;
  options.full = order_.full || options.repair;
  options.plan_only = order_.kind == RunKind::plan;
  options.approval = approval_;
  return engine::run_cycle(*flow_, setup_->flows_of(flow_->entity->name), options, services,
                           std::move(stop));
}

Result<void> Runner::end(const engine::Report& report)
{
  const auto now = hub_.clock().now();
  took_ = now - row_.started_at;
  row_.state = engine::name_of(report.state);
  row_.reason = reason_of(report);
  row_.ended_at = now;
  row_.counts = schema::to_json(counts_json(report.counts, order_.kind, took_));
  if (!report.held.empty()) row_.plan = schema::to_json(plan_json(report.held));
  return hub_.store().transact([&](store::Tx& tx) -> Result<void> {
    if (report.certificate) TRY_VOID(certify(tx, report));
    // A plan that was carried out read nothing: what is held for people is held still.
    if (moves_data() && order_.kind != RunKind::apply) TRY_VOID(answer_hold(tx, report));
    TRY_VOID(tx.put_run(row_));
    TRY_VOID(judge_endpoint(tx, report));
    if (!moves_data()) return {};
    // Nothing was read when a plan was carried out: what the hub knows is no newer than before.
    const bool well = ended_well(report.state) && order_.kind == RunKind::sync;
    const Ending ending{well, report.state == engine::RunState::failed, now};
    return mark_ended(tx, ticket_.flow, ending);
  });
}

// What the run is about stands before what went wrong.
std::string Runner::reason_of(const engine::Report& report) const
{
  std::string text;
  if (order_.kind == RunKind::apply) text = "the plan of run " + order_.of;
  if (order_.kind == RunKind::undo) text = "undo of run " + order_.of;
  if (!order_.note.empty()) text += ": " + order_.note;
  if (!report.reason.empty()) text += (text.empty() ? "" : "; ") + report.reason;
  return text;
}

// What was found is kept whatever came of the run; a certificate is given to one that ended well.
Result<void> Runner::certify(store::Tx& tx, const engine::Report& report)
{
  const auto& certificate = *report.certificate;
  if (!certificate.differences.empty())
    row_.differences = engine::differences_json(certificate.differences);
  if (!ended_well(report.state)) return {};
  TRY(const auto last, last_certificate(tx, ticket_.flow));
  const auto sealed =
      engine::seal(certificate, {setup_->config().hub_name, ticket_.flow, ticket_.run,
                                 *row_.ended_at, last.number + 1, last.digest});
  row_.certificate = sealed.json;
  return note_certificate(tx, ticket_.flow, {last.number + 1, sealed.digest});
}

// A run that failed or was stopped says nothing about what is held.
Result<void> Runner::answer_hold(store::Tx& tx, const engine::Report& report)
{
  const bool held = report.state == engine::RunState::held;
  if (!held && !ended_well(report.state)) return {};
  if (held) {
    Hold hold;
    hold.since = *row_.ended_at;
    hold.rails.assign(report.hold.rails.begin(), report.hold.rails.end());
    hold.records = report.hold.records;
    hold.more = report.hold.more;
    hold.needs = approvers_needed(report.hold, flow_->rails);
    hold.found = report.hold.found;
    row_.hold = schema::to_json(hold_json(hold));
  }
  return take_place(tx, row_, !held && !approval_.by.empty());
}

Result<void> Runner::judge_endpoint(store::Tx& tx, const engine::Report& report)
{
  const auto& endpoint = flow_->side.endpoint;
  // One that was not asked has not come back either.
  const bool asked =
      order_.kind != RunKind::undo && (order_.kind != RunKind::apply || report.counts.pushed > 0);
  if (is_outage(report)) {
    TRY(news_of_down_, went_down(tx, endpoint, {row_.started_at, report.reason}));
  } else if (asked && report.state != engine::RunState::cancelled) {
    TRY(was_down_, came_back(tx, endpoint));
  }
  return {};
}

void Runner::tell(const engine::Report& report)
{
  const auto now = hub_.clock().now();
  const bool well = ended_well(report.state);
  auto fields = finish_fields(report.counts, took_, age_text(well ? now : agreed_, now));
  fields.push_back({"state", std::string(engine::name_of(report.state))});
  switch (report.state) {
  case engine::RunState::held:
    fields.push_back({"rails", fmt::format("{}", fmt::join(report.hold.rails, ","))});
    fields.push_back({"records", std::to_string(report.hold.records)});
    log_.event(Event::run_held, report.reason, std::move(fields));
    break;
  case engine::RunState::failed:
    log_.event(Event::run_failed, report.reason, std::move(fields));
    break;
  default: log_.event(Event::run_finished, report.reason, std::move(fields));
  }
  const auto& endpoint = flow_->side.endpoint;
  if (news_of_down_) log_.event(Event::endpoint_down, report.reason, {{"endpoint", endpoint}});
  if (was_down_) {
    log_.event(Event::endpoint_back, "",
               {{"endpoint", endpoint}, {"since", to_rfc3339(was_down_->since, setup_->offset)}});
  }
}

} // namespace gramsetu::runtime
