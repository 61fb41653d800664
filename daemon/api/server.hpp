// The admin API's HTTP server, on a Unix socket and, if asked, on TCP.
#pragma once

#include "daemon/api/router.hpp"
#include "daemon/api/server_access.hpp"
#include "daemon/api/server_tls.hpp"
#include "daemon/api/throttle.hpp"
#include "daemon/runtime/loop.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::api {

// What a stranger can make us hold, each with its reason.
struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;   // more than any client of ours sends
  std::uint64_t body_bytes = 1024 * 1024; // a page of records; imports send several
  std::chrono::milliseconds header_deadline{
      10000};                            // from a request's first byte: nobody trickles headers
  std::chrono::milliseconds idle{30000}; // between requests, and for a body to arrive
  std::size_t connections = 64;          // on each listener, so that TCP cannot starve the socket
  std::size_t handlers = 4;              // requests that are worked on at once
  std::size_t waiting = 64;              // requests that wait for a handler; then 503
  std::size_t prompt_handlers = 2;       // kept free for those of is_prompt_path
  std::size_t followers = 16;            // answers that are not there yet or go on; then 503
  ThrottleLimits throttle = {};          // of those who are not let in
};

// A request and what it came to, also one that was refused.
struct Answered {
  std::string_view method, path; // empty where they could not be read
  int status = 0;
  std::chrono::nanoseconds took{
      0}; // from its first byte until its answer is there; of a stream, the begin of it
};

struct ServerOptions {
  std::string unix_path;
  std::vector<int> passed =
      {};               // Unix sockets that listen already, taken over; their files are not ours
  std::string group;    // its members are operators and may connect; empty: nobody but us and root
  std::string tcp_host; // an address; empty: no TCP. Beyond loopback only with `tls`
  std::uint16_t tcp_port = 0; // 0: any, see `tcp_port()`
  std::vector<Token> tokens;  // who may come over TCP; never empty with `tcp_host`
  std::optional<TlsSettings> tls = {};
  ServerLimits limits = {};
  std::function<void(const Refusal&)> on_refused = {};   // on a handler thread
  std::function<void(const Answered&)> on_answered = {}; // on the loop
  // A request that ended in a 5xx, by the id that its answer has. On a handler thread.
  std::function<void(const std::string& id, int status)> on_failed = {};
};

// Serves on the loop's thread; `handler` runs on threads of the server's own, several at once, and
// must return in its time: nothing interrupts it. When the loop stops, listening ends, requests in hand
// are answered, and the loop stays open for them.
class Server {
public:
  // Everything is bound when this returns. A socket file that nobody answers at is replaced; one
  // that somebody answers at is an error (`precondition`), as a second daemon would be.
  static Result<std::unique_ptr<Server>> open(runtime::Loop& loop, Handler handler,
                                              ServerOptions options);
  ~Server(); // after the loop has ended: waits for handlers that run, removes the socket file

  // Other tokens and another certificate, from the next request and connection on. Loop only. An error changes
  // nothing.
  Result<void> renew(std::vector<Token> tokens, const std::optional<TlsSettings>& tls);

  std::uint16_t tcp_port() const;  // 0 without TCP
  std::size_t connections() const; // loop only

private:
  struct Impl;
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

} // namespace gramsetu::api
