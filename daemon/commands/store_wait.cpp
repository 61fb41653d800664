// Pauses between tries, cut into pieces that are shorter than the watchdog's patience.
#include "daemon/commands/store_wait.hpp"

#include <unistd.h>

#include <algorithm>

namespace gramsetu::commands {

namespace {

namespace chr = std::chrono;

constexpr chr::milliseconds kLongest = chr::seconds(30);
constexpr chr::minutes kTellAgain{10};
// What systemd gives us from each word on: several pauses, with tries at a server that says nothing between them.
constexpr chr::minutes kGrace{3};

} // namespace

void StoreWait::pause(const Error& why)
{
  const auto begin = clock_.ticks();
  if (!told_ || begin - *told_ >= kTellAgain) {
    told_ = begin;
    log_.event(Event::store_awaited, why.what);
  }
  const auto until = begin + next_;
  next_ = std::min(next_ * 2, kLongest);
  const auto piece = notifier_.watchdog_interval().value_or(kLongest);
  while (clock_.ticks() < until) {
    notifier_.waiting("waiting for the database", kGrace);
    clock_.sleep_until(std::min<Ticks>(until, clock_.ticks() + piece), {});
  }
  notifier_.waiting("waiting for the database", kGrace);
}

EndsAtOnce::EndsAtOnce() : before_{{{SIGTERM, {}}, {SIGINT, {}}, {SIGHUP, {}}}}
{
  for (auto& [signal, before] : before_) {
    struct sigaction act {};
    act.sa_handler = [](int) { _exit(0); };
    if (signal == SIGHUP) act.sa_handler = SIG_IGN;
    sigaction(signal, &act, &before);
  }
}

EndsAtOnce::~EndsAtOnce()
{
  for (const auto& [signal, before] : before_)
    sigaction(signal, &before, nullptr);
}

} // namespace gramsetu::commands
