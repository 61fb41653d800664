// How to connect to a PostgreSQL server, in libpq's words.
#pragma once

#include "base/result.hpp"
#include "connectors/api/transport.hpp"
#include "connectors/sql/client_key.hpp"

#include <map>
#include <optional>
#include <string>

namespace gramsetu::connectors::sql {

struct Login {
  std::map<std::string, std::string> words; // the password is among them: for no log
  std::optional<ClientKey> key;             // good for as long as this lives
};

// From url, auth, tls and allow_plaintext. Over a network the server proves who it is, unless the operator allows
// otherwise. `application` is what the server's administrator sees.
Result<Login> login_of(const EndpointSettings& settings, const std::string& application);

} // namespace gramsetu::connectors::sql
