// A socket that somebody else holds open, as systemd's gramsetu.socket: who comes between two hubs is answered.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// systemd's part.
class HeldSocket {
public:
  explicit HeldSocket(const std::string& path)
      : path_(path), socket_(::socket(AF_UNIX, SOCK_STREAM, 0))
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(socket_, 16) == 0);
  }
  ~HeldSocket() { ::close(socket_); }
  HeldSocket(const HeldSocket&) = delete;
  HeldSocket& operator=(const HeldSocket&) = delete;

  bool somebody_waits() const
  {
    pollfd waiting{socket_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) > 0;
  }
  // `gramsetu run`, with the socket as its fourth descriptor. The shell becomes the hub, and so keeps its number.
  std::unique_ptr<Process> serve(const Hub& hub, const std::string& name) const
  {
    return std::make_unique<Process>(
        Start{{"/bin/bash", "-c",
               "exec 3<&\"$1\"; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"${@:2}\"", "bash",
               std::to_string(socket_), GRAMSETU_BINARY_DIR "/gramsetu", "run", "-c",
               hub.path("gramsetu.yaml")}},
        hub.path(name));
  }
  std::unique_ptr<Process> ask(const Hub& hub, const std::string& name) const
  {
    return std::make_unique<Process>(Start{{"/usr/bin/curl", "-s", "--max-time", "60",
                                            "--unix-socket", path_, "http://localhost/healthz"}},
                                     hub.path(name));
  }

private:
  const std::string path_;
  const int socket_;
};

} // namespace

TEST_CASE(
    "who comes to a held socket between two hubs is answered by the second; a command starts none")
{
  Hub hub;
  const District district(hub.folder().path(), {"--gps", "1", "--records", "0"});
  hub.configure(district, "flows: { local_body: { lgd: { direction: pull, every: 1d } } }\n");
  const HeldSocket held(hub.path("held.sock"));
  {
    const auto first = held.serve(hub, "first");
    const auto asked = held.ask(hub, "asked-first");
    REQUIRE(asked->wait());
    CHECK(asked->out() == "ok\n");
    CHECK(std::filesystem::exists(hub.path("api.sock")));
    first->signal(SIGTERM);
    const auto ended = first->wait();
    REQUIRE_MESSAGE(ended, first->err());
    CHECK(ended->code == 0);
  }
  // Its own socket says that no hub runs; the other one stays, and nobody was asked there.
  CHECK_FALSE(std::filesystem::exists(hub.path("api.sock")));
  CHECK(std::filesystem::exists(hub.path("held.sock")));
  CHECK(hub.run({"status"}).code == 0);
  CHECK_FALSE(held.somebody_waits());

  const auto asked = held.ask(hub, "asked-between");
  REQUIRE(until([&] { return held.somebody_waits(); }));
  const auto second = held.serve(hub, "second");
  const auto answered = asked->wait();
  REQUIRE(answered);
  CHECK_MESSAGE(answered->code == 0, second->err());
  CHECK(asked->out() == "ok\n");
}

TEST_CASE("a descriptor that is handed over and is no socket ends the start with 78")
{
  Hub hub;
  const District district(hub.folder().path(), {"--gps", "1", "--records", "0"});
  hub.configure(district, "flows: { local_body: { lgd: { direction: pull, every: 1d } } }\n");
  Process daemon(
      {{"/bin/bash", "-c", "exec 3</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$@\"",
        "bash", GRAMSETU_BINARY_DIR "/gramsetu", "run", "-c", hub.path("gramsetu.yaml")}},
      hub.path("daemon"));
  const auto ended = daemon.wait();
  REQUIRE(ended);
  CHECK(ended->code == 78);
  CHECK(has(daemon.err(), "LISTEN_FDS"));
}
