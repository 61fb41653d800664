// Lock, creation and folder sync of the store's file.
#include "daemon/store/sqlite/file.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gramsetu::store {

namespace {

std::string holder_of(int descriptor)
{
  char text[32] = {};
  const auto size = ::pread(descriptor, text, sizeof text - 1, 0);
  std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && holder.back() == '\n')
    holder.pop_back();
  return holder.empty() ? "another process" : "process " + holder;
}

} // namespace

FileLock::~FileLock()
{
  // The file stays: removing it would let two holders each lock a file of that name.
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept
{
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Result<FileLock> FileLock::take(const std::string& path)
{
  const std::string name = path + ".lock";
  FileLock lock;
  lock.descriptor_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock.descriptor_ < 0)
    return fail(ErrorKind::invalid,
                fmt::format("store {}: cannot open its lock: {}", path, std::strerror(errno)));
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return fail(ErrorKind::invalid,
                  fmt::format("store {}: cannot be locked: {}", path, std::strerror(errno)));
    return fail(ErrorKind::invalid,
                fmt::format("store {}: in use by {}", path, holder_of(lock.descriptor_)));
  }
  const std::string holder = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock.descriptor_, 0) != 0 ||
      ::pwrite(lock.descriptor_, holder.data(), holder.size(), 0) < 0) {
    // The number is for people; the lock itself is the kernel's and holds without it.
  }
  return lock;
}

Result<void> make_file(const std::string& path)
{
  // mknod, not open: closing a descriptor of this file would drop SQLite's locks.
  if (::mknod(path.c_str(), S_IFREG | 0600, 0) == 0 || errno == EEXIST) return {};
  return fail(ErrorKind::invalid,
              fmt::format("store {}: cannot be created: {}", path, std::strerror(errno)));
}

Result<void> make_new_file(const std::string& path)
{
  if (::mknod(path.c_str(), S_IFREG | 0600, 0) == 0) return {};
  return fail(ErrorKind::transient,
              fmt::format("{} cannot be created: {}", path, std::strerror(errno)));
}

Result<void> sync_folder_of(const std::string& path)
{
  if (auto synced = gramsetu::sync_folder_of(path); !synced)
    return fail(ErrorKind::corrupt, "store: its folder: " + synced.error().what);
  return {};
}

} // namespace gramsetu::store
