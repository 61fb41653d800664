// What the server's files share: listening, one connection, one answer. Not for others.
#pragma once

#include "daemon/api/router.hpp"
#include "daemon/api/server.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gramsetu::api {

// Where a connection came in, and who is at its other end.
struct Door {
  bool tcp = false;
  std::uint16_t port = 0;
  Peer peer;               // Unix only
  std::string source = {}; // TCP only: the address, as the throttle knows it
};

// A request as it came over the line, before anybody has looked at who sent it.
struct Incoming {
  std::string method, target, body;
  std::vector<std::pair<std::string, std::string>> headers; // names in lower case
};

// What may change while we serve.
struct Access {
  std::vector<Token> tokens;
  std::optional<gid_t> operators;
  std::shared_ptr<const Tls> tls = {};
};

struct Core;

// A request as it is counted.
struct Mark {
  std::string method = {}, path = {};
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

// Refuses, or calls the handler: never an exception. Runs on a handler thread.
Response answer(const Incoming& incoming, const Door& door, Core& core);
// The headers that keep an answer out of caches, frames and other sites' pages.
void guard(Response& response, bool tls);
// What `later` and `more` of an answer give; never an exception.
std::optional<Response> later_of(const Response& waiting, bool now);
std::optional<std::string> more_of(const Response& stream);
// What stands before the first piece of an answer that goes on.
std::string stream_begin(const Response& response);
// A new name for a request; in the answer, and in what is told of it.
std::string request_id();

// An RFC 9457 document.
Response problem(int status, std::string_view title);

// One open connection, as the server sees it.
class Connection {
public:
  virtual ~Connection() = default;
  virtual bool busy() const = 0; // a request is being worked on or answered
  virtual void close() = 0;
};

// What connections need of their server; lives as long as the last of them. Loop thread only, but
// for what is const.
struct Core {
  boost::asio::io_context& context;
  const Handler handler;
  const ServerLimits limits;
  const std::function<void(const Refusal&)> on_refused;
  const std::function<void(const std::string& id, int status)> on_failed;
  const std::function<void(const Answered&)> on_answered;
  std::unique_ptr<runtime::Workers> workers, prompt_workers;
  Throttle throttle{limits.throttle}; // any thread
  std::mutex access_mutex = {};       // guards `access`
  std::shared_ptr<const Access> access = {};
  std::set<Connection*> connections = {};
  std::size_t on_tcp = 0, on_unix = 0;
  std::size_t followers = 0;
  bool stopping = false;

  // Any thread.
  std::shared_ptr<const Access> current_access()
  {
    const std::lock_guard lock(access_mutex);
    return access;
  }
  void answered(const Mark& mark, int status) const
  {
    const auto took = std::chrono::steady_clock::now() - mark.began;
    if (on_answered) on_answered({mark.method, mark.path, status, took});
  }
  std::size_t& count(const Door& door) { return door.tcp ? on_tcp : on_unix; }
};

// Serves the socket `descriptor` until either side closes it; takes it over.
void serve_connection(std::shared_ptr<Core> core, int descriptor, Door door);

} // namespace gramsetu::api
