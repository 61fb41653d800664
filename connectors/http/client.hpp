// One HTTP exchange over libcurl, with the three outcomes that matter: response, not sent, unclear.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "connectors/api/transport.hpp"
#include "connectors/http/message.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <variant>
#include <vector>

namespace gramsetu::connectors::http {

// Nothing that the server could act on left this machine. `error` says why.
struct NotSent {
  Error error;
};

// Part of the request left and no whole, well-formed answer came back: it may have had its effect.
struct Indeterminate {
  Error error;
  std::shared_ptr<Response> partial =
      nullptr; // what came of a good answer before its connection broke
};

using Outcome = std::variant<Response, NotSent, Indeterminate>;

struct ClientSettings {
  Limits limits;
  Tls tls;
  std::string identity =
      ""; // our certificate in PEM, to which `tls.key` belongs; empty: we show none
  bool allow_plaintext = false;
  bool gzip = false; // answers may come compressed
  std::uint64_t header_bytes = 64 << 10;
  // Fewer than this many bytes in a window of this length, once an answer has begun, is too slow.
  std::uint64_t slowest_bytes = 60'000;
  std::chrono::milliseconds slow_window{60'000};
};

// Sends requests of one endpoint with one set of credentials; connections are kept and reused inside
// it and shared with nobody. Any thread: each exchange borrows a handle of its own. Follows no
// redirect, reads no environment, retries nothing but a read whose kept connection turned out dead.
class Client {
public:
  Client(ClientSettings settings, Clock& clock);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Outcome send(const Request& request, std::stop_token stop);
  // The end of the certificate that the server showed last; nothing before the first handshake.
  std::optional<Instant> server_until() const;

private:
  struct Handle;
  std::unique_ptr<Handle> borrow();
  void give_back(std::unique_ptr<Handle> handle);
  Outcome perform(Handle& handle, const Request& request, const std::stop_token& stop);
  void look_at_server(Handle& handle);

  ClientSettings settings_;
  Clock& clock_;
  mutable std::mutex mutex_; // guards all below
  std::vector<std::unique_ptr<Handle>> idle_;
  std::optional<Instant> server_until_;
};

} // namespace gramsetu::connectors::http
