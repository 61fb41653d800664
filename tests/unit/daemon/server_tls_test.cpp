// TLS on the TCP listener, with certificates of our own making and curl at the other end.
#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/server_bench.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <future>

using namespace gramsetu;
using namespace gramsetu::api;
using namespace gramsetu::test;

namespace {

std::string run(const std::string& command)
{
  std::string answer;
  FILE* output = ::popen((command + " 2>&1").c_str(), "r");
  for (int c = 0; (c = std::fgetc(output)) != EOF;)
    answer += static_cast<char>(c);
  ::pclose(output);
  return answer;
}

// Certificates that sign themselves, each with its key: the hub's, its successor's, a client's.
struct Papers {
  TempDir folder;

  Papers()
  {
    make("hub", "hub.example.in");
    make("next", "next.example.in");
    make("client", "client");
  }
  void make(const std::string& name, const std::string& dns) const
  {
    run(fmt::format("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                    "-subj /CN={1} -addext subjectAltName=DNS:{1},IP:127.0.0.1 -keyout {0}.key "
                    "-out {0}.pem",
                    folder.file(name), dns));
    REQUIRE_FALSE(folder.read(name + ".pem").empty());
  }
  TlsSettings settings(const std::string& name) const
  {
    return {folder.file(name + ".pem"), folder.read(name + ".key"), ""};
  }
  // What curl gets when it trusts `name` alone and calls the hub so.
  std::string ask(const World& world, const std::string& name, const std::string& more = {}) const
  {
    const auto port = world.server->tcp_port();
    return run(fmt::format(
        "curl -sS --max-time 20 --cacert {0}.pem --resolve {1}.example.in:{2}:127.0.0.1 "
        "-H 'Authorization: Bearer 0123456789abcdef' {3} "
        "https://{1}.example.in:{2}/x",
        folder.file(name), name, port, more));
  }
};

} // namespace

TEST_CASE(
    "over TLS by the certificate's name, and by no other; old versions and plain bytes are refused")
{
  const Papers papers;
  auto options = on_tcp();
  options.tls = papers.settings("hub");
  World world(echo, options);
  const auto now =
      std::chrono::time_point_cast<Instant::duration>(std::chrono::system_clock::now());
  REQUIRE(end_of_served_certificate());
  CHECK(*end_of_served_certificate() > now);
  CHECK(*end_of_served_certificate() < now + std::chrono::hours(24 * 3));
  CHECK(papers.ask(world, "hub") == "GET /x as 1/watch []");
  CHECK(papers.ask(world, "hub", "-D - -o /dev/null").find("Strict-Transport-Security") !=
        std::string::npos);
  CHECK(
      papers.ask(world, "hub", fmt::format("-H 'Host: evil.example:{}'", world.server->tcp_port()))
          .find("this name is not ours") != std::string::npos);
  CHECK(papers.ask(world, "next").find("curl: (60)") != std::string::npos);
  CHECK(papers.ask(world, "hub", "--tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0")
            .find("curl: (35)") != std::string::npos);
  CHECK(papers.ask(world, "hub", "--tls-max 1.2") == "GET /x as 1/watch []");
  CHECK(
      Wire(world.server->tcp_port()).ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n").find("HTTP/1.1 2") ==
      std::string::npos);
}

TEST_CASE("a renewed certificate and other tokens are taken without a new start")
{
  const Papers papers;
  auto options = on_tcp();
  options.tls = papers.settings("hub");
  World world(echo, options);
  const auto renew = [&](std::string_view tokens, const TlsSettings& tls) {
    std::promise<bool> done;
    world.loop.post(
        [&] { done.set_value(world.server->renew(*read_tokens(tokens), tls).has_value()); });
    return done.get_future().get();
  };
  auto broken = papers.settings("next");
  broken.key = papers.folder.read("client.key");
  CHECK_FALSE(renew("other viewer fedcba9876543210", broken));
  CHECK(papers.ask(world, "hub") == "GET /x as 1/watch []");
  // The old token and the new one of a name, for as long as both are there.
  CHECK(renew("watch viewer 0123456789abcdef\nwatch viewer 1111222233334444",
              papers.settings("next")));
  CHECK(papers.ask(world, "next") == "GET /x as 1/watch []");
  CHECK(papers.ask(world, "next",
                   "-H 'Authorization: Bearer 1111222233334444' -H 'Authorization:'") != "");
  CHECK(renew("watch viewer 1111222233334444", papers.settings("next")));
  CHECK(papers.ask(world, "next").find("a token is needed") != std::string::npos);
}

TEST_CASE("with client_ca a client shows a certificate, besides its token")
{
  const Papers papers;
  auto options = on_tcp();
  options.tls = papers.settings("hub");
  options.tls->client_ca = papers.folder.file("client.pem");
  World world(echo, options);
  CHECK(papers.ask(world, "hub").find("GET /x") == std::string::npos);
  const auto shown = fmt::format("--cert {0}.pem --key {0}.key", papers.folder.file("client"));
  CHECK(papers.ask(world, "hub", shown) == "GET /x as 1/watch []");
  const auto other = fmt::format("--cert {0}.pem --key {0}.key", papers.folder.file("next"));
  CHECK(papers.ask(world, "hub", other).find("GET /x") == std::string::npos);
}

TEST_CASE("beyond loopback only with TLS, and TLS only with a key that is the certificate's")
{
  const Papers papers;
  runtime::Loop loop({.workers = 1});
  auto options = on_tcp();
  options.unix_path = fresh_path();
  options.tcp_host = "0.0.0.0";
  CHECK_FALSE(Server::open(loop, echo, options));
  options.tls = papers.settings("hub");
  options.tls->key = papers.folder.read("next.key");
  const auto wrong = Server::open(loop, echo, options);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().what.find("api.tcp.tls.key") != std::string::npos);
  CHECK(wrong.error().kind == ErrorKind::invalid);
  options.tls = papers.settings("hub");
  options.tcp_host = "127.0.0.2";
  CHECK(Server::open(loop, echo, options));
}
