// The hub: one store, the flows of the configuration, and the runs of both.
#pragma once

#include "base/ids.hpp"
#include "daemon/engine/cycle.hpp"
#include "daemon/runtime/freshness.hpp"
#include "daemon/runtime/memory.hpp"
#include "daemon/runtime/meters.hpp"
#include "daemon/runtime/order.hpp"
#include "daemon/runtime/reloaded.hpp"
#include "daemon/runtime/setup.hpp"
#include "daemon/runtime/store_log.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::runtime {

struct HubServices {
  Clock& clock;
  Ids& ids;
  LogSink& sink; // the journal, or lines; the sync log in the store is beside it
  Level lowest = Level::info;
  // The store's database server is away: returns when it should be tried again. Without it that is an error.
  std::function<void(const Error&)> await_store = {};
};

// What the scheduler knows of a flow; no store is asked for it.
struct FlowState {
  std::optional<Instant> last_start;
  std::optional<Instant> not_before;
  unsigned failures = 0;
  std::optional<Aside> aside;
  std::size_t busy = 0; // runs that wait or go on
  std::string evidence; // the run whose comparison the store's scratch still holds; may be empty
};

// Any thread. Runs of one entity follow one another, runs of different entities go side by side.
class Hub {
public:
  // Opens the store and every connector. `corrupt` when the store cannot be trusted, `precondition`
  // when another process holds it, `invalid` when the configuration cannot be carried out.
  static Result<std::unique_ptr<Hub>> open(std::unique_ptr<config::Loaded> loaded,
                                           HubServices services);
  ~Hub(); // asks runs to stop and waits for those that `order` put on threads of its own

  std::shared_ptr<const Setup> setup() const;
  // What `loaded` comes to, opened and proved and not in force yet. `invalid` for what cannot change while the
  // hub runs.
  Result<std::shared_ptr<const Setup>> prepare(std::unique_ptr<config::Loaded> loaded,
                                               Level lowest);
  // In force from the next run on; runs that go on keep what they began with.
  void adopt(std::shared_ptr<const Setup> next, Level lowest);
  // How the service reads its file again. Without it there is nothing to read.
  void reload_with(Reload reload) { reload_ = std::move(reload); }
  const Reload& reload() const { return reload_; }

  store::Store& store() { return *store_; }
  Clock& clock() { return services_.clock; }
  Meters& meters() { return meters_; }
  Freshness& freshness() { return freshness_; }
  Log log() const;
  void flush_log() { store_log_->flush(); }
  engine::Services engine_services();

  // Runs these flows, one after the other in the configuration's order, and returns at once. A flow
  // that is put aside runs when a person asks.
  Result<std::vector<Ticket>> order(const std::vector<std::string>& flows, const Order& order);
  // A person lets a held run go. Once enough people have, its flow runs again, and what they saw passes.
  Result<Release> approve(const std::string& run, const std::string& by, const std::string& note);
  // Carries out these plans, one after the other. `not_found` or `invalid` when one is not as it was seen.
  Result<std::vector<Ticket>> apply(const std::vector<SeenPlan>& plans, const std::string& by);
  // Puts back what a run changed.
  Result<Ticket> undo(const std::string& run, const std::string& by, const std::string& note);
  // Runs one flow on this thread; what the scheduler's jobs call. The ticket came from `announce`.
  void run(const LiveRun& announced, std::stop_token stop);
  LiveRun announce(const std::string& flow, const Order& order);
  void forget(const Ticket& ticket); // announced, but never run

  std::vector<LiveRun> live() const;
  std::optional<LiveRun> live(std::string_view run) const;
  // False when `stop` was requested before all of them had ended.
  bool wait(const std::vector<Ticket>& tickets, std::stop_token stop);

  FlowState state_of(const std::string& flow) const;

  Result<store::Purged> purge(); // by the configured retention
  void request_stop() { stop_.request_stop(); }
  std::stop_token stopping() const { return stop_.get_token(); }

  // Where the batches of `order` run. Without it each has a thread of its own.
  using Launch = std::function<bool(std::function<void(std::stop_token)>)>;
  void launch_on(Launch launch) { launch_ = std::move(launch); }
  // Called once when the store cannot be trusted any more; the process must end.
  void on_corrupt(std::function<void(const Error&)> act) { on_corrupt_ = std::move(act); }
  // Called after each run, on its thread.
  void on_idle(std::function<void()> act) { on_idle_ = std::move(act); }
  bool corrupt() const { return corrupt_; }
  void note(const Error& error); // tells `on_corrupt` when the error is of that kind

private:
  friend class Runner;
  Hub(HubServices services);
  Result<std::unique_ptr<store::Store>> open_store(const config::Loaded& loaded) const;
  Result<std::vector<Ticket>> launch(std::vector<LiveRun> batch); // one after the other
  Result<store::RunRow> ended_run(const std::string& run);        // of a flow that there still is
  Result<void> wake(); // after a start: dirty marks, runs that were cut off
  bool take_turn(const std::string& entity, std::stop_token stop); // false: stopped before it came
  void give_turn(const std::string& entity);
  void started(const Ticket& ticket);
  void keep_evidence(const std::string& flow, const std::string& run);
  void progressed(const Ticket& ticket, const engine::Progress& progress);
  void ended(const Ticket& ticket, const std::function<void(FlowState&)>& remember);

  HubServices services_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<StoreLog> store_log_;
  std::stop_source stop_;
  std::atomic<bool> corrupt_{false};
  std::atomic<Level> lowest_;
  Launch launch_;
  Reload reload_;
  Meters meters_;
  Freshness freshness_;
  std::function<void(const Error&)> on_corrupt_;
  std::function<void()> on_idle_;

  mutable std::mutex mutex_; // guards what follows
  std::condition_variable_any ended_;
  std::shared_ptr<const Setup> setup_;
  std::map<std::string, FlowState> states_;
  std::map<std::string, LiveRun, std::less<>> live_; // by run
  std::set<std::string, std::less<>> turns_;         // entities with a run that goes on
  std::vector<std::jthread> threads_;
};

} // namespace gramsetu::runtime
