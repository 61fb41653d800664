// Evidence before money.
#include "daemon/runtime/witnessed.hpp"

#include "schema/entity.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace gramsetu::runtime {

namespace {

using connectors::Connector;
using connectors::Receipt;
using connectors::Stream;

bool has_money(const Stream& stream)
{
  return stream.entity &&
         std::any_of(stream.entity->fields.begin(), stream.entity->fields.end(),
                     [](const auto& field) { return field.type == schema::FieldType::money; });
}

// By the words of libcurl, libpq and ours: no contract tells them apart, and nothing is decided by it but that
// an auditor hears of it. What an endpoint itself says ("answered 404 'no certificate'") is no such thing.
bool is_of_trust(const Error& error)
{
  constexpr std::array<std::string_view, 4> kWords = {"SSL", "certificate", "pinned public key",
                                                      "host key"};
  if (error.what.find("answered ") != std::string::npos) return false;
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](const auto word) { return error.what.find(word) != std::string::npos; });
}

class Witnessed final : public Connector {
public:
  Witnessed(std::unique_ptr<Connector> inner, std::string endpoint, Overseer overseer)
      : inner_(std::move(inner)), endpoint_(std::move(endpoint)), overseer_(std::move(overseer))
  {
  }

  connectors::Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }

  Result<connectors::Page> pull(const connectors::PullRequest& request,
                                std::stop_token stop) override
  {
    return looked_at(inner_->pull(request, std::move(stop)));
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const connectors::Intent> intents,
                            std::stop_token stop) override
  {
    Result<void> seen;
    if (has_money(stream))
      seen = overseer_.witness({stream.entity->name + "@" + endpoint_, intents.size()});
    if (seen) {
      auto receipts = inner_->push(stream, intents, std::move(stop));
      for (const auto& receipt : receipts)
        if (receipt.outcome == Receipt::Outcome::not_sent) look_at(receipt.error);
      return receipts;
    }
    Receipt none;
    none.outcome = Receipt::Outcome::not_sent;
    none.error = seen.error();
    return std::vector<Receipt>(intents.size(), none);
  }

  Result<std::vector<connectors::Sighting>> probe(const Stream& stream,
                                                  std::span<const connectors::Reference> references,
                                                  std::stop_token stop) override
  {
    return looked_at(inner_->probe(stream, references, std::move(stop)));
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    return looked_at(inner_->reach(std::move(stop)));
  }

  std::optional<connectors::ClockReading> clock() const override { return inner_->clock(); }

private:
  void look_at(const Error& error) const
  {
    if (is_of_trust(error)) overseer_.distrust(endpoint_, error.what);
  }

  template <typename T>
  Result<T> looked_at(Result<T> result) const
  {
    if (!result) look_at(result.error());
    return result;
  }

  std::unique_ptr<Connector> inner_;
  const std::string endpoint_;
  const Overseer overseer_;
};

} // namespace

std::unique_ptr<Connector> witnessed(std::unique_ptr<Connector> inner, std::string endpoint,
                                     Overseer overseer)
{
  return std::make_unique<Witnessed>(std::move(inner), std::move(endpoint), std::move(overseer));
}

} // namespace gramsetu::runtime
