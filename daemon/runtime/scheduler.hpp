// From what is due to what runs: the agenda, asked on every tick of the loop.
#pragma once

#include "daemon/runtime/hub.hpp"
#include "daemon/runtime/loop.hpp"
#include "daemon/schedule/agenda.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::runtime {

inline constexpr std::chrono::milliseconds kTick{500}; // how late a run may start

// Lives on the loop's thread, and asks neither the store nor the network anything.
class Scheduler {
public:
  Scheduler(Hub& hub, Loop& loop, Ids& ids) : hub_(hub), loop_(loop), ids_(ids) {}
  void tick(); // every `kTick`: starts what is due on the loop's workers

  // Every flow as the agenda wants to see it. A flow of an entity that is being worked on counts as
  // running: its run would only wait on a worker that others could use.
  std::vector<schedule::Job> jobs();
  // What the hub does now, for the service manager: "9 flows, 2 running; voucher@central failed".
  std::string summary() const;

private:
  struct Drawn {
    std::optional<Instant> after; // the start that came before
    std::chrono::milliseconds jitter{0};
  };

  // What waits and goes on now.
  struct Busy {
    std::size_t runs = 0;
    std::set<std::string> entities;
    std::map<std::string, std::size_t> endpoints;
  };

  Busy busy(const Setup& setup) const;
  void start(const std::string& flow);
  std::chrono::milliseconds jitter_of(const config::FlowSettings& flow,
                                      std::optional<Instant> last);

  Hub& hub_;
  Loop& loop_;
  Ids& ids_;
  std::map<std::string, Drawn>
      drawn_; // once for each coming start, so that a tick does not move it
};

} // namespace gramsetu::runtime
