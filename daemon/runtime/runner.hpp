// One run, from its first row in the store to its last line in the log.
#pragma once

#include "daemon/runtime/hub.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace gramsetu::runtime {

// Used once, on one thread.
class Runner {
public:
  Runner(Hub& hub, const LiveRun& announced);
  void run(std::stop_token stop);

private:
  Result<void> begin();
  Result<engine::Report> work(std::stop_token stop);
  Result<void> end(const engine::Report& report);
  std::string reason_of(const engine::Report& report) const;
  Result<void> certify(store::Tx& tx, const engine::Report& report);
  Result<void> answer_hold(store::Tx& tx, const engine::Report& report);
  Result<void> judge_endpoint(store::Tx& tx, const engine::Report& report);
  void tell(const engine::Report& report);
  bool moves_data() const
  {
    return order_.kind == RunKind::sync || order_.kind == RunKind::apply ||
           order_.kind == RunKind::repair;
  }

  Hub& hub_;
  const Ticket ticket_;
  const Order order_;
  const std::shared_ptr<const Setup> setup_; // kept for the whole run, whatever is reloaded
  const engine::Flow* const flow_;           // null when a reload took it away
  Log log_;
  store::RunRow row_;
  engine::Approval approval_;     // of what the flow's held run showed
  std::optional<Error> error_;    // what ended the run, when something did
  std::optional<Instant> agreed_; // before this run
  std::optional<Down> was_down_;  // the endpoint is back
  bool news_of_down_ = false;     // the endpoint has just gone down
  std::chrono::milliseconds took_{0};
};

} // namespace gramsetu::runtime
