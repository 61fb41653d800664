// Waiting at the start for a store whose database server is away.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "daemon/runtime/notify.hpp"

#include <signal.h>

#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace gramsetu::commands {

// One start's wait: pauses that grow up to half a minute, one line in the log at first and every ten minutes, and
// systemd told that this is not yet the end. Before any other thread has a store to lose.
class StoreWait {
public:
  StoreWait(Clock& clock, Log log, const runtime::Notifier& notifier)
      : clock_(clock), log_(std::move(log)), notifier_(notifier)
  {
  }
  // Returns when it is time to try again.
  void pause(const Error& why);

private:
  Clock& clock_;
  const Log log_;
  const runtime::Notifier& notifier_;
  std::chrono::milliseconds next_{1000};
  std::optional<Ticks> told_;
};

// While this lives, SIGTERM and SIGINT end the process at once with 0, and SIGHUP does nothing: there is nothing open
// yet that would have to be closed, and nothing to reload.
class EndsAtOnce {
public:
  EndsAtOnce();
  ~EndsAtOnce();
  EndsAtOnce(const EndsAtOnce&) = delete;
  EndsAtOnce& operator=(const EndsAtOnce&) = delete;

private:
  std::array<std::pair<int, struct sigaction>, 3> before_;
};

} // namespace gramsetu::commands
