// A datagram socket in a test's folder.
#include "tests/system/notify_socket.hpp"

#include "base/check.hpp"

#include <array>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gramsetu::test {

NotifySocket::NotifySocket(std::string path)
    : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))
{
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  check(path_.size() < sizeof address.sun_path, "a socket's path is short");
  path_.copy(address.sun_path, path_.size());
  check(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
        "a test can listen in its folder");
}

NotifySocket::~NotifySocket()
{
  ::close(socket_);
}

bool NotifySocket::hears(const std::string& line, std::chrono::milliseconds bound)
{
  const auto deadline = std::chrono::steady_clock::now() + bound;
  while (heard_.find(line + "\n") == std::string::npos) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{socket_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    std::array<char, 4096> buffer{};
    const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (size > 0) heard_.append(buffer.data(), static_cast<std::size_t>(size)) += '\n';
  }
  return true;
}

} // namespace gramsetu::test
