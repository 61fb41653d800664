// Opens the hub, and keeps account of the runs that wait and go on.
#include "daemon/runtime/hub.hpp"

#include "daemon/runtime/attachments.hpp"
#include "daemon/runtime/evidence.hpp"
#include "daemon/runtime/hold.hpp"
#include "daemon/runtime/personal.hpp"
#include "daemon/runtime/rewind.hpp"
#include "daemon/runtime/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gramsetu::runtime {

Hub::Hub(HubServices services)
    : services_(services),
      store_log_(std::make_unique<StoreLog>(services.sink)),
      lowest_(services.lowest)
{
}

Hub::~Hub()
{
  stop_.request_stop();
  threads_.clear();
  if (setup_) close_audit(setup_->config());
  store_log_.reset(); // stores its last entries while the store is still open
}

Result<std::unique_ptr<store::Store>> Hub::open_store(const config::Loaded& loaded) const
{
  for (;;) {
    TRY(const auto options, store_options(loaded)); // anew: the password may have become another
    auto opened = store::open_store(options);
    if (opened) return opened;
    auto error = std::move(opened.error());
    const bool database = loaded.config.store_database.has_value();
    if (database && error.kind == ErrorKind::transient && services_.await_store) {
      services_.await_store(error);
      continue;
    }
    // Not the configuration's fault: somebody else has the store, or it cannot be reached.
    if (error.kind == ErrorKind::invalid) error.kind = ErrorKind::precondition;
    if (database) return tl::unexpected<Error>(std::move(error));
    return within("store " + loaded.config.store_path, std::move(error));
  }
}

Result<std::unique_ptr<Hub>> Hub::open(std::unique_ptr<config::Loaded> loaded, HubServices services)
{
  std::unique_ptr<Hub> hub(new Hub(services));
  TRY(hub->store_, hub->open_store(*loaded));
  hub->store_log_->start(*hub->store_);
  tell(*audit_of(loaded->config, services.clock), hub->log());
  TRY(hub->setup_, assemble(std::move(loaded), services.clock, hub->log()));
  TRY(const auto rewind, notice_rewind(*hub));
  if (rewind) TRY_VOID(erase_again(*hub));
  TRY_VOID(hub->wake());
  return hub;
}

Result<void> Hub::wake()
{
  const auto now = services_.clock.now();
  std::vector<std::pair<std::string, Aside>> aside;
  TRY_VOID(store_->transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& flow : setup_->flows) {
      TRY(const auto put, review(tx, flow->id, flow->entity->name, now));
      if (put) aside.emplace_back(flow->id, *put);
      TRY(const auto memory, recall(tx, flow->id));
      auto& state = states_[flow->id];
      state.failures = memory.failures;
      state.aside = memory.aside;
      TRY(const auto last, tx.run(memory.last_run));
      if (last) state.last_start = last->started_at;
    }
    store::RunQuery cut_off;
    cut_off.state = "running";
    cut_off.limit = 1000;
    TRY(auto runs, tx.runs(cut_off));
    for (auto& run : runs) {
      run.state = "failed";
      run.reason = "the process ended during this run; the next one carries on from what it stored";
      run.ended_at = now;
      TRY_VOID(tx.put_run(run));
    }
    return {};
  }));
  for (const auto& [flow, put] : aside) {
    log().event(
        Event::run_failed,
        "put aside for an hour: its runs ended the process twice without getting further",
        {{"run", put.run}, {"flow", flow}, {"until", to_rfc3339(put.until, setup_->offset)}});
  }
  return {};
}

std::shared_ptr<const Setup> Hub::setup() const
{
  const std::lock_guard lock(mutex_);
  return setup_;
}

Result<std::shared_ptr<const Setup>> Hub::prepare(std::unique_ptr<config::Loaded> loaded,
                                                  Level lowest)
{
  const auto present = setup();
  const auto& path = present->config().store_path;
  // It is part of every idempotency key: what is on its way would be sent a second time.
  if (loaded->config.hub_name != present->config().hub_name) {
    return fail(ErrorKind::invalid,
                fmt::format("hub.name cannot change while the hub runs ({} to {}): endpoints know "
                            "what was sent by it",
                            present->config().hub_name, loaded->config.hub_name));
  }
  const auto& database = loaded->config.store_database;
  const auto& former = present->config().store_database;
  if (database.has_value() != former.has_value() || (database && database->url != former->url))
    return fail(ErrorKind::invalid, "store.postgresql cannot change while the hub runs; stop it, "
                                    "move the store, start it");
  if (loaded->config.store_path != path) {
    return fail(
        ErrorKind::invalid,
        fmt::format("store.sqlite.path cannot change while the hub runs ({} to {}); stop it, "
                    "move the file, start it",
                    path, loaded->config.store_path));
  }
  if (loaded->config.audit.folder != present->config().audit.folder) {
    return fail(ErrorKind::invalid,
                fmt::format("audit.folder cannot change while the hub runs ({} to {}): a chain is "
                            "not cut in two; stop it, move the folder, start it",
                            present->config().audit.folder, loaded->config.audit.folder));
  }
  return assemble(std::move(loaded), services_.clock, Log(services_.clock, *store_log_, lowest));
}

void Hub::adopt(std::shared_ptr<const Setup> next, Level lowest)
{
  lowest_ = lowest;
  const std::lock_guard lock(mutex_);
  for (const auto& flow : next->flows)
    states_.try_emplace(flow->id);
  setup_ = std::move(next);
}

Log Hub::log() const
{
  return Log(services_.clock, *store_log_, lowest_);
}

engine::Services Hub::engine_services()
{
  return engine::Services{
      *store_, services_.clock, services_.ids, log(), {}, {}, setup()->config().clock_doubt, true};
}

LiveRun Hub::announce(const std::string& flow, const Order& order)
{
  const auto now = services_.clock.now();
  LiveRun run{{services_.ids.run(now), flow}, order, false, now, {}};
  const std::lock_guard lock(mutex_);
  ++states_[flow].busy;
  live_[run.ticket.run] = run;
  return run;
}

void Hub::forget(const Ticket& ticket)
{
  ended(ticket, {});
}

std::vector<LiveRun> Hub::live() const
{
  const std::lock_guard lock(mutex_);
  std::vector<LiveRun> all;
  for (const auto& [id, run] : live_)
    all.push_back(run);
  return all;
}

std::optional<LiveRun> Hub::live(std::string_view run) const
{
  const std::lock_guard lock(mutex_);
  const auto found = live_.find(run);
  if (found == live_.end()) return std::nullopt;
  return found->second;
}

bool Hub::wait(const std::vector<Ticket>& tickets, std::stop_token stop)
{
  std::unique_lock lock(mutex_);
  return ended_.wait(lock, std::move(stop), [&] {
    return std::none_of(tickets.begin(), tickets.end(),
                        [&](const auto& ticket) { return live_.count(ticket.run) > 0; });
  });
}

FlowState Hub::state_of(const std::string& flow) const
{
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(flow);
  return found == states_.end() ? FlowState{} : found->second;
}

Result<store::Purged> Hub::purge()
{
  const auto now = services_.clock.now();
  const auto& keep = setup()->config().retention;
  const auto before = [&](std::chrono::milliseconds age) -> std::optional<Instant> {
    if (age.count() <= 0) return std::nullopt;
    return now - age;
  };
  store::PurgeLimits limits;
  limits.log = before(keep.log);
  limits.change_log = before(keep.change_log);
  limits.tombstones = now; // each tombstone carries the end of its own lifetime
  limits.quarantine = before(keep.quarantine);
  limits.plans = now - kPlansKept;
  store::Purged purged;
  TRY_VOID(store_->transact([&](store::Tx& tx) -> Result<void> {
    TRY(purged, tx.purge(limits));
    return note_retention(tx, keep, purged, now);
  }));
  TRY_VOID(
      audit_of(setup()->config(), services_.clock)->purge(now - setup()->config().retention.audit));
  TRY_VOID(sweep_attachments(*setup(), *store_, now));
  return purged;
}

void Hub::note(const Error& error)
{
  if (error.kind != ErrorKind::corrupt || corrupt_.exchange(true)) return;
  log().event(Event::store_failed, error.what);
  if (on_corrupt_) on_corrupt_(error);
}

bool Hub::take_turn(const std::string& entity, std::stop_token stop)
{
  std::unique_lock lock(mutex_);
  if (!ended_.wait(lock, std::move(stop), [&] { return turns_.count(entity) == 0; })) return false;
  turns_.insert(entity);
  return true;
}

void Hub::give_turn(const std::string& entity)
{
  const std::lock_guard lock(mutex_);
  turns_.erase(entity);
  ended_.notify_all();
}

void Hub::started(const Ticket& ticket)
{
  const std::lock_guard lock(mutex_);
  auto& run = live_[ticket.run];
  run.started = true;
  run.since = services_.clock.now();
}

void Hub::keep_evidence(const std::string& flow, const std::string& run)
{
  const std::lock_guard lock(mutex_);
  states_[flow].evidence = run;
}

void Hub::progressed(const Ticket& ticket, const engine::Progress& progress)
{
  const std::lock_guard lock(mutex_);
  live_[ticket.run].progress = progress;
}

void Hub::ended(const Ticket& ticket, const std::function<void(FlowState&)>& remember)
{
  {
    const std::lock_guard lock(mutex_);
    auto& state = states_[ticket.flow];
    if (state.busy > 0) --state.busy;
    if (remember) remember(state);
    live_.erase(ticket.run);
    ended_.notify_all();
  }
  if (on_idle_) on_idle_();
}

void Hub::run(const LiveRun& announced, std::stop_token stop)
{
  Runner(*this, announced).run(std::move(stop));
}

} // namespace gramsetu::runtime
