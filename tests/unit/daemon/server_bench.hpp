// A server on a loop of its own, and bytes on its wire as no client of ours would send them.
#pragma once

#include "daemon/api/client.hpp"
#include "daemon/api/server.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <atomic>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace gramsetu::test {

using api::Handler;
using api::Request;
using api::Response;
using api::Server;
using api::ServerOptions;

inline std::string fresh_path()
{
  static std::atomic<int> number = 0;
  return "/tmp/gramsetu-server-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

// A server on its loop thread.
struct World {
  runtime::Loop loop{{.workers = 1}};
  std::string path;
  std::unique_ptr<Server> server;
  std::jthread thread;

  explicit World(Handler handler, ServerOptions options = {}) : path(fresh_path())
  {
    options.unix_path = path;
    auto opened = Server::open(loop, std::move(handler), std::move(options));
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    server = std::move(*opened);
    thread = std::jthread([this] { loop.run(); });
  }
  ~World()
  {
    loop.stop();
    if (thread.joinable()) thread.join();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
};

// Bytes as they are, to say what a client of ours never would.
class Wire {
public:
  explicit Wire(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0))
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    connect_to(reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }
  // From 127.0.0.`own`: every such address is this machine.
  explicit Wire(std::uint16_t port, int own = 1) : socket_(::socket(AF_INET, SOCK_STREAM, 0))
  {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + static_cast<std::uint32_t>(own));
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect_to(reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }
  ~Wire() { ::close(socket_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void send(std::string_view bytes)
  {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Until the server closes, or `end` was seen.
  std::string receive(std::string_view end = "\x04never")
  {
    std::string all;
    char buffer[4096];
    while (all.find(end) == all.npos) {
      const ssize_t count = ::recv(socket_, buffer, sizeof(buffer), 0);
      if (count == 0) closed_ = true;
      if (count <= 0) break;
      all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
  }
  bool is_hung_up_on_after(std::string_view bytes) { return ask(bytes).empty() && closed_; }
  std::string ask(std::string_view bytes)
  {
    send(bytes);
    return receive();
  }

private:
  void connect_to(const sockaddr* address, socklen_t size)
  {
    const timeval patience{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    REQUIRE(::connect(socket_, address, size) == 0);
  }
  int socket_;
  bool closed_ = false; // by the server; otherwise our own patience ended
};

inline Response echo(const Request& request)
{
  Response response;
  response.content_type = "text/plain";
  response.body = request.method + " " + request.path;
  for (const auto& [name, value] : request.query)
    response.body += " " + name + "=" + value;
  response.body += " as " + std::to_string(static_cast<int>(request.role)) + "/" + request.actor;
  response.body += " [" + request.body + "]";
  return response;
}

inline ServerOptions on_tcp()
{
  ServerOptions options;
  options.tcp_host = "127.0.0.1";
  options.tokens =
      *api::read_tokens("# who\nwatch viewer 0123456789abcdef\nops operator fedcba9876543210");
  return options;
}

inline std::string status_of(std::string_view answer)
{
  return std::string(answer.substr(0, std::min<std::size_t>(12, answer.size())));
}

} // namespace gramsetu::test
