// Where configurations with secrets lie while a program reads them.
#include "connectors/exec/private_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace gramsetu::connectors::exec {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPrefix = "gramsetu-exec-";

tl::unexpected<Error> failed(const std::string& what)
{
  return fail(ErrorKind::transient, fmt::format("{}: {}", what, std::strerror(errno)));
}

Descriptor lock_of(const std::string& folder)
{
  Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (lock.is_open() && ::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) return {};
  return lock;
}

bool is_ours(const fs::path& path)
{
  struct stat what {};
  return ::lstat(path.c_str(), &what) == 0 && S_ISDIR(what.st_mode) && what.st_uid == ::geteuid();
}

// Whoever made it and lives holds its lock.
void clear_left_over(const fs::path& base)
{
  std::error_code error;
  for (fs::directory_iterator at(base, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().starts_with(kPrefix) || !is_ours(at->path())) continue;
    std::error_code none;
    if (lock_of(at->path().string()).is_open()) fs::remove_all(at->path(), none);
  }
}

bool is_there(const std::string& path)
{
  struct stat what {};
  return ::stat(path.c_str(), &what) == 0;
}

} // namespace

Result<PrivateFolder> PrivateFolder::make()
{
  std::error_code error;
  const auto base = fs::temp_directory_path(error);
  if (error) return fail(ErrorKind::transient, "no folder for temporary files: " + error.message());
  clear_left_over(base);
  // Between its making and its lock another may take it for left over: then a new one.
  for (int tries = 0; tries < 8; ++tries) {
    std::string path = (base / (std::string(kPrefix) + "XXXXXX")).string();
    if (::mkdtemp(path.data()) == nullptr) return failed("no private folder");
    PrivateFolder folder;
    folder.lock_ = lock_of(path);
    if (!folder.lock_.is_open() || !is_there(path)) continue;
    folder.path_ = path;
    return folder;
  }
  return fail(ErrorKind::transient, "the private folder is taken away again and again");
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_))
{
}

PrivateFolder::~PrivateFolder()
{
  std::error_code none;
  if (!path_.empty()) fs::remove_all(path_, none);
}

Result<std::string> PrivateFolder::write(std::string_view name, std::string_view content) const
{
  const std::string path = path_ + "/" + std::string(name);
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return failed("no private file");
  while (!content.empty()) {
    const ssize_t count = ::write(file.number(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("the private file cannot be written");
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return path;
}

Result<Descriptor> PrivateFolder::nameless() const
{
  const std::string path = path_ + "/spool";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return failed("no spool");
  if (::unlink(path.c_str()) != 0) return failed("no spool");
  return file;
}

} // namespace gramsetu::connectors::exec
