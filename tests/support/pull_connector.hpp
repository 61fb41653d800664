// A connector that is only read: what is written to it is nowhere.
#pragma once

#include "connectors/api/connector.hpp"

#include <span>
#include <string>
#include <vector>

namespace gramsetu::test {

class PullConnector : public connectors::Connector {
public:
  connectors::Capabilities capabilities(const connectors::Stream&) const override { return {}; }
  std::vector<connectors::Receipt>
  push(const connectors::Stream&, std::span<const connectors::Intent>, std::stop_token) override
  {
    return {};
  }
  Result<std::vector<connectors::Sighting>>
  probe(const connectors::Stream&, std::span<const connectors::Reference>, std::stop_token) override
  {
    return fail(ErrorKind::unsupported, "there is nobody to ask");
  }
  Result<std::string> reach(std::stop_token) override { return std::string("at hand"); }
};

} // namespace gramsetu::test
