// A token bucket, a bound on calls at once, and the pauses that an endpoint asks for.
#include "connectors/wrap/throttled.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace gramsetu::connectors::wrap {

namespace chr = std::chrono;

namespace {

// A longer pause is not waited out on a worker: the call fails, and the schedule comes back.
constexpr chr::milliseconds kLongestPause{30'000};

// The allowance of one endpoint.
class Allowance {
public:
  Allowance(const Limits& limits, Clock& clock)
      : clock_(clock), free_(std::max<std::size_t>(1, limits.concurrent))
  {
    if (!limits.requests_per_second || *limits.requests_per_second <= 0) return;
    each_ = chr::duration_cast<Ticks::duration>(chr::seconds(1)) / *limits.requests_per_second;
    burst_ = each_ * *limits.requests_per_second;
  }

  // Waits until `requests` more are allowed. Everyone who gets in must `leave`.
  Result<void> enter(std::size_t requests, const std::stop_token& stop)
  {
    const auto at = reserve(requests);
    if (!at) return tl::unexpected<Error>(at.error());
    if (*at > clock_.ticks() && !clock_.sleep_until(*at, stop))
      return fail(ErrorKind::cancelled, "stopped while waiting for the endpoint's allowance");
    std::unique_lock lock(mutex_);
    if (!freed_.wait(lock, stop, [this] { return free_ > 0; }))
      return fail(ErrorKind::cancelled, "stopped while waiting for the endpoint's allowance");
    --free_;
    return {};
  }

  void leave(const Error* error)
  {
    const std::lock_guard lock(mutex_);
    ++free_;
    freed_.notify_one();
    if (error && error->kind == ErrorKind::throttled && error->retry_after)
      paused_until_ = std::max(paused_until_, clock_.ticks() + *error->retry_after);
  }

private:
  // Takes the turn of `requests` calls: when the first of them may go. The bucket is kept as the time at
  // which it would be full again, so that nothing has to be counted in between (GCRA).
  Result<Ticks> reserve(std::size_t requests)
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

  Clock& clock_;
  Ticks::duration each_{}, burst_{};
  std::mutex mutex_; // guards all below
  std::condition_variable_any freed_;
  std::size_t free_;
  Ticks full_at_{}, paused_until_{};
};

class Throttled final : public Connector {
public:
  Throttled(std::unique_ptr<Connector> inner, const Limits& limits, Clock& clock)
      : inner_(std::move(inner)), allowance_(limits, clock)
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    return counted(1, stop, [&] { return inner_->pull(request, stop); });
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    const bool together = inner_->capabilities(stream).batch_max > 1;
    if (const auto in = allowance_.enter(together ? 1 : intents.size(), stop); !in) {
      Receipt receipt;
      receipt.outcome = Receipt::Outcome::not_sent;
      receipt.error = in.error();
      return std::vector<Receipt>(intents.size(), receipt);
    }
    auto receipts = inner_->push(stream, intents, stop);
    const auto told = std::find_if(receipts.begin(), receipts.end(), [](const Receipt& receipt) {
      return receipt.error.kind == ErrorKind::throttled;
    });
    allowance_.leave(told == receipts.end() ? nullptr : &told->error);
    return receipts;
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    return counted(references.size(), stop,
                   [&] { return inner_->probe(stream, references, stop); });
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    return counted(1, stop, [&] { return inner_->reach(stop); });
  }

  std::optional<ClockReading> clock() const override { return inner_->clock(); }

private:
  template <typename Call>
  auto counted(std::size_t requests, const std::stop_token& stop, const Call& call)
      -> decltype(call())
  {
    TRY_VOID(allowance_.enter(requests, stop));
    auto result = call();
    allowance_.leave(result ? nullptr : &result.error());
    return result;
  }

  std::unique_ptr<Connector> inner_;
  Allowance allowance_;
};

} // namespace

std::unique_ptr<Connector> throttled(std::unique_ptr<Connector> inner, const Limits& limits,
                                     Clock& clock)
{
  return std::make_unique<Throttled>(std::move(inner), limits, clock);
}

} // namespace gramsetu::connectors::wrap
