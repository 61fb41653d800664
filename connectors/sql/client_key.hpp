// Our private key, for a library that takes the name of a file.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "connectors/api/transport.hpp"

#include <string>

namespace gramsetu::connectors::sql {

// Holds the key in memory under a name that only this process can open. The name is good as long as it lives.
class ClientKey {
public:
  static Result<ClientKey> hold(const Secret& pem);
  std::string name() const;

private:
  explicit ClientKey(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

} // namespace gramsetu::connectors::sql
