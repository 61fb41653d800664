// No evidence, no money.
#pragma once

#include "connectors/api/connector.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace gramsetu::runtime {

// Takes evidence of records with money that are about to leave. Without it they must not.
struct Sending {
  std::string flow;
  std::size_t records = 0;
};

struct Overseer {
  std::function<Result<void>(const Sending&)> witness;
  // Told of an endpoint that is not who it should be, or does not take us for who we are.
  std::function<void(const std::string& endpoint, const std::string& what)> distrust;
};

// Asks `witness` before anything with money is pushed; when it fails nothing is sent, and the receipts say why.
// Stands outside of retrying: another attempt is no other act.
std::unique_ptr<connectors::Connector> witnessed(std::unique_ptr<connectors::Connector> inner,
                                                 std::string endpoint, Overseer overseer);

} // namespace gramsetu::runtime
