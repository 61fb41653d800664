// Opening, listing, writing and moving files beneath one folder.
#include "connectors/files/local_folder.hpp"

#include "connectors/files/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace gramsetu::connectors::files {

namespace {

using Parts = std::vector<std::string>;

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

// The kernel checks each step. Where it is too old for that, or a filter keeps the call away, we walk
// ourselves: never through a link, never upwards.
int open_beneath(int root, const Parts& parts, const std::string& path, int flags)
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

Result<std::vector<std::string>> names_in(Descriptor folder, const std::string& pattern)
{
  if (!is_pattern(pattern)) return std::vector<std::string>{pattern};
  std::unique_ptr<DIR, CloseFolder> listing;
  if (const int copy = ::openat(folder.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      copy >= 0)
    listing.reset(::fdopendir(copy));
  if (!listing) return failure(".", errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing.get())) {
    if (!fits(entry->d_name, pattern)) continue;
    if (names.size() >= kMostFiles)
      return fail(ErrorKind::invalid,
                  fmt::format("more than {} files fit '{}'", kMostFiles, pattern));
    names.emplace_back(entry->d_name);
  }
  return names;
}

// Walks down from `root` to the last but one part, making what is missing.
Result<Descriptor> make_folders(int root, const Parts& parts, const std::string& path)
{
  Descriptor at(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const char* part = parts[i].c_str();
    if (::mkdirat(at.number(), part, 0700) != 0 && errno != EEXIST) return failure(path, errno);
    at = Descriptor(::openat(at.number(), part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!at.is_open()) return failure(path, errno);
  }
  return at;
}

// The directory that a path's file lies in.
Result<Descriptor> folder_of(int root, Parts parts, const std::string& path)
{
  parts.pop_back();
  if (parts.empty()) return Descriptor(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  Descriptor folder(
      open_beneath(root, parts, path.substr(0, path.rfind('/')), O_RDONLY | O_DIRECTORY));
  if (!folder.is_open()) return failure(path, errno);
  return folder;
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

Result<std::unique_ptr<Folder>> LocalFolder::open(const std::string& path)
{
  Descriptor root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return within("folder", failure(path, errno).value());
  return std::unique_ptr<Folder>(new LocalFolder(path, std::move(root)));
}

std::string LocalFolder::name() const
{
  return fmt::format("the folder '{}'", path_);
}

Result<FileEntry> LocalFolder::find(const std::string& path, std::stop_token)
{
  TRY(const auto parts, parts_of(path));
  TRY(const Descriptor folder, folder_of(root_.number(), parts, path));
  struct stat info {};
  if (::fstatat(folder.number(), parts.back().c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    return failure(path, errno);
  if (S_ISDIR(info.st_mode))
    return fail(ErrorKind::not_found, fmt::format("'{}' is a directory", path));
  return FileEntry{path, identity_of(info)};
}

Result<OpenFile> LocalFolder::open_file(const std::string& path, std::stop_token)
{
  TRY(const auto parts, parts_of(path));
  // Without O_NONBLOCK a pipe in the file's place would hold the worker until somebody writes.
  Descriptor file(open_beneath(root_.number(), parts, path, O_RDONLY | O_NONBLOCK));
  if (!file.is_open()) return failure(path, errno);
  struct stat info {};
  if (::fstat(file.number(), &info) != 0) return failure(path, errno);
  if (!S_ISREG(info.st_mode))
    return fail(ErrorKind::invalid, fmt::format("'{}' is no regular file", path));
  return OpenFile{std::move(file), identity_of(info)};
}

Result<std::vector<Folder::Listed>> LocalFolder::list(const std::string& folder,
                                                      const std::string& names, std::stop_token)
{
  Descriptor at(::fcntl(root_.number(), F_DUPFD_CLOEXEC, 0));
  if (!folder.empty()) {
    TRY(const auto parts, parts_of(folder));
    at = Descriptor(open_beneath(root_.number(), parts, folder, O_RDONLY | O_DIRECTORY));
  }
  if (!at.is_open()) return failure(folder, errno);
  TRY(const auto all, names_in(Descriptor(::fcntl(at.number(), F_DUPFD_CLOEXEC, 0)), names));
  std::vector<Listed> listed;
  for (const auto& name : all) {
    struct stat info {};
    if (::fstatat(at.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    listed.push_back({name, S_ISDIR(info.st_mode), identity_of(info)});
  }
  return listed;
}

Result<Put> LocalFolder::put(const std::string& path, std::string_view bytes, std::stop_token)
{
  TRY(const auto parts, parts_of(path));
  const std::string& name = parts.back();
  TRY(const Descriptor folder, make_folders(root_.number(), parts, path));
  if (const Descriptor there(
          ::openat(folder.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
      there.is_open()) {
    if (holds(there.number(), bytes)) return Put::was_there;
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
  return Put::written;
}

Result<void> LocalFolder::move(const std::string& from, const std::string& to, std::stop_token)
{
  TRY(const auto old_parts, parts_of(from));
  TRY(const auto new_parts, parts_of(to));
  TRY(const Descriptor old_folder, folder_of(root_.number(), old_parts, from));
  TRY(const Descriptor new_folder, make_folders(root_.number(), new_parts, to));
  if (::renameat2(old_folder.number(), old_parts.back().c_str(), new_folder.number(),
                  new_parts.back().c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EEXIST) return failure(from, errno);
    return fail(ErrorKind::precondition, fmt::format("'{}' is there already", to));
  }
  // The new name first: a power cut may leave both, and must not leave none.
  if (::fsync(new_folder.number()) != 0 || ::fsync(old_folder.number()) != 0)
    return failure(to, errno);
  return {};
}

Result<void> LocalFolder::remove(const std::string& path, std::stop_token)
{
  TRY(const auto parts, parts_of(path));
  TRY(const Descriptor folder, folder_of(root_.number(), parts, path));
  if (::unlinkat(folder.number(), parts.back().c_str(), 0) != 0) return failure(path, errno);
  return {};
}

} // namespace gramsetu::connectors::files
