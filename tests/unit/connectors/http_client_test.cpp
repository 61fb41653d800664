// The three outcomes of an exchange, against servers that misbehave byte by byte.
#include "connectors/http/client.hpp"

#include "base/clock.hpp"
#include "tests/support/script_server.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <thread>

namespace gramsetu::connectors::http {

using namespace std::chrono_literals;
using namespace gramsetu::test;

namespace {

ClientSettings quick()
{
  ClientSettings settings;
  settings.limits.connect_timeout = 2s;
  settings.limits.first_byte_timeout = 2s;
  settings.limits.total_timeout = 5s;
  return settings;
}

struct Bench {
  SystemClock clock;
  Client client;

  explicit Bench(ClientSettings settings = quick()) : client(std::move(settings), clock) {}

  Outcome get(const ScriptServer& server, const std::string& path = "/")
  {
    return client.send({"GET", server.url(path), {}, "", true, "GET /"}, {});
  }
  Outcome post(const ScriptServer& server)
  {
    return client.send({"POST", server.url("/"), {}, "{}", false, "POST /"}, {});
  }
};

std::string outcome_name(const Outcome& outcome)
{
  if (std::holds_alternative<Response>(outcome)) return "response";
  return std::holds_alternative<NotSent>(outcome) ? "not sent" : "indeterminate";
}

std::string why(const Outcome& outcome)
{
  if (const auto* not_sent = std::get_if<NotSent>(&outcome)) return not_sent->error.what;
  if (const auto* unclear = std::get_if<Indeterminate>(&outcome)) return unclear->error.what;
  return {};
}

bool says(const Outcome& outcome, const std::string& words)
{
  return why(outcome).find(words) != std::string::npos;
}

Outcome get_from(Script script, ClientSettings settings = quick())
{
  const ScriptServer server({std::move(script)});
  return Bench(std::move(settings)).get(server);
}

} // namespace

TEST_CASE("a whole answer is a response, with its headers and body")
{
  const ScriptServer server({{send(answer(200, "{\"a\":1}", "X-Thing: yes\r\n"))}});
  const Outcome outcome = Bench().get(server, "/v1/things?x=1");
  REQUIRE(outcome_name(outcome) == "response");
  const auto& response = std::get<Response>(outcome);
  CHECK(response.status == 200);
  CHECK(response.body == "{\"a\":1}");
  REQUIRE(response.header("x-thing"));
  CHECK(*response.header("x-thing") == "yes");
  const auto heard = server.heard();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].line() == "GET /v1/things?x=1 HTTP/1.1");
  CHECK(heard[0].header("Accept-Encoding") == "identity");
}

TEST_CASE("a chunked answer is whole when its last chunk came")
{
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const Outcome good = get_from({send(head + "3\r\n[1]\r\n0\r\n\r\n")});
  REQUIRE(outcome_name(good) == "response");
  CHECK(std::get<Response>(good).body == "[1]");
  CHECK(outcome_name(get_from({send(head + "3\r\n[1]\r\n")})) == "indeterminate");
  CHECK(outcome_name(get_from({send(head + "30\r\n[1]")})) == "indeterminate");
}

TEST_CASE("nothing was sent when nobody listens, the name is unknown or the address is refused")
{
  Bench bench;
  const auto to = [&](const std::string& url) {
    return bench.client.send({"POST", url, {}, "{}", false, "POST /x"}, {});
  };
  const Outcome closed = to("http://127.0.0.1:" + std::to_string(closed_port()) + "/");
  CHECK(outcome_name(closed) == "not sent");
  CHECK(std::get<NotSent>(closed).error.kind == ErrorKind::transient);
  for (const std::string url :
       {"ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "scp://127.0.0.1/",
        "http://user:secret@127.0.0.1/", "http://127.0.0.1/a b", "http://example.gov.in/",
        "https://169.254.169.254/", "not a url", "http://127.0.0.1/\r\nX: y"}) {
    CAPTURE(url);
    const Outcome outcome = to(url);
    CHECK(outcome_name(outcome) == "not sent");
    CHECK_FALSE(says(outcome, "secret"));
  }
}

TEST_CASE("a server that speaks no TLS gets no byte of the request")
{
  const ScriptServer server({{send("HTTP/1.1 400 Bad\r\n\r\n")}});
  ClientSettings settings = quick();
  settings.limits.connect_timeout = 200ms; // it waits for a line that never comes
  Bench bench(settings);
  const Outcome outcome = bench.client.send({"POST",
                                             "https://127.0.0.1:" + std::to_string(server.port()),
                                             {{"Authorization", "Bearer t"}},
                                             "{}",
                                             false,
                                             "POST /"},
                                            {});
  CHECK(outcome_name(outcome) == "not sent");
  CHECK(server.heard().empty());
}

TEST_CASE("an answer that is cut, ambiguous or never comes leaves the outcome unclear")
{
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<std::pair<std::string, Script>> cases = {
      {"closed without an answer", {close()}},
      {"reset without an answer", {reset()}},
      {"half a status line", {send("HTTP/1.1 2")}},
      {"headers that do not end", {send(ok + "Content-Length: 2\r\n")}},
      {"shorter than stated", {send(ok + "Content-Length: 100\r\n\r\n{}")}},
      {"reset in the body", {send(ok + "Content-Length: 100\r\n\r\n{}"), reset()}},
      {"two lengths", {send(ok + "Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}")}},
      {"the same length twice", {send(ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}")}},
      {"length and chunks",
       {send(ok + "Content-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")}},
      {"a length that is no number", {send(ok + "Content-Length: two\r\n\r\n{}")}},
      {"a part that nobody asked for", {send(answer(206, "{}"))}},
      {"no content, of some length", {send("HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n{}")}},
      {"compressed", {send(answer(200, "x", "Content-Encoding: gzip\r\n"))}},
      {"no HTTP at all", {send("SSH-2.0-OpenSSH_9.2\r\n")}},
      {"HTTP 0.9", {send("{\"a\":1}")}},
  };
  for (const auto& [name, script] : cases) {
    CAPTURE(name);
    const ScriptServer server({script});
    CHECK(outcome_name(Bench().post(server)) == "indeterminate");
    CHECK(server.heard().size() == 1);
  }
}

TEST_CASE("bytes beyond the stated length are not used, and end the connection")
{
  const ScriptServer server({{send(answer(200, "[]") + "HTTP/1.1 200 OK\r\n\r\nevil"), read()},
                             {send(answer(200, "[2]"))}});
  Bench bench;
  CHECK(std::get<Response>(bench.get(server)).body == "[]");
  const Outcome second = bench.get(server);
  REQUIRE(outcome_name(second) == "response");
  CHECK(std::get<Response>(second).body == "[2]");
  CHECK(server.connections() == 2);
}

TEST_CASE("the status of a failed request counts, whatever its body is")
{
  const std::string head = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n";
  for (const std::string rest :
       {"Content-Length: 100\r\n\r\ncut", "\r\n\xff\xfe", "Content-Length: 0\r\n\r\n"}) {
    const Outcome outcome = get_from({send(head + rest)});
    REQUIRE(outcome_name(outcome) == "response");
    CHECK(std::get<Response>(outcome).status == 503);
    CHECK(std::get<Response>(outcome).cut == rest.ends_with("cut"));
  }
  const Outcome huge = get_from({send(head + "\r\n" + std::string(1 << 20, 'x'))});
  REQUIRE(outcome_name(huge) == "response");
  CHECK(std::get<Response>(huge).body.size() <= 64u << 10);
}

TEST_CASE("a body over the cap is not read on, and is not worth asking for again")
{
  ClientSettings settings = quick();
  settings.limits.response_bytes = 1000;
  const Outcome stated = get_from({send(answer(200, std::string(1001, ' ')))}, settings);
  REQUIRE(outcome_name(stated) == "indeterminate");
  CHECK(std::get<Indeterminate>(stated).error.kind == ErrorKind::invalid);
  const Outcome endless =
      get_from({send("HTTP/1.1 200 OK\r\n\r\n" + std::string(1 << 20, ' '))}, settings);
  CHECK(outcome_name(endless) == "indeterminate");
  CHECK(says(endless, "1000 bytes"));
  CHECK(outcome_name(get_from({send(answer(200, std::string(1000, ' ')))}, settings)) ==
        "response");
}

TEST_CASE("endless headers and interim answers are cut off")
{
  std::string headers;
  while (headers.size() < 100'000)
    headers += "X-Filler: 0123456789012345678901234567890123456789\r\n";
  CHECK(says(get_from({send("HTTP/1.1 200 OK\r\n" + headers)}), "headers"));
  std::string interim;
  while (interim.size() < 100'000)
    interim += "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n";
  CHECK(outcome_name(get_from({send(interim)})) == "indeterminate");
  const Outcome one = get_from({send("HTTP/1.1 100 Continue\r\n\r\n" + answer(200, "[]"))});
  REQUIRE(outcome_name(one) == "response");
  CHECK(std::get<Response>(one).status == 200);
}

TEST_CASE("a server that does not answer in time is given up on")
{
  ClientSettings settings = quick();
  settings.limits.first_byte_timeout = 100ms;
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = get_from({pause(5s)}, settings);
  CHECK(outcome_name(outcome) == "indeterminate");
  CHECK(says(outcome, "no answer for 100 ms"));
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("an answer that drips in is given up on by its speed and by the total time")
{
  ClientSettings slow = quick();
  slow.slow_window = 150ms;
  slow.slowest_bytes = 1000;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
  const Script script = {send(head), drip(std::string(5000, ' '), 20ms)};
  CHECK(says(get_from(script, slow), "too slowly"));
  ClientSettings total = quick();
  total.limits.total_timeout = 200ms;
  CHECK(outcome_name(get_from(script, total)) == "indeterminate");
}

TEST_CASE("a request to stop ends an exchange at once")
{
  const ScriptServer server({{pause(10s)}});
  Bench bench;
  std::stop_source source;
  const auto begin = std::chrono::steady_clock::now();
  std::jthread stopper([&] {
    while (server.heard().empty())
      std::this_thread::yield();
    source.request_stop();
  });
  const Outcome outcome =
      bench.client.send({"GET", server.url(), {}, "", true, "GET /"}, source.get_token());
  CHECK(outcome_name(outcome) == "indeterminate");
  CHECK(std::get<Indeterminate>(outcome).error.kind == ErrorKind::cancelled);
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  const Outcome before =
      bench.client.send({"GET", server.url(), {}, "", true, "GET /"}, source.get_token());
  REQUIRE(outcome_name(before) == "not sent");
  CHECK(std::get<NotSent>(before).error.kind == ErrorKind::cancelled);
}

TEST_CASE("reads share a kept connection and survive its death; writes never risk being sent twice")
{
  // The first connection answers once and then dies as the next request arrives.
  const ScriptServer server({{send(answer(200, "[1]")), read(), close()},
                             {send(answer(200, "[2]")), read(), close()},
                             {close()},
                             {send(answer(200, "[4]"))}});
  Bench bench;
  CHECK(std::get<Response>(bench.get(server)).body == "[1]");
  const Outcome second = bench.get(server);
  REQUIRE(outcome_name(second) == "response");
  CHECK(std::get<Response>(second).body == "[2]");
  CHECK(server.connections() == 2);
  CHECK(server.heard().size() == 3); // the second request went out twice, and may
  CHECK(outcome_name(bench.post(server)) == "indeterminate");
  CHECK(server.heard().size() == 4); // the write went out once
  CHECK(server.heard().back().connection == 3);
}

TEST_CASE("redirects are handed over, never followed")
{
  const ScriptServer other({{send(answer(200, "[]"))}});
  const ScriptServer server({{send(answer(302, "", "Location: " + other.url("/x") + "\r\n"))}});
  const Outcome outcome = Bench().get(server);
  REQUIRE(outcome_name(outcome) == "response");
  CHECK(std::get<Response>(outcome).status == 302);
  CHECK(other.connections() == 0);
}

TEST_CASE("a header with a line break never leaves")
{
  const ScriptServer server({{send(answer(200, "[]"))}});
  Bench bench;
  for (const std::string& value :
       {std::string("x\r\nX-Evil: 1"), std::string("x\nX-Evil: 1"), std::string("x\0y", 3)}) {
    const Outcome outcome =
        bench.client.send({"GET", server.url(), {{"X-Key", value}}, "", true, "GET /"}, {});
    REQUIRE(outcome_name(outcome) == "not sent");
    CHECK(std::get<NotSent>(outcome).error.kind == ErrorKind::invalid);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("the environment changes nothing")
{
  const std::string dead = "http://127.0.0.1:" + std::to_string(closed_port());
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
    setenv(name, dead.c_str(), 1);
  const Outcome outcome = get_from({send(answer(200, "[]"))});
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
    unsetenv(name);
  CHECK(outcome_name(outcome) == "response");
}

} // namespace gramsetu::connectors::http
