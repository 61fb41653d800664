// The admin API's server: what it answers, whom it refuses, and what it does not let happen.
#include "tests/unit/daemon/server_bench.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <netinet/in.h>
#include <semaphore>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::api;
using namespace gramsetu::test;
using namespace std::chrono_literals;

TEST_CASE("a request over the socket reaches the handler as it was asked, by whom the kernel says")
{
  World world(echo);
  Request request{"PUT",
                  "/api/v1/records/voucher/a%2Fb",
                  {{"q", "a b&c=ड"}},
                  {{"Content-Type", "application/json; charset=utf-8"}},
                  "{}",
                  {},
                  "liar"};
  const auto response = call(world.path, request, 5s);
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->content_type == "text/plain");
  const auto me = identify(Peer{::geteuid(), {}}, std::nullopt);
  CHECK(response->body ==
        "PUT /api/v1/records/voucher/a%2Fb q=a b&c=ड as 3/" + me->actor + " [{}]");
  CHECK(response->headers.at("cache-control") == "no-store");
  CHECK(response->headers.at("x-content-type-options") == "nosniff");
  CHECK_FALSE(response->headers.contains("server"));
}

TEST_CASE("the socket is closed to everybody but its user and group")
{
  World world(echo);
  struct stat what {};
  REQUIRE(::stat(world.path.c_str(), &what) == 0);
  CHECK((what.st_mode & 0777) == 0660);
}

TEST_CASE("one connection carries several requests, also when they come at once")
{
  World world(echo);
  Wire wire(world.path);
  const std::string request = "GET /one HTTP/1.1\r\nHost: x\r\n\r\n";
  wire.send(request + request + "GET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = wire.receive();
  CHECK(all.find("GET /one", all.find("GET /one") + 1) != all.npos);
  CHECK(all.find("GET /two") != all.npos);
}

TEST_CASE("what is not HTTP as it should be is refused before the handler sees it")
{
  std::atomic<int> handled = 0;
  World world([&](const Request&) {
    ++handled;
    return Response{};
  });
  for (const std::string_view bytes : {
           "nonsense\r\n\r\n",
           "GET / HTTP/1.1\nHost: x\n\n",
           "POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
           "POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
           "GET /%zz HTTP/1.1\r\nConnection: close\r\n\r\n",
           "GET /?a=1&a=2 HTTP/1.1\r\nConnection: close\r\n\r\n",
           "GET http://other/ HTTP/1.1\r\nConnection: close\r\n\r\n",
       }) {
    CAPTURE(bytes);
    CHECK(status_of(Wire(world.path).ask(bytes)) == "HTTP/1.1 400");
  }
  CHECK(handled == 0);
}

TEST_CASE("headers and bodies have a limit, and whoever sends more can read so")
{
  ServerOptions options;
  options.limits.body_bytes = 100'000;
  World world(echo, options);
  const std::string long_header = "GET / HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n";
  CHECK(status_of(Wire(world.path).ask(long_header)) == "HTTP/1.1 431");
  Request request{"POST", "/", {}, {{"Content-Type", "application/json"}}, {}, {}, ""};
  request.body = std::string(100'001, 'x');
  const auto response = call(world.path, request, 5s);
  REQUIRE(response);
  CHECK(response->status == 413);
  CHECK(response->content_type == "application/problem+json");
  request.body.resize(100'000);
  CHECK(call(world.path, request, 5s)->status == 200);
}

TEST_CASE("whoever trickles a header or stays silent is hung up on")
{
  ServerOptions options;
  options.limits.header_deadline = 50ms;
  options.limits.idle = 100ms;
  World world(echo, options);
  for (const auto* bytes : {"GET / HT", "", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"})
    CHECK(Wire(world.path).is_hung_up_on_after(bytes));
}

TEST_CASE("no more connections than the limit, and the next one is served when one has gone")
{
  ServerOptions options;
  options.limits.connections = 2;
  World world(echo, options);
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  Wire one(world.path);
  {
    Wire two(world.path);
    one.send(request);
    two.send(request);
    CHECK_FALSE(one.receive("]").empty());
    CHECK_FALSE(two.receive("]").empty());
    CHECK(Wire(world.path).ask(request).empty());
  }
  for (int i = 0; i < 100; ++i) // until the server has seen that it left
    if (call(world.path, {"GET", "/", {}, {}, "", {}, ""}, 1s)) return;
  FAIL("the place of the connection that left was not given on");
}

TEST_CASE("a slow handler holds nobody up, and more than can wait are sent away")
{
  ServerOptions options;
  options.limits.handlers = 2;
  options.limits.waiting = 1;
  std::counting_semaphore<> started(0), go(0);
  World world(
      [&](const Request& request) {
        if (request.path == "/slow") {
          started.release();
          go.acquire();
        }
        return echo(request);
      },
      options);
  const auto slow = [&] { CHECK(call(world.path, {"GET", "/slow", {}, {}, "", {}, ""}, 10s)); };
  std::jthread first(slow);
  started.acquire();
  CHECK(call(world.path, {"GET", "/quick", {}, {}, "", {}, ""}, 5s)->status == 200);
  std::jthread second(slow);
  started.acquire();
  std::jthread third(slow); // waits for a handler
  int refused = 0;
  while (refused == 0) {
    const auto response = call(world.path, {"GET", "/quick", {}, {}, "", {}, ""}, 50ms);
    if (response && response->status == 503) ++refused;
  }
  go.release(10);
}

TEST_CASE("a handler that fails says nothing about itself")
{
  World world(
      [](const Request&) -> Response { throw std::runtime_error("SELECT secret FROM /var/lib"); });
  const auto response = call(world.path, {"GET", "/", {}, {}, "", {}, ""}, 5s);
  REQUIRE(response);
  CHECK(response->status == 500);
  CHECK(response->body.find("secret") == std::string::npos);
}

TEST_CASE("a long answer arrives whole")
{
  World world([](const Request&) {
    return Response{200, "text/plain", std::string(20'000'000, 'y')};
  });
  const auto response = call(world.path, {"GET", "/", {}, {}, "", {}, ""}, 20s);
  REQUIRE(response);
  CHECK(response->body.size() == 20'000'000);
}

TEST_CASE("over TCP only a token opens, and only what says up or down is open to all")
{
  World world(echo, on_tcp());
  const std::uint16_t port = world.server->tcp_port();
  REQUIRE(port != 0);
  const std::string host = "Host: 127.0.0.1:" + std::to_string(port) + "\r\nConnection: close\r\n";
  const auto ask = [&](const std::string& path, const std::string& headers) {
    return Wire(port).ask("GET " + path + " HTTP/1.1\r\n" + headers + "\r\n");
  };
  CHECK(status_of(ask("/healthz", host)) == "HTTP/1.1 200");
  CHECK(status_of(ask("/readyz", host)) == "HTTP/1.1 200");
  const std::string refused = ask("/api/v1/status", host);
  CHECK(status_of(refused) == "HTTP/1.1 401");
  CHECK(refused.find("WWW-Authenticate: Bearer") != refused.npos);
  CHECK(status_of(ask("/metrics", host)) == "HTTP/1.1 401");
  CHECK(status_of(ask("/", host + "Authorization: Bearer 0123456789abcdeX\r\n")) == "HTTP/1.1 401");
  CHECK(status_of(ask("/", host + "Authorization: Basic 0123456789abcdef\r\n")) == "HTTP/1.1 401");
  CHECK(ask("/", host + "Authorization: Bearer 0123456789abcdef\r\n").find("as 1/watch") !=
        std::string::npos);
  CHECK(ask("/", host + "Authorization: Bearer fedcba9876543210\r\n").find("as 2/ops") !=
        std::string::npos);
}

TEST_CASE("over TCP a name that is not ours and a page of another site are refused")
{
  World world(echo, on_tcp());
  const std::uint16_t port = world.server->tcp_port();
  const std::string rest = "Connection: close\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n";
  const auto ask = [&](const std::string& headers) {
    return status_of(Wire(port).ask("GET /healthz HTTP/1.1\r\n" + headers + rest));
  };
  const std::string own = "localhost:" + std::to_string(port);
  CHECK(ask("Host: " + own + "\r\n") == "HTTP/1.1 200");
  CHECK(ask("Host: evil.example:" + std::to_string(port) + "\r\n") == "HTTP/1.1 421");
  CHECK(ask("Host: localhost\r\n") == "HTTP/1.1 421");
  CHECK(ask("") == "HTTP/1.1 421");
  CHECK(ask("Host: " + own + "\r\nHost: evil.example\r\n") == "HTTP/1.1 400");
  CHECK(ask("Host: " + own + "\r\nOrigin: http://evil.example\r\n") == "HTTP/1.1 403");
  CHECK(ask("Host: " + own + "\r\nOrigin: null\r\n") == "HTTP/1.1 403");
}

TEST_CASE("TCP without tokens, or beyond loopback, is refused at the start")
{
  runtime::Loop loop({.workers = 1});
  ServerOptions options = on_tcp();
  options.unix_path = fresh_path();
  options.tokens.clear();
  CHECK_FALSE(Server::open(loop, echo, options));
  options = on_tcp();
  options.unix_path = fresh_path();
  for (const auto* host : {"0.0.0.0", "192.0.2.1", "::", "hub.example.in"}) {
    options.tcp_host = host;
    CAPTURE(host);
    CHECK_FALSE(Server::open(loop, echo, options));
  }
}

TEST_CASE("a socket file that nobody answers at is replaced, a live one and a file never")
{
  runtime::Loop loop({.workers = 1});
  ServerOptions options;
  {
    World world(echo);
    options.unix_path = world.path;
    const auto second = Server::open(loop, echo, options);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::precondition);
    CHECK(listening(world.path));
  }
  CHECK_FALSE(listening(options.unix_path));
  CHECK(::access(options.unix_path.c_str(), F_OK) != 0);

  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0); // as a daemon that was killed leaves it
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  options.unix_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(::bind(left, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  ::close(left);
  CHECK(Server::open(loop, echo, options));

  std::ofstream(options.unix_path) << "precious";
  CHECK_FALSE(Server::open(loop, echo, options));
  CHECK(::access(options.unix_path.c_str(), F_OK) == 0);
  ::unlink(options.unix_path.c_str());
}

TEST_CASE("a stop answers what is in hand, hangs up on the idle and takes nothing new")
{
  std::binary_semaphore started(0), go(0);
  World world([&](const Request& request) {
    started.release();
    go.acquire();
    return echo(request);
  });
  Wire idle(world.path);
  Wire asking(world.path);
  asking.send("GET /last HTTP/1.1\r\nHost: x\r\n\r\n");
  started.acquire();
  world.loop.stop();
  CHECK(idle.receive().empty());
  CHECK_FALSE(listening(world.path));
  go.release();
  const std::string answer = asking.receive();
  CHECK(answer.find("GET /last") != answer.npos);
  CHECK(answer.find("Connection: close") != answer.npos);
  world.thread.join();
  CHECK(world.loop.drained());
}

TEST_CASE("a member of the group may connect and is an operator, everybody else cannot connect")
{
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root can be somebody else");
    return;
  }
  ServerOptions options;
  options.group = "65534";
  World world(echo, options);
  const auto ask_as = [&](const std::string& group, const std::string& more) {
    const std::string command = "setpriv --reuid 65533 --regid " + group + " " + more +
                                " curl -s --max-time 5 --unix-socket " + world.path + " http://x/";
    std::string answer;
    FILE* output = ::popen(command.c_str(), "r");
    for (int c = 0; (c = std::fgetc(output)) != EOF;)
      answer += static_cast<char>(c);
    ::pclose(output);
    return answer;
  };
  CHECK(ask_as("65534", "--clear-groups") == "GET / as 2/uid:65533 []");
  CHECK(ask_as("65532", "--groups 65531,65534") == "GET / as 2/uid:65533 []");
  CHECK(ask_as("65532", "--clear-groups").empty());
}
