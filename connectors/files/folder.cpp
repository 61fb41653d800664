// Opening, listing and writing files beneath one folder.
#include "connectors/files/folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace gramsetu::connectors::files {

namespace {

// More would not be a drop folder any more, and their names must fit into memory.
constexpr std::size_t kMostFiles = 100'000;

tl::unexpected<Error> failure(const std::string& path, int number)
{
  const bool missing = number == ENOENT || number == ENOTDIR;
  const bool refused = number == ELOOP || number == EXDEV;
  const bool denied = number == EACCES || number == EPERM;
  const std::string why = refused ? "links are not followed" : std::strerror(number);
  return fail(missing   ? ErrorKind::not_found
              : refused ? ErrorKind::invalid
              : denied  ? ErrorKind::unauthorized
                        : ErrorKind::transient,
              fmt::format("'{}': {}", path, why));
}

Result<std::vector<std::string>> parts_of(const std::string& path)
{
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  for (const auto& part : parts) {
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string::npos)
      return fail(ErrorKind::invalid, fmt::format("'{}' is no path inside the folder", path));
  }
  return parts;
}

// The kernel checks each step. Where it is too old for that, or a filter keeps the call away, we walk
// ourselves: never through a link, never upwards.
int open_beneath(int root, const std::vector<std::string>& parts, const std::string& path,
                 int flags)
{
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long opened = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
  if (opened >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(opened);

  Descriptor at(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  for (std::size_t i = 0; at.is_open() && i + 1 < parts.size(); ++i) {
    at = Descriptor(
        ::openat(at.number(), parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!at.is_open()) return -1;
  return ::openat(at.number(), parts.back().c_str(), flags | O_NOFOLLOW | O_CLOEXEC);
}

struct CloseFolder {
  void operator()(DIR* listing) const { ::closedir(listing); }
};

bool is_pattern(const std::string& part)
{
  return part.find_first_of("*?[") != std::string::npos;
}

// Collects what fits parts[depth...] beneath `folder`, whose own path is `prefix`.
Result<void> collect(int folder, const std::vector<std::string>& parts, const std::string& prefix,
                     std::vector<std::string>& found)
{
  const std::string& part = parts.front();
  const bool last = parts.size() == 1;
  std::vector<std::string> names;
  if (!is_pattern(part)) {
    names.push_back(part);
  } else {
    std::unique_ptr<DIR, CloseFolder> listing;
    if (const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); copy >= 0)
      listing.reset(::fdopendir(copy));
    if (!listing) return failure(prefix.empty() ? "." : prefix, errno);
    while (const dirent* entry = ::readdir(listing.get())) {
      if (::fnmatch(part.c_str(), entry->d_name, FNM_PERIOD) != 0) continue;
      if (names.size() >= kMostFiles)
        return fail(ErrorKind::invalid,
                    fmt::format("more than {} files fit '{}'", kMostFiles, prefix + part));
      names.emplace_back(entry->d_name);
    }
  }
  for (const auto& name : names) {
    struct stat info {};
    if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (last && !S_ISDIR(info.st_mode)) found.push_back(prefix + name);
    if (last || !S_ISDIR(info.st_mode)) continue;
    const Descriptor inner(
        ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner.is_open()) return failure(prefix + name, errno);
    TRY_VOID(collect(inner.number(), {parts.begin() + 1, parts.end()}, prefix + name + "/", found));
    if (found.size() > kMostFiles)
      return fail(ErrorKind::invalid, fmt::format("more than {} files fit", kMostFiles));
  }
  return {};
}

// Walks down from `root`, making what is missing.
Result<Descriptor> make_folders(int root, const std::vector<std::string>& parts,
                                const std::string& path)
{
  Descriptor at(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  for (const auto& part : parts) {
    if (::mkdirat(at.number(), part.c_str(), 0700) != 0 && errno != EEXIST)
      return failure(path, errno);
    at = Descriptor(
        ::openat(at.number(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!at.is_open()) return failure(path, errno);
  }
  return at;
}

Result<void> write_whole(int file, std::string_view bytes, const std::string& path)
{
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file) != 0) return failure(path, errno);
  return {};
}

bool holds(int file, std::string_view bytes)
{
  struct stat info {};
  if (::fstat(file, &info) != 0 || static_cast<std::size_t>(info.st_size) != bytes.size())
    return false;
  std::string chunk(1 << 16, '\0');
  while (!bytes.empty()) {
    const ssize_t size = ::read(file, chunk.data(), std::min(chunk.size(), bytes.size()));
    if (size <= 0) return false;
    const std::string_view got(chunk.data(), static_cast<std::size_t>(size));
    if (!bytes.starts_with(got)) return false;
    bytes.remove_prefix(got.size());
  }
  return true;
}

} // namespace

Result<Folder> Folder::open(const std::string& path)
{
  Descriptor root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return within("folder", failure(path, errno).value());
  return Folder(path, std::move(root));
}

Result<Descriptor> Folder::open_file(const std::string& path) const
{
  TRY(const auto parts, parts_of(path));
  // Without O_NONBLOCK a pipe in the file's place would hold the worker until somebody writes.
  Descriptor file(open_beneath(root_.number(), parts, path, O_RDONLY | O_NONBLOCK));
  if (!file.is_open()) return failure(path, errno);
  struct stat info {};
  if (::fstat(file.number(), &info) != 0) return failure(path, errno);
  if (!S_ISREG(info.st_mode))
    return fail(ErrorKind::invalid, fmt::format("'{}' is no regular file", path));
  return file;
}

Result<std::vector<std::string>> Folder::match(const std::string& pattern) const
{
  TRY(const auto parts, parts_of(pattern));
  std::vector<std::string> found;
  TRY_VOID(collect(root_.number(), parts, "", found));
  if (found.empty())
    return fail(ErrorKind::not_found, fmt::format("no file '{}' in '{}'", pattern, path_));
  std::sort(found.begin(), found.end());
  return found;
}

Result<bool> Folder::put(const std::string& path, std::string_view bytes) const
{
  TRY(auto parts, parts_of(path));
  const std::string name = parts.back();
  parts.pop_back();
  TRY(const Descriptor folder, make_folders(root_.number(), parts, path));
  if (const Descriptor there(
          ::openat(folder.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
      there.is_open()) {
    if (holds(there.number(), bytes)) return false;
    return fail(ErrorKind::precondition, fmt::format("'{}' is there with other content", path));
  }
  const std::string draft = "." + name + ".part"; // one a crash left behind is written over
  const Descriptor file(::openat(folder.number(), draft.c_str(),
                                 O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return failure(path, errno);
  TRY_VOID(write_whole(file.number(), bytes, path));
  if (::renameat(folder.number(), draft.c_str(), folder.number(), name.c_str()) != 0)
    return failure(path, errno);
  if (::fsync(folder.number()) != 0) return failure(path, errno);
  return true;
}

} // namespace gramsetu::connectors::files
