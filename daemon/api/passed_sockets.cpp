// LISTEN_PID and LISTEN_FDS.
#include "daemon/api/passed_sockets.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace gramsetu::api {

namespace {

constexpr int kFirst = 3; // behind the three that every program has

// The variables are inherited by children, and are for the process that they name.
std::int64_t take(const char* name)
{
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): before threads start
  const auto number = value ? schema::read_integer(value).value_or(0) : 0;
  ::unsetenv(name); // NOLINT(concurrency-mt-unsafe)
  return number;
}

bool is(int descriptor, int option, int wanted)
{
  int found = 0;
  socklen_t size = sizeof(found);
  return ::getsockopt(descriptor, SOL_SOCKET, option, &found, &size) == 0 && found == wanted;
}

} // namespace

Result<std::vector<int>> passed_sockets()
{
  const auto process = take("LISTEN_PID"), count = take("LISTEN_FDS");
  take("LISTEN_FDNAMES");
  std::vector<int> sockets;
  if (process != ::getpid()) return sockets;
  for (int descriptor = kFirst; descriptor < kFirst + count; ++descriptor) {
    if (!is(descriptor, SO_DOMAIN, AF_UNIX) || !is(descriptor, SO_TYPE, SOCK_STREAM) ||
        !is(descriptor, SO_ACCEPTCONN, 1))
      return fail(ErrorKind::invalid,
                  fmt::format("descriptor {}, which was handed over (LISTEN_FDS), is no Unix "
                              "socket that listens: a socket unit for the hub has ListenStream= "
                              "with a path, and Accept=no",
                              descriptor));
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    sockets.push_back(descriptor);
  }
  return sockets;
}

} // namespace gramsetu::api
