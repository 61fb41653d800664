// How a request proves who sends it.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "connectors/api/transport.hpp"
#include "connectors/http/client.hpp"
#include "connectors/http/signature.hpp"

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace gramsetu::connectors::http {

// The credentials of one endpoint. OAuth2 access tokens are fetched when first needed, shared by all
// requests, and renewed before they end. Any thread.
class Credentials {
public:
  // `signature` outlives them; there when the kind is hmac.
  // `identity`: our certificate, for the token server too.
  Credentials(const EndpointSettings& settings, const std::optional<SignaturePlan>& signature,
              const std::string& identity, Clock& clock);

  // Adds what the endpoint asks for. Gives the token it used; empty unless the kind is oauth2.
  Result<std::string> sign(Request& request, std::stop_token stop);

  // The endpoint would not have `token` (401). True when a new one can be had: sign again, once.
  bool renew(const std::string& token);

  // Replaces every secret of ours in `text`: an endpoint that echoes one must not put it into a log.
  void mask(std::string& text);

private:
  Result<std::string> put_token(Request& request, std::stop_token stop);
  Result<std::string> token(std::stop_token stop);
  Result<std::string> fetch(std::stop_token stop);
  Result<std::string> read_token(const Request& request, const Response& response);

  Auth auth_;
  const std::optional<SignaturePlan>& signature_;
  Ids ids_;
  Clock& clock_;
  std::optional<Client> client_; // the token server's: no connection is shared with the endpoint
  std::mutex mutex_;             // guards all below, and lets one thread fetch for all
  std::string token_;
  Ticks renew_at_{};
};

} // namespace gramsetu::connectors::http
