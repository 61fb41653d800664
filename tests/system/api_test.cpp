// The admin API of the real daemon over TCP: who it lets in, what it goes on doing meanwhile, and its feed.
#include "tests/endpoints/plain_client.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <csignal>
#include <filesystem>
#include <netinet/in.h>
#include <regex>
#include <sys/socket.h>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::test;
namespace fs = std::filesystem;

namespace {

// A hub that listens on a port of the system's choice, with one token of a viewer.
struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "4", "--records", "20", "--service-requests", "12"}};
  std::string token = new_token("watch");

  Scene()
  {
    hub.configure(district, "flows: { voucher: { central: { direction: pull, every: 1d } } }\n");
    listen("127.0.0.1:0");
  }

  void listen(const std::string& where)
  {
    auto config = hub.config();
    const auto at = config.find("api: {");
    config.replace(at, config.find('\n', at) - at,
                   "api: { unix: " + hub.path("api.sock") + ", tcp: { listen: \"" + where +
                       "\", tokens: \"${file:" + hub.path("tokens") + "}\" } }");
    hub.write_config(config);
  }

  // What `gramsetu token new` prints; its line is the file of tokens from now on.
  std::string new_token(const std::string& name)
  {
    const auto made = hub.ask({"token", "new", name, "--role", "viewer"});
    const auto file = hub.folder().write("tokens", text_at(made, "/line") + "\n");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    return text_at(made, "/token");
  }

  static std::uint16_t port_of(const Process& daemon)
  {
    std::smatch found;
    const auto log = daemon.err();
    REQUIRE(std::regex_search(log, found, std::regex(" port=([0-9]+)")));
    return static_cast<std::uint16_t>(std::stoi(found[1].str()));
  }
};

int status_with(std::uint16_t port, const std::string& token)
{
  return sim::ask(port, "GET", "/api/v1/status", {{"Authorization", "Bearer " + token}}).status;
}

// Somebody who begins a request and does not end it.
int begin_slowly(std::uint16_t port)
{
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::send(descriptor, "GET / HT", 8, MSG_NOSIGNAL);
  return descriptor;
}

} // namespace

TEST_CASE("beyond loopback without TLS the service does not start: 78, and it says what is missing")
{
  Scene scene;
  scene.listen("0.0.0.0:0");
  const auto ran = scene.hub.run({"run"});
  CHECK(ran.code == 78);
  CHECK(has(ran.err, "without TLS"));
}

TEST_CASE("a token opens until the file has another and the service was told to reload")
{
  Scene scene;
  const auto daemon = scene.hub.serve();
  const auto port = Scene::port_of(*daemon);
  CHECK(status_with(port, scene.token) == 200);
  CHECK(status_with(port, "0123456789abcdef") == 401);
  const auto fresh = scene.new_token("watch");
  CHECK(status_with(port, fresh) == 401);
  daemon->signal(SIGHUP);
  CHECK(until([&] { return status_with(port, fresh) == 200; }, std::chrono::seconds(10)));
  CHECK(status_with(port, scene.token) == 401);
}

TEST_CASE("500 who trickle over TCP hold up neither the commands nor a sync")
{
  Scene scene;
  const auto daemon = scene.hub.serve();
  const auto port = Scene::port_of(*daemon);
  std::vector<int> slow;
  for (int i = 0; i < 500; ++i)
    slow.push_back(begin_slowly(port));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(scene.hub.run({"status"}).code == 0);
  CHECK(text_at(run_of(scene.hub.ask({"sync"}), "voucher@central"), "/state") == "done");
  CHECK(number_at(scene.hub.ask({"status"}), "/records/voucher") == 20);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  for (const int descriptor : slow)
    ::close(descriptor);
}

TEST_CASE("the feed says what happens as it happens, and ends when the service stops")
{
  Scene scene;
  const auto daemon = scene.hub.serve();
  const auto line = "exec curl -sN --max-time 60 --unix-socket " + scene.hub.path("api.sock") +
                    " -H 'Accept: text/event-stream' http://localhost/api/v1/changes";
  Process reader({{"/bin/sh", "-c", line}}, scene.hub.path("reader"));
  REQUIRE(until([&] { return has(reader.out(), "retry: 3000"); }));
  scene.hub.ask({"sync"});
  CHECK(until([&] { return has(reader.out(), "V0000019"); }, std::chrono::seconds(20)));
  CHECK(has(reader.out(), "event: change\ndata: {\"sequence\":"));
  daemon->signal(SIGTERM);
  const auto ended = daemon->wait(std::chrono::seconds(10));
  REQUIRE(ended);
  CHECK(ended->code == 0);
  CHECK(reader.wait(std::chrono::seconds(10)));
}
