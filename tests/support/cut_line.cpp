// Bytes passed on, until they are not.
#include "tests/support/cut_line.hpp"

#include "base/check.hpp"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gramsetu::test {

namespace {

constexpr int kLookEvery = 10; // milliseconds

struct Handle {
  int number = -1;
  ~Handle()
  {
    if (number >= 0) close(number);
  }
};

bool send_all(int handle, std::string_view bytes)
{
  while (!bytes.empty()) {
    const auto sent = send(handle, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// What has come; empty at the end.
std::string receive(int handle)
{
  std::array<char, 65'536> buffer;
  const auto got = recv(handle, buffer.data(), buffer.size(), 0);
  return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

int connect_to(const std::string& path)
{
  const int handle = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  check(connect(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
        "the server can be reached");
  return handle;
}

} // namespace

CutLine::CutLine(std::string socket) : socket_(std::move(socket))
{
  listen();
}

CutLine::~CutLine()
{
  refuse(true);
}

void CutLine::listen()
{
  const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  check(bind(handle, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(handle, 16) == 0,
        "a port of loopback can be had");
  getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  listener_ = std::jthread([this, handle](std::stop_token stop) { serve(handle, stop); });
}

void CutLine::refuse(bool refused)
{
  if (refused) {
    listener_ = {};
    const std::lock_guard lock(mutex_);
    lines_.clear();
  } else if (!listener_.joinable()) {
    listen();
  }
}

void CutLine::serve(int listener, const std::stop_token& stop)
{
  const Handle owner{listener};
  while (!stop.stop_requested()) {
    pollfd waiting{listener, POLLIN, 0};
    if (poll(&waiting, 1, kLookEvery) <= 0) continue;
    const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const std::lock_guard lock(mutex_);
    lines_.emplace_back([this, client](std::stop_token end) { pass(client, end); });
  }
}

void CutLine::pass(int client, const std::stop_token& stop)
{
  const Handle here{client}, there{connect_to(socket_)};
  bool last_answer = false;
  while (!stop.stop_requested()) {
    std::array<pollfd, 2> both{{{here.number, POLLIN, 0}, {there.number, POLLIN, 0}}};
    if (poll(both.data(), both.size(), kLookEvery) <= 0) continue;
    if (both[0].revents != 0) {
      const auto bytes = receive(here.number);
      const bool commits = bytes.find("COMMIT") != bytes.npos;
      const Cut cut = cut_;
      const bool now = cut == Cut::before_any || (cut == Cut::before_commit && commits);
      if (now) cut_ = Cut::none;
      if (bytes.empty() || now || !send_all(there.number, bytes)) return;
      last_answer = cut == Cut::after_commit && commits;
    }
    if (both[1].revents != 0) {
      const auto bytes = receive(there.number);
      const bool half = cut_ == Cut::in_answer;
      if (half) send_all(here.number, std::string_view(bytes).substr(0, bytes.size() / 2));
      if (half || last_answer) cut_ = Cut::none;
      if (bytes.empty() || half || last_answer || !send_all(here.number, bytes)) return;
    }
  }
}

} // namespace gramsetu::test
