// What strangers and careless clients send: slow, much, ambiguous, again and again.
#include "daemon/api/request_head.hpp"
#include "schema/json.hpp"
#include "tests/unit/daemon/server_bench.hpp"

#include <fcntl.h>
#include <poll.h>
#include <semaphore>
#include <sys/resource.h>

using namespace gramsetu;
using namespace gramsetu::api;
using namespace gramsetu::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kRight = "Authorization: Bearer 0123456789abcdef\r\n";

std::string host_of(const World& world)
{
  return "Host: 127.0.0.1:" + std::to_string(world.server->tcp_port()) + "\r\n";
}

} // namespace

TEST_CASE("a head is complete, goes on, or is nothing that all readers read alike")
{
  for (const std::string_view good :
       {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nA: b\tc\r\nD:\r\n\r\nbody\n\n"})
    CHECK(look_at(good) == Head::complete);
  for (const std::string_view more : {"", "G", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\nA: b\r\n\r"})
    CHECK(look_at(more) == Head::incomplete);
  using namespace std::string_view_literals;
  for (const auto bad :
       {"GET / HTTP/1.1\n"sv, "GET / HTTP/1.1\r\nA: b\n"sv,
        "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"sv, "GET / HTTP/1.1\r\n A: b\r\n\r\n"sv,
        "\r\nGET / HTTP/1.1\r\n\r\n"sv, "GET /\0 HTTP/1.1\r\n"sv,
        "GET / HTTP/1.1\r\nA\r: b\r\n\r\n"sv, "GET / HTTP/1.1\r\nA : b\r\n\r\n"sv,
        "GET / HTTP/1.1\r\nno colon\r\n\r\n"sv, "GET / HTTP/1.1\r\n: b\r\n\r\n"sv, "\n"sv,
        "\x16\x03\x01"sv}) {
    CAPTURE(bad);
    CHECK(look_at(bad) == Head::malformed);
  }
}

TEST_CASE("two readers cannot disagree where a request ends: smuggling is refused, and hung up on")
{
  std::atomic<int> handled = 0;
  World world([&](const Request&) {
    ++handled;
    return Response{};
  });
  const std::string begin = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
  const std::string inner = "GET /inner HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string rest : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
           "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
           "Content-Length: 5, 5\r\n\r\nhello",
           "Content-Length: +5\r\n\r\nhello",
           "Content-Length: 0x5\r\n\r\nhello",
           "Content-Length: 99999999999999999999\r\n\r\nhello",
           "Transfer-Encoding: gzip\r\n\r\nhello",
           "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
           "X: a\r\n\tTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n",
       }) {
    CAPTURE(rest);
    const auto answer = Wire(world.path).ask(begin + rest + inner);
    CHECK(status_of(answer).substr(0, 10) == "HTTP/1.1 4");
    CHECK(answer.find("HTTP/1.1", 1) == answer.npos);
    CHECK(answer.find("Connection: close") != answer.npos);
  }
  CHECK(handled == 0);
}

TEST_CASE("what stands behind a body in chunks is no header")
{
  World world([](const Request& request) {
    Response response;
    response.body = request.body + (request.headers.contains("x-role") ? " trailed" : " alone");
    return response;
  });
  const auto answer =
      Wire(world.path)
          .ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: "
               "chunked\r\n"
               "Trailer: X-Role\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\nX-Role: admin\r\n\r\n");
  CHECK(answer.find("{} alone") != answer.npos);
}

TEST_CASE("ten thousand requests at once on one connection are answered one after the other")
{
  World world(echo);
  Wire wire(world.path);
  std::string all;
  for (int i = 0; i < 10'000; ++i)
    all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  std::jthread sender([&] {
    wire.send(all);
    wire.send("GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  });
  const auto answers = wire.receive();
  CHECK(answers.find("GET /9999 as") != answers.npos);
  CHECK(answers.find("GET /last as") != answers.npos);
}

TEST_CASE("500 who trickle a header over TCP hold nobody up who comes over the socket")
{
  World world(echo, on_tcp());
  std::vector<std::unique_ptr<Wire>> slow;
  for (int i = 0; i < 500; ++i) {
    slow.push_back(std::make_unique<Wire>(world.server->tcp_port(), 2 + i % 200));
    slow.back()->send("GET / HT");
  }
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto response = call(world.path, {"GET", "/", {}, {}, "", {}, ""}, 5s);
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
  }
}

TEST_CASE("without descriptors nobody new is taken, and with them again everybody is")
{
  World world(echo, on_tcp());
  const std::string request =
      "GET /after HTTP/1.1\r\n" + host_of(world) + kRight + "Connection: close\r\n\r\n";
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int waiting = ::socket(AF_INET, SOCK_STREAM, 0);
  rlimit few = before;
  few.rlim_cur = 64;
  std::vector<int> taken;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  for (int next = ::dup(waiting); next >= 0; next = ::dup(waiting))
    taken.push_back(next);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(world.server->tcp_port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      ::connect(waiting, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::send(waiting, request.data(), request.size(), MSG_NOSIGNAL);
  pollfd answered{waiting, POLLIN, 0};
  const bool held = ::poll(&answered, 1, 300) == 0;
  for (const int descriptor : taken)
    ::close(descriptor);
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(connected);
  CHECK(held);
  REQUIRE(::poll(&answered, 1, 10'000) == 1);
  char buffer[512] = {};
  CHECK(::recv(waiting, buffer, sizeof(buffer) - 1, 0) > 0);
  CHECK(status_of(buffer) == "HTTP/1.1 200");
  ::close(waiting);
}

TEST_CASE("who guesses is slowed down, and a right token from elsewhere goes on to open")
{
  auto options = on_tcp();
  std::atomic<int> told = 0;
  options.on_refused = [&](const Refusal& refusal) {
    CHECK(refusal.from == "token");
    ++told;
  };
  World world(echo, options);
  const auto port = world.server->tcp_port();
  const auto ask = [&](int from, const std::string& token) {
    return Wire(port, from)
        .ask("GET /x HTTP/1.1\r\n" + host_of(world) + "Authorization: Bearer " + token +
             "\r\nConnection: close\r\n\r\n");
  };
  for (int i = 0; i < 10; ++i)
    CHECK(status_of(ask(5, "wrong-" + std::to_string(i))) == "HTTP/1.1 401");
  const auto shut = ask(5, "wrong again");
  CHECK(status_of(shut) == "HTTP/1.1 429");
  CHECK(shut.find("Retry-After: 60") != shut.npos);
  CHECK(status_of(ask(5, "0123456789abcdef")) == "HTTP/1.1 429");
  CHECK(status_of(ask(6, "0123456789abcdef")) == "HTTP/1.1 200");
  CHECK(told == 2); // the first, and the one that shut the door
}

TEST_CASE("five thousand guesses from everywhere: a right token from a fresh source still opens")
{
  Throttle throttle;
  const auto now = std::chrono::steady_clock::now();
  int told = 0, shut = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto verdict = throttle.failed("10.0." + std::to_string(i % 250) + ".1", now);
    told += verdict.tell;
    shut += verdict.shut;
  }
  CHECK(shut >= 5000 - 300);
  CHECK(told <= 2 * 250);
  CHECK(throttle.is_shut("10.0.1.1", now));
  CHECK_FALSE(throttle.is_shut("192.0.2.1", now));
  CHECK_FALSE(throttle.is_shut("10.0.1.1", now + 61s));
  CHECK(source_of("192.0.2.7") == "192.0.2.7");
  CHECK(source_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(source_of("::1") == "::/64");
}

TEST_CASE("every answer has the headers that keep it where it belongs, refusals, too")
{
  std::atomic<int> counted = 0, last = 0;
  auto options = on_tcp();
  options.on_answered = [&](const Answered& answered) {
    ++counted;
    last = answered.status;
  };
  World world(
      [](const Request& request) -> Response {
        if (request.path == "/throws") throw std::runtime_error("SELECT secret FROM /var/lib");
        return echo(request);
      },
      options);
  const auto own = host_of(world);
  const std::string end = "Connection: close\r\n\r\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"GET /x HTTP/1.1\r\n" + own + kRight + end, "200"},
      {"GET /throws HTTP/1.1\r\n" + own + kRight + end, "500"},
      {"GET /x HTTP/1.1\r\n" + own + end, "401"},
      {"GET /x HTTP/1.1\r\nHost: evil.example\r\n" + end, "421"},
      {"GET /x HTTP/1.1\r\n" + own + kRight + "Origin: null\r\n" + end, "403"},
      {"GET /x HTTP/1.1\r\n" + own + kRight + "Sec-Fetch-Site: cross-site\r\n" + end, "403"},
      {"GET /x HTTP/1.1\r\n" + own + kRight + "Sec-Fetch-Site: same-site\r\n" + end, "403"},
      {"GET /x?a=1&a=2 HTTP/1.1\r\n" + own + kRight + end, "400"},
      {"nonsense\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n", "431"},
      {"POST /x HTTP/1.1\r\n" + own + kRight + "Content-Length: 2\r\n" + end + "{}", "415"},
      {"POST /x HTTP/1.1\r\n" + own + kRight + "Content-Type: text/plain\r\nContent-Length: 2\r\n" +
           end + "{}",
       "415"},
      {"POST /x HTTP/1.1\r\n" + own + kRight + "Content-Length: 9999999\r\n" + end, "413"},
      {"OPTIONS /x HTTP/1.1\r\n" + own + kRight + "Origin: http://a\r\n" + end, "403"},
  };
  for (const auto& [request, status] : cases) {
    CAPTURE(request.substr(0, 200));
    const auto answer = Wire(world.server->tcp_port()).ask(request);
    CHECK(status_of(answer) == "HTTP/1.1 " + status);
    CHECK(std::to_string(last) == status); // each is counted, whoever refused it
    for (const auto* header :
         {"Cache-Control: no-store", "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
          "Referrer-Policy: no-referrer", "Content-Security-Policy: default-src 'none'",
          "Cross-Origin-Opener-Policy: same-origin", "Cross-Origin-Resource-Policy: same-origin",
          "X-Request-Id: "})
      CHECK_MESSAGE(answer.find(header) != answer.npos, header);
    for (const auto* never : {"Access-Control", "Server:", "secret", "/var/lib", "gramsetu/"})
      CHECK_MESSAGE(answer.find(never) == answer.npos, never);
    if (status == "200") continue;
    const auto problem = schema::parse_json(answer.substr(answer.find("\r\n\r\n") + 4));
    REQUIRE(problem);
    const auto id = problem->object().find("instance")->text();
    CHECK(answer.find("X-Request-Id: " + id.substr(id.rfind(':') + 1)) != answer.npos);
  }
  CHECK(static_cast<std::size_t>(counted) == cases.size());
}

TEST_CASE("an answer that is not there yet holds no thread, and comes at a stop at the latest")
{
  std::atomic<bool> there = false, asked = false;
  ServerOptions options;
  options.limits.handlers = 1;
  options.limits.followers = 2;
  World world(
      [&](const Request& request) {
        if (request.path != "/wait") return echo(request);
        Response waiting;
        waiting.later = [&](bool now) -> std::optional<Response> {
          asked = true;
          if (!there && !now) return std::nullopt;
          Response answer;
          answer.body = now ? "at the end" : "there";
          return answer;
        };
        return waiting;
      },
      options);
  const auto wait = [&] { return call(world.path, {"GET", "/wait", {}, {}, "", {}, ""}, 20s); };
  std::optional<Result<Response>> first, second;
  std::jthread one([&] { first = wait(); });
  while (!asked)
    std::this_thread::yield();
  CHECK(call(world.path, {"GET", "/", {}, {}, "", {}, ""}, 5s)->status == 200);
  there = true;
  one.join();
  CHECK((*first)->body == "there");
  there = asked = false;
  std::jthread two([&] { second = wait(); });
  while (!asked)
    std::this_thread::yield();
  world.loop.stop();
  two.join();
  CHECK((*second)->body == "at the end");
}

TEST_CASE("an answer that goes on is written as it comes, for so many readers and no more")
{
  std::atomic<int> pieces = 0;
  ServerOptions options;
  options.limits.followers = 1;
  World world(
      [&](const Request&) {
        Response stream;
        stream.content_type = "text/event-stream";
        stream.body = "begin\n";
        stream.more = [&, given = 0]() mutable -> std::optional<std::string> {
          if (given == 3) return std::nullopt;
          return given < pieces ? "piece " + std::to_string(++given) + "\n" : std::string();
        };
        return stream;
      },
      options);
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  Wire reader(world.path);
  reader.send(request);
  const auto head = reader.receive("begin\n");
  CHECK(head.find("Content-Type: text/event-stream") != head.npos);
  CHECK(head.find("X-Content-Type-Options: nosniff") != head.npos);
  CHECK(status_of(Wire(world.path).ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) ==
        "HTTP/1.1 503");
  pieces = 1;
  CHECK(reader.receive("piece 1\n").find("piece 1") != std::string::npos);
  pieces = 3;
  const auto rest = reader.receive();
  CHECK(rest == "piece 2\npiece 3\n");
}

TEST_CASE("a reader of a stream is hung up on when the server stops")
{
  World world([](const Request&) {
    Response stream;
    stream.body = "begin\n";
    stream.more = [] { return std::optional<std::string>(""); };
    return stream;
  });
  Wire reader(world.path);
  reader.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  reader.receive("begin\n");
  world.loop.stop();
  CHECK(reader.receive().empty());
  world.thread.join();
  CHECK(world.loop.drained());
}
