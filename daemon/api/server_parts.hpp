// What the server's files share: listening, one connection, one answer. Not for others.
#pragma once

#include "daemon/api/router.hpp"
#include "daemon/api/server.hpp"

#include <memory>
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
  Peer peer; // Unix only
};

// A request as it came over the line, before anybody has looked at who sent it.
struct Incoming {
  std::string method, target, body;
  std::vector<std::pair<std::string, std::string>> headers; // names in lower case
};

struct Access {
  std::vector<Token> tokens;
  std::optional<gid_t> operators;
};

// Refuses, or calls `handler` and guards its answer: never an exception, never without the headers
// that keep an answer out of caches and frames. Runs on a handler thread.
Response answer(const Incoming& incoming, const Door& door, const Access& access,
                const Handler& handler);

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
  const Access access;
  std::unique_ptr<runtime::Workers> workers;
  std::set<Connection*> connections = {};
  std::size_t on_tcp = 0, on_unix = 0;
  bool stopping = false;

  std::size_t& count(const Door& door) { return door.tcp ? on_tcp : on_unix; }
};

// Serves the socket `descriptor` until either side closes it; takes it over.
void serve_connection(std::shared_ptr<Core> core, int descriptor, Door door);

} // namespace gramsetu::api
