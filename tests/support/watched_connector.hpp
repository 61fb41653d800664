// A connector whose pages pass somebody who may count or spoil them.
#pragma once

#include "connectors/api/connector.hpp"

#include <functional>
#include <memory>

namespace gramsetu::test {

class WatchedConnector final : public connectors::Connector {
public:
  explicit WatchedConnector(std::unique_ptr<connectors::Connector> inner) : inner_(std::move(inner))
  {
  }

  std::function<void(Result<connectors::Page>&)> on_page; // in the thread that fetches

  connectors::Capabilities capabilities(const connectors::Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }
  Result<connectors::Page> pull(const connectors::PullRequest& request,
                                std::stop_token stop) override
  {
    auto page = inner_->pull(request, std::move(stop));
    if (on_page) on_page(page);
    return page;
  }
  std::vector<connectors::Receipt> push(const connectors::Stream& stream,
                                        std::span<const connectors::Intent> intents,
                                        std::stop_token stop) override
  {
    return inner_->push(stream, intents, std::move(stop));
  }
  Result<std::vector<connectors::Sighting>> probe(const connectors::Stream& stream,
                                                  std::span<const connectors::Reference> references,
                                                  std::stop_token stop) override
  {
    return inner_->probe(stream, references, std::move(stop));
  }
  Result<std::string> reach(std::stop_token stop) override
  {
    return inner_->reach(std::move(stop));
  }

private:
  std::unique_ptr<connectors::Connector> inner_;
};

} // namespace gramsetu::test
