// The sd_notify protocol: newline-separated assignments in one datagram.
#include "daemon/runtime/notify.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace gramsetu::runtime {

namespace {

std::string environment(const char* name)
{
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): before threads start
  return value == nullptr ? "" : value;
}

std::optional<std::int64_t> number(const std::string& text)
{
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (text.empty() || problem != std::errc() || rest != end) return std::nullopt;
  return value;
}

// A status is one line: a line break in it would begin another assignment.
std::string one_line(std::string_view text)
{
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

} // namespace

Notifier::Notifier(std::string socket, std::optional<std::chrono::microseconds> watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog)
{
  if (socket_.size() >= sizeof(sockaddr_un::sun_path)) socket_.clear();
  if (!socket_.empty())
    descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

Notifier::~Notifier()
{
  if (descriptor_ >= 0) ::close(descriptor_);
}

Notifier::Notifier(Notifier&& other) noexcept
    : socket_(std::move(other.socket_)),
      watchdog_(other.watchdog_),
      descriptor_(std::exchange(other.descriptor_, -1))
{
}

Notifier Notifier::from_environment()
{
  const auto pid = number(environment("WATCHDOG_PID"));
  const auto silence = number(environment("WATCHDOG_USEC"));
  // The variable is inherited by children; the watchdog is for the process that it names.
  const bool for_us = !pid || *pid == ::getpid();
  std::optional<std::chrono::microseconds> watchdog;
  if (for_us && silence && *silence > 0) watchdog = std::chrono::microseconds(*silence);
  return Notifier(environment("NOTIFY_SOCKET"), watchdog);
}

std::optional<std::chrono::milliseconds> Notifier::watchdog_interval() const
{
  if (!watchdog_ || !listening()) return std::nullopt;
  const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(*watchdog_ / 2);
  return std::max(half, std::chrono::milliseconds(1));
}

void Notifier::ready(std::string_view status) const
{
  send("READY=1\nSTATUS=" + one_line(status));
}

void Notifier::status(std::string_view text) const
{
  send("STATUS=" + one_line(text));
}

void Notifier::reloading(Ticks now) const
{
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reading the configuration",
                   since.count()));
}

void Notifier::waiting(std::string_view status, std::chrono::microseconds grace) const
{
  send(fmt::format("STATUS={}\nEXTEND_TIMEOUT_USEC={}\nWATCHDOG=1", one_line(status),
                   grace.count()));
}

void Notifier::stopping(std::string_view status) const
{
  send("STOPPING=1\nSTATUS=" + one_line(status));
}

void Notifier::alive() const
{
  send("WATCHDOG=1");
}

void Notifier::send(const std::string& message) const
{
  if (descriptor_ < 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_.copy(address.sun_path, socket_.size());
  // An abstract name begins with a zero byte and ends where the length says.
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  ::sendto(descriptor_, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), length);
}

} // namespace gramsetu::runtime
