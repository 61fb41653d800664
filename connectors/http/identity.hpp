// Our own certificate and its key, proved to belong together before anybody is shown them.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "connectors/api/transport.hpp"

#include <string>

namespace gramsetu::connectors::http {

struct Identity {
  std::string certificate; // PEM, with what stands between it and its authority
  Instant until{};         // its end
};

// Reads the certificate's file. `invalid` when it cannot be read, or the key is not the certificate's; one that
// has ended is read like any other, for its server to judge. Nothing of the key is in the error.
Result<Identity> read_identity(const Tls& tls);

} // namespace gramsetu::connectors::http
