// systemd hears what it must, at paths and at abstract names, and silence is no error.
#include "daemon/commands/store_wait.hpp"
#include "daemon/runtime/notify.hpp"
#include "tests/support/fake_clock.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace gramsetu;
using runtime::Notifier;

namespace {

// systemd's end of the socket.
class Listener {
public:
  explicit Listener(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0))
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), length) == 0);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string next()
  {
    char buffer[4096];
    const ssize_t count = ::recv(socket_, buffer, sizeof(buffer), 0);
    return count < 0 ? "" : std::string(buffer, static_cast<std::size_t>(count));
  }

private:
  int socket_;
};

std::string name_for_this_process()
{
  return "gramsetu-notify-" + std::to_string(::getpid());
}

} // namespace

TEST_CASE("systemd hears of start, reload, life and end")
{
  std::string name;
  SUBCASE("at a path")
  {
    name = "/tmp/" + name_for_this_process();
  }
  SUBCASE("at an abstract name")
  {
    name = "@" + name_for_this_process();
  }
  Listener systemd(name);
  const Notifier notifier(name);

  notifier.ready("3 flows\nREADY=0");
  CHECK(systemd.next() == "READY=1\nSTATUS=3 flows READY=0");
  notifier.reloading(Ticks(std::chrono::milliseconds(1500)));
  CHECK(systemd.next() == "RELOADING=1\nMONOTONIC_USEC=1500000\nSTATUS=reading the configuration");
  notifier.status("2 runs");
  CHECK(systemd.next() == "STATUS=2 runs");
  notifier.alive();
  CHECK(systemd.next() == "WATCHDOG=1");
  notifier.stopping("ending 2 runs");
  CHECK(systemd.next() == "STOPPING=1\nSTATUS=ending 2 runs");
  if (name.front() == '/') ::unlink(name.c_str());
}

TEST_CASE("without systemd nothing happens")
{
  const Notifier nobody;
  nobody.ready("up");
  CHECK_FALSE(nobody.listening());
  const Notifier gone("/nonexistent/socket");
  gone.ready("up");
  const Notifier too_long(std::string(200, 'x'));
  CHECK_FALSE(too_long.listening());
}

TEST_CASE("the watchdog is fed twice as often as systemd asks, and only by the process it names")
{
  ::setenv("NOTIFY_SOCKET", "@gramsetu-nobody", 1);
  ::setenv("WATCHDOG_USEC", "60000000", 1);
  ::unsetenv("WATCHDOG_PID");
  CHECK(Notifier::from_environment().watchdog_interval() == std::chrono::seconds(30));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  CHECK(Notifier::from_environment().watchdog_interval() == std::chrono::seconds(30));
  ::setenv("WATCHDOG_PID", "1", 1);
  CHECK_FALSE(Notifier::from_environment().watchdog_interval());
  ::unsetenv("WATCHDOG_PID");
  ::setenv("WATCHDOG_USEC", "soon", 1);
  CHECK_FALSE(Notifier::from_environment().watchdog_interval());
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("NOTIFY_SOCKET");
}

TEST_CASE(
    "who waits for a database pauses longer each time, says so now and then, and is not ended")
{
  struct Lines final : LogSink {
    std::vector<std::string> all;
    void write(const LogEntry& entry) override
    {
      all.push_back(std::string(info_of(entry.event).name) + ": " + std::string(entry.text));
    }
  } lines;
  const auto name = "@" + name_for_this_process() + "-waits";
  Listener systemd(name);
  const Notifier notifier(name, std::chrono::seconds(20));
  test::FakeClock clock;
  commands::StoreWait wait(clock, Log(clock, lines), notifier);
  const Error away{ErrorKind::transient, "store db/hub: nobody listens", {}};
  for (int i = 0; i < 6; ++i)
    wait.pause(away);
  std::vector<long> seconds;
  for (const auto& sleep : clock.sleeps())
    seconds.push_back(sleep.count() / 1000);
  // 1, 2, 4, 8, 16, 30, and never longer without a word than half of what the watchdog allows
  CHECK(seconds == std::vector<long>{1, 2, 4, 8, 10, 6, 10, 10, 10});
  CHECK(systemd.next() ==
        "STATUS=waiting for the database\nEXTEND_TIMEOUT_USEC=180000000\nWATCHDOG=1");
  CHECK(lines.all == std::vector<std::string>{"store_awaited: store db/hub: nobody listens"});
  for (int i = 0; i < 20; ++i)
    wait.pause(away);
  CHECK(lines.all.size() == 2);
}
