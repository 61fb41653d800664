// Counting runs, and how late the loop is.
#include "daemon/runtime/meters.hpp"

#include <algorithm>

namespace gramsetu::runtime {

namespace chr = std::chrono;

namespace {

// A schedule that was not looked at for so long stands still, whatever else works.
constexpr chr::seconds kStill{15};

std::int64_t minute_of(Ticks now)
{
  return chr::duration_cast<chr::minutes>(now.time_since_epoch()).count();
}

} // namespace

void Meters::run_ended(const std::string& flow, RunKind kind, const engine::Report& report)
{
  const std::lock_guard lock(mutex_);
  FlowTally& tally = tallies_[flow];
  ++tally.runs[{name_of(kind), engine::name_of(report.state)}];
  for (const auto member :
       {&engine::Counts::pulled, &engine::Counts::unchanged, &engine::Counts::created,
        &engine::Counts::updated, &engine::Counts::deleted, &engine::Counts::conflicts,
        &engine::Counts::quarantined, &engine::Counts::waiting, &engine::Counts::pushed,
        &engine::Counts::refused, &engine::Counts::unknown, &engine::Counts::bytes})
    tally.counts.*member += report.counts.*member;
}

std::map<std::string, FlowTally> Meters::tallies() const
{
  const std::lock_guard lock(mutex_);
  return tallies_;
}

void Meters::request_ended(std::string_view operation, int status, chr::nanoseconds took)
{
  const std::lock_guard lock(mutex_);
  auto& tally = requests_[std::string(operation)];
  ++tally.by_status[status];
  tally.took += took;
}

std::map<std::string, RequestTally, std::less<>> Meters::requests() const
{
  const std::lock_guard lock(mutex_);
  return requests_;
}

void Meters::ticked(Ticks now, chr::milliseconds period)
{
  const std::lock_guard lock(mutex_);
  if (late_[0].minute != minute_of(now)) {
    late_[1] = late_[0];
    late_[0] = {minute_of(now), chr::milliseconds(0)};
  }
  if (ticked_) {
    const auto late = chr::duration_cast<chr::milliseconds>(now - *ticked_) - period;
    late_[0].worst = std::max(late_[0].worst, late);
  }
  ticked_ = now;
}

chr::milliseconds Meters::lag(Ticks now) const
{
  const std::lock_guard lock(mutex_);
  chr::milliseconds worst{0};
  for (const Window& window : late_)
    if (minute_of(now) - window.minute <= 1) worst = std::max(worst, window.worst);
  return worst;
}

bool Meters::is_ticking(Ticks now) const
{
  const std::lock_guard lock(mutex_);
  return ticked_ && now - *ticked_ < kStill;
}

} // namespace gramsetu::runtime
