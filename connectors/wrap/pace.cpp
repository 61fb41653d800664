// A token bucket a host.
#include "connectors/wrap/pace.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace gramsetu::connectors::wrap {

namespace chr = std::chrono;

namespace {

// A longer pause is not waited out on a worker: the call fails, and the schedule comes back.
constexpr chr::milliseconds kLongestPause{30'000};

// "https://host:port", in lower case; a port that goes without saying is left as it is written.
std::string host_of(const std::string& url)
{
  const auto start = url.find("://");
  if (start == std::string::npos) return {};
  std::string host = url.substr(0, url.find_first_of("/?#", start + 3));
  std::transform(host.begin(), host.end(), host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::string usual = host.starts_with("https:") ? ":443" : ":80";
  if (host.ends_with(usual)) host.resize(host.size() - usual.size());
  return host;
}

} // namespace

void Pace::slow_down(std::int64_t requests_per_second)
{
  if (requests_per_second <= 0) return;
  const std::lock_guard lock(mutex_);
  if (rate_ > 0 && rate_ <= requests_per_second) return;
  rate_ = requests_per_second;
  each_ = chr::duration_cast<Ticks::duration>(chr::seconds(1)) / rate_;
  burst_ = each_ * rate_;
}

// The bucket is kept as the time at which it would be full again, so that nothing has to be counted in
// between (GCRA).
Result<Ticks> Pace::reserve(std::size_t requests)
{
  const std::lock_guard lock(mutex_);
  const Ticks now = clock_.ticks();
  if (paused_until_ - now > kLongestPause) {
    Error error{ErrorKind::throttled, "the endpoint asked to be left alone for a while",
                chr::ceil<chr::milliseconds>(paused_until_ - now)};
    return tl::unexpected<Error>(std::move(error));
  }
  const Ticks from = std::max(now, paused_until_);
  if (each_ == Ticks::duration::zero()) return from;
  full_at_ = std::max(full_at_, now) + each_ * static_cast<std::int64_t>(requests);
  return std::max(from, full_at_ - burst_);
}

void Pace::pause(chr::milliseconds duration)
{
  const std::lock_guard lock(mutex_);
  paused_until_ = std::max(paused_until_, clock_.ticks() + duration);
}

std::shared_ptr<Pace> pace_of(const EndpointSettings& settings, Clock& clock)
{
  static std::mutex mutex; // guards `paces`
  static std::map<std::pair<const Clock*, std::string>, std::weak_ptr<Pace>> paces;
  const std::string host = host_of(settings.url);
  std::shared_ptr<Pace> pace;
  if (!host.empty()) {
    const std::lock_guard lock(mutex);
    std::erase_if(paces, [](const auto& row) { return row.second.expired(); });
    auto& known = paces[{&clock, host}];
    pace = known.lock();
    if (!pace) known = pace = std::make_shared<Pace>(clock);
  } else {
    pace = std::make_shared<Pace>(clock);
  }
  pace->slow_down(settings.limits.requests_per_second.value_or(0));
  return pace;
}

} // namespace gramsetu::connectors::wrap
