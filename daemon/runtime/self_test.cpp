// Each need in turn; only being refused counts.
#include "daemon/runtime/self_test.hpp"

#include "base/descriptor.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <system_error>
#include <thread>

namespace gramsetu::runtime {

namespace {

// EPERM and ENOSYS are what a filter of system calls answers. A full disk, a folder that is not there or not
// ours: others say that better.
bool is_refusal(int error)
{
  return error == EPERM || error == ENOSYS;
}

Result<void> want(std::string_view call, bool done, const std::string& where)
{
  if (done || !is_refusal(errno)) return {};
  return fail(ErrorKind::invalid,
              fmt::format("the system refuses {}{}: {}. The hub cannot work without it; look at "
                          "SystemCallFilter= and the sandbox of the service (systemctl cat "
                          "gramsetu), a drop-in may have narrowed it",
                          call, where, std::strerror(errno)));
}

Result<void> want_of_disk(const std::string& folder)
{
  const auto path = folder + "/.self-test", moved = path + ".moved", where = " in " + folder;
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  TRY_VOID(want("open", file.is_open(), where));
  if (!file.is_open()) return {};
  const auto number = file.number();
  struct statx seen {};
  Result<void> all = want("pwrite", ::pwrite(number, "x", 1, 0) == 1, where);
  if (all) all = want("flock", ::flock(number, LOCK_EX | LOCK_NB) == 0, where);
  struct flock range {};
  range.l_type = F_WRLCK;
  if (all) all = want("fcntl (a lock)", ::fcntl(number, F_SETLK, &range) == 0, where);
  if (all) all = want("fsync", ::fsync(number) == 0, where);
  if (all) all = want("fdatasync", ::fdatasync(number) == 0, where);
  if (all) all = want("ftruncate", ::ftruncate(number, 0) == 0, where);
  if (all)
    all = want("statx", ::statx(number, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &seen) == 0, where);
  if (all) all = want("rename", std::rename(path.c_str(), moved.c_str()) == 0, where);
  const bool gone = ::unlink(moved.c_str()) == 0 || ::unlink(path.c_str()) == 0;
  if (all) all = want("unlink", gone, where);
  const Descriptor names(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (all && names.is_open())
    all = want("fsync of the folder", ::fsync(names.number()) == 0, where);
  return all;
}

Result<void> want_of_kernel()
{
  std::array<unsigned char, 16> bytes{};
  TRY_VOID(want("getrandom", ::getrandom(bytes.data(), bytes.size(), 0) >= 0, ""));
  for (const auto& [family, name] :
       {std::pair(AF_UNIX, "socket (AF_UNIX)"), {AF_INET, "socket (AF_INET)"}}) {
    const Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    TRY_VOID(want(name, socket.is_open(), ""));
  }
  const Descriptor poll(::epoll_create1(EPOLL_CLOEXEC)), event(::eventfd(0, EFD_CLOEXEC)),
      timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  TRY_VOID(want("epoll_create1", poll.is_open(), ""));
  TRY_VOID(want("eventfd2", event.is_open(), ""));
  TRY_VOID(want("timerfd_create", timer.is_open(), ""));
  try {
    std::thread([] {}).join();
  } catch (const std::system_error& error) {
    errno = error.code().value();
    TRY_VOID(want("clone (a thread)", false, ""));
  }
  return {};
}

// Whoever can write the folder can put another store there; and locks do not hold on a network's.
Result<void> want_own_folder(const std::string& folder)
{
  struct stat seen {};
  if (::stat(folder.c_str(), &seen) != 0) return {};
  if ((seen.st_mode & S_IWOTH) != 0 && (seen.st_mode & S_ISVTX) == 0) {
    return fail(ErrorKind::invalid,
                fmt::format("folder {} may be written by everybody, and the store is in it: chmod "
                            "o-w {}",
                            folder, folder));
  }
  struct statfs system {};
  if (::statfs(folder.c_str(), &system) != 0) return {};
  const auto kind = network_kind(static_cast<std::uint64_t>(system.f_type) & 0xffffffff);
  if (kind.empty()) return {};
  return fail(ErrorKind::invalid,
              fmt::format("folder {} is on {}, where another machine could open the store at the "
                          "same time and locks do not hold: put store.sqlite.path on a disk of "
                          "this machine",
                          folder, kind));
}

} // namespace

std::string_view network_kind(std::uint64_t type)
{
  switch (type) {
  case 0x6969: return "NFS";
  case 0x517B: return "SMB";
  case 0xFF534D42: return "CIFS";
  case 0xFE534D42: return "SMB2";
  case 0x5346414F: return "AFS";
  case 0x00C36400: return "Ceph";
  case 0x01021997: return "9p";
  default: return "";
  }
}

Result<void> self_test(const std::string& folder)
{
  TRY_VOID(want_own_folder(folder));
  TRY_VOID(want_of_disk(folder));
  return want_of_kernel();
}

} // namespace gramsetu::runtime
