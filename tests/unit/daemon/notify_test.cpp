// systemd hears what it must, at paths and at abstract names, and silence is no error.
#include "daemon/runtime/notify.hpp"

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
