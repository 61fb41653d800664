// A bound on calls at once, and turns in the pace of the host.
#include "connectors/wrap/throttled.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace gramsetu::connectors::wrap {

namespace {

// The turns of one endpoint's calls.
class Allowance {
public:
  Allowance(const Limits& limits, Clock& clock, std::shared_ptr<Pace> pace)
      : clock_(clock), pace_(std::move(pace)), free_(std::max<std::size_t>(1, limits.concurrent))
  {
  }

  // Waits until `requests` more are allowed. Everyone who gets in must `leave`.
  Result<void> enter(std::size_t requests, const std::stop_token& stop)
  {
    const auto at = pace_->reserve(requests);
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
      pace_->pause(*error->retry_after);
  }

private:
  Clock& clock_;
  const std::shared_ptr<Pace> pace_;
  std::mutex mutex_; // guards all below
  std::condition_variable_any freed_;
  std::size_t free_;
};

class Throttled final : public Connector {
public:
  Throttled(std::unique_ptr<Connector> inner, const Limits& limits, Clock& clock,
            std::shared_ptr<Pace> pace)
      : inner_(std::move(inner)), allowance_(limits, clock, std::move(pace))
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    if (!request.onward) return counted(1, stop, [&] { return inner_->pull(request, stop); });
    TRY_VOID(allowance_.enter(1, stop));
    bool inside = true;
    PullRequest watched = request;
    watched.onward = [&](const std::string& next) { // the answer is here, and only to be read
      if (inside) allowance_.leave(nullptr);
      inside = false;
      request.onward(next);
    };
    auto page = inner_->pull(watched, stop);
    if (inside) allowance_.leave(page ? nullptr : &page.error());
    return page;
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
                                     Clock& clock, std::shared_ptr<Pace> pace)
{
  if (!pace) pace = std::make_shared<Pace>(clock);
  pace->slow_down(limits.requests_per_second.value_or(0));
  return std::make_unique<Throttled>(std::move(inner), limits, clock, std::move(pace));
}

} // namespace gramsetu::connectors::wrap
