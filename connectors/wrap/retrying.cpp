// Backoff with full jitter around the reads of a connector.
#include "connectors/wrap/retrying.hpp"

#include <algorithm>

namespace gramsetu::connectors::wrap {

namespace chr = std::chrono;

bool is_passing(ErrorKind kind)
{
  switch (kind) {
  case ErrorKind::transient: return true;     // a timeout, a reset, a 5xx: likely gone in a moment
  case ErrorKind::throttled: return true;     // after the pause it asks for
  case ErrorKind::unauthorized: return false; // asking again may lock the account
  case ErrorKind::precondition: return false; // the engine decides again
  case ErrorKind::invalid: return false;      // the same question gets the same answer
  case ErrorKind::not_found: return false;
  case ErrorKind::unsupported: return false;
  case ErrorKind::corrupt: return false;   // nothing of ours can be trusted now
  case ErrorKind::cancelled: return false; // somebody wants to stop
  }
  return false;
}

namespace {

class Retrying final : public Connector {
public:
  Retrying(std::unique_ptr<Connector> inner, Clock& clock, const RetryLimits& limits)
      : inner_(std::move(inner)), clock_(clock), limits_(limits)
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    return again(stop, [&] { return inner_->pull(request, stop); });
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    return inner_->push(stream, intents, stop);
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    return again(stop, [&] { return inner_->probe(stream, references, stop); });
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    return again(stop, [&] { return inner_->reach(stop); });
  }

  std::optional<ClockReading> clock() const override { return inner_->clock(); }

private:
  // How long to wait after `error`, or nothing when it is not worth it here: the schedule asks later.
  std::optional<chr::milliseconds> pause(const Error& error, int attempt)
  {
    if (!is_passing(error.kind) || attempt >= limits_.attempts) return std::nullopt;
    const auto bound = std::min(limits_.longest, limits_.first * (1 << std::min(attempt - 1, 20)));
    const auto jitter = random_.below(static_cast<std::uint64_t>(bound.count()) + 1);
    const chr::milliseconds wait(static_cast<std::int64_t>(jitter));
    if (!error.retry_after) return wait;
    if (*error.retry_after > limits_.longest) return std::nullopt;
    return std::max(*error.retry_after, wait);
  }

  template <typename Call>
  auto again(const std::stop_token& stop, const Call& call) -> decltype(call())
  {
    for (int attempt = 1;; ++attempt) {
      auto result = call();
      if (result) return result;
      const auto wait = pause(result.error(), attempt);
      if (!wait) return result;
      if (!clock_.sleep_until(clock_.ticks() + *wait, stop))
        return fail(ErrorKind::cancelled, "stopped while waiting after: " + result.error().what);
    }
  }

  std::unique_ptr<Connector> inner_;
  Clock& clock_;
  RetryLimits limits_;
  Ids random_;
};

} // namespace

std::unique_ptr<Connector> retrying(std::unique_ptr<Connector> inner, Clock& clock,
                                    const RetryLimits& limits)
{
  return std::make_unique<Retrying>(std::move(inner), clock, limits);
}

} // namespace gramsetu::connectors::wrap
