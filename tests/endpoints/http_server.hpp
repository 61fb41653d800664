// A small HTTP/1.1 server on loopback: one thread a connection, and able to misbehave.
#pragma once

#include "base/result.hpp"
#include "tests/endpoints/http_message.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace gramsetu::sim {

class HttpServer {
public:
  // Listens when it returns. Port 0 takes a free one. The handler is called from several threads.
  static Result<std::unique_ptr<HttpServer>> start(std::uint16_t port, Handler handler);
  ~HttpServer(); // closes every connection and waits for its threads

  std::uint16_t port() const;
  // From now on connections are refused, and those that are open closed, for so long.
  void refuse_for(std::chrono::milliseconds duration);

private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::sim
