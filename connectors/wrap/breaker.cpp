// A circuit breaker: closed, open, and half open for one call.
#include "connectors/wrap/breaker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace gramsetu::connectors::wrap {

namespace chr = std::chrono;

namespace {

// Whether calls may go, by how those before them went.
class Fuse {
public:
  Fuse(Clock& clock, const BreakerLimits& limits, std::shared_ptr<Traffic> traffic)
      : clock_(clock), limits_(limits), traffic_(std::move(traffic))
  {
  }

  Result<void> pass()
  {
    const std::lock_guard lock(mutex_);
    if (failures_ < limits_.failures) return {};
    const Ticks now = clock_.ticks();
    if (now >= open_until_ && !trying_) {
      trying_ = true;
      return {};
    }
    const auto left =
        std::max(chr::ceil<chr::milliseconds>(open_until_ - now), chr::milliseconds(1'000));
    Error error{ErrorKind::transient,
                fmt::format("the endpoint failed {} times in a row, at last: {}; it is left alone "
                            "for a while",
                            failures_, why_),
                left};
    return tl::unexpected<Error>(std::move(error));
  }

  void note(const Error* fault)
  {
    const std::lock_guard lock(mutex_);
    trying_ = false;
    if (!fault) {
      if (failures_ >= limits_.failures && traffic_) traffic_->leave_alone_until({});
      failures_ = 0;
      return;
    }
    ++failures_;
    why_ = fault->what;
    if (failures_ < limits_.failures) return;
    const int again = std::min(failures_ - limits_.failures, 20);
    open_until_ = clock_.ticks() + std::min(limits_.longest, limits_.first * (1 << again));
    if (traffic_) traffic_->leave_alone_until(open_until_);
  }

  // The call told nothing about the endpoint: somebody wanted to stop.
  void leave()
  {
    const std::lock_guard lock(mutex_);
    trying_ = false;
  }

private:
  Clock& clock_;
  BreakerLimits limits_;
  const std::shared_ptr<Traffic> traffic_;
  std::mutex mutex_; // guards all below
  int failures_ = 0;
  bool trying_ = false;
  Ticks open_until_{};
  std::string why_;
};

class Breaking final : public Connector {
public:
  Breaking(std::unique_ptr<Connector> inner, Clock& clock, const BreakerLimits& limits,
           std::shared_ptr<Traffic> traffic)
      : inner_(std::move(inner)), fuse_(clock, limits, std::move(traffic))
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    return watched([&] { return inner_->pull(request, stop); });
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    if (const auto passed = fuse_.pass(); !passed) {
      Receipt receipt;
      receipt.outcome = Receipt::Outcome::not_sent;
      receipt.error = passed.error();
      return std::vector<Receipt>(intents.size(), receipt);
    }
    auto receipts = inner_->push(stream, intents, stop);
    note(receipts);
    return receipts;
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    return watched([&] { return inner_->probe(stream, references, stop); });
  }

  // A person who asks wants to know how it is now.
  Result<std::string> reach(std::stop_token stop) override { return inner_->reach(stop); }

  std::optional<ClockReading> clock() const override { return inner_->clock(); }

private:
  template <typename Call>
  auto watched(const Call& call) -> decltype(call())
  {
    TRY_VOID(fuse_.pass());
    auto result = call();
    if (result)
      fuse_.note(nullptr);
    else if (result.error().kind == ErrorKind::cancelled)
      fuse_.leave();
    else
      fuse_.note(result.error().kind == ErrorKind::transient ? &result.error() : nullptr);
    return result;
  }

  // One that anything became of shows that the endpoint is there.
  void note(const std::vector<Receipt>& receipts)
  {
    const Error* fault = nullptr;
    for (const Receipt& receipt : receipts) {
      const bool open = receipt.outcome == Receipt::Outcome::not_sent ||
                        receipt.outcome == Receipt::Outcome::unknown;
      if (open && receipt.error.kind == ErrorKind::cancelled) return fuse_.leave();
      if (!open || receipt.error.kind != ErrorKind::transient) return fuse_.note(nullptr);
      fault = &receipt.error;
    }
    fuse_.note(fault);
  }

  std::unique_ptr<Connector> inner_;
  Fuse fuse_;
};

} // namespace

std::unique_ptr<Connector> breaking(std::unique_ptr<Connector> inner, Clock& clock,
                                    const BreakerLimits& limits, std::shared_ptr<Traffic> traffic)
{
  return std::make_unique<Breaking>(std::move(inner), clock, limits, std::move(traffic));
}

} // namespace gramsetu::connectors::wrap
