// A stopwatch and a tally around a connector.
#include "connectors/wrap/metered.hpp"

#include <algorithm>

namespace gramsetu::connectors::wrap {

namespace {

std::string_view name_of(Receipt::Outcome outcome)
{
  switch (outcome) {
  case Receipt::Outcome::applied: return "applied";
  case Receipt::Outcome::not_sent: return "not_sent";
  case Receipt::Outcome::refused: return "refused";
  case Receipt::Outcome::moved: return "moved";
  case Receipt::Outcome::unknown: return "unknown";
  }
  return "unknown";
}

// A push went well when the endpoint said something of each record, whatever it said.
std::string_view result_of(const std::vector<Receipt>& receipts)
{
  const auto open = std::find_if(receipts.begin(), receipts.end(), [](const Receipt& receipt) {
    return receipt.outcome == Receipt::Outcome::not_sent ||
           receipt.outcome == Receipt::Outcome::unknown;
  });
  return open == receipts.end() ? "ok" : gramsetu::name_of(open->error.kind);
}

class Metered final : public Connector {
public:
  Metered(std::unique_ptr<Connector> inner, Clock& clock, std::shared_ptr<Traffic> traffic)
      : inner_(std::move(inner)), clock_(clock), traffic_(std::move(traffic))
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    auto page = timed("pull", [&] { return inner_->pull(request, stop); });
    if (page) traffic_->received(page->bytes);
    return page;
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    const Ticks start = clock_.ticks();
    auto receipts = inner_->push(stream, intents, stop);
    traffic_->called("push", result_of(receipts), since(start));
    for (const Receipt& receipt : receipts)
      traffic_->pushed(name_of(receipt.outcome));
    return receipts;
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    return timed("probe", [&] { return inner_->probe(stream, references, stop); });
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    return timed("reach", [&] { return inner_->reach(stop); });
  }

  std::optional<ClockReading> clock() const override { return inner_->clock(); }

private:
  Traffic::Span since(Ticks start) const
  {
    return std::chrono::duration_cast<Traffic::Span>(clock_.ticks() - start);
  }

  template <typename Call>
  auto timed(std::string_view name, const Call& call) -> decltype(call())
  {
    const Ticks start = clock_.ticks();
    auto result = call();
    traffic_->called(name, result ? "ok" : gramsetu::name_of(result.error().kind), since(start));
    return result;
  }

  std::unique_ptr<Connector> inner_;
  Clock& clock_;
  const std::shared_ptr<Traffic> traffic_;
};

} // namespace

std::unique_ptr<Connector> metered(std::unique_ptr<Connector> inner, Clock& clock,
                                   std::shared_ptr<Traffic> traffic)
{
  return std::make_unique<Metered>(std::move(inner), clock, std::move(traffic));
}

} // namespace gramsetu::connectors::wrap
