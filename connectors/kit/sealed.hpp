// Messages that are sealed inside TLS, seen from the system's side, with keys that are made for the play.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/kit/loopback.hpp"

#include <memory>
#include <string>

namespace gramsetu::connectors::kit {

class Sealed {
public:
  virtual ~Sealed() = default;
  // Makes of a request what it was before it was sealed.
  virtual Result<void> open(Heard& heard) const = 0;
  // An answer as it is sent. One that cannot be sealed is an error.
  virtual Result<std::string> seal(const std::string& answer) const = 0;
};

// Null where the manifest seals nothing. What the hub must know goes into `settings`; `folder` is for what
// must be a file.
Result<std::unique_ptr<Sealed>> make_sealed(EndpointSettings& settings, const std::string& folder);

} // namespace gramsetu::connectors::kit
