// Durable files by the calls that POSIX has for it.
#include "base/files.hpp"

#include "base/descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace gramsetu {

namespace {

constexpr std::size_t kSmall = 16 << 20;

tl::unexpected<Error> failed(std::string_view what, const std::string& path)
{
  return fail(ErrorKind::transient, fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

std::string folder_of(const std::string& path)
{
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

Result<void> sync_at(const std::string& path, int flags)
{
  const Descriptor opened(::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC));
  if (!opened.is_open()) return failed("cannot open", path);
  if (::fsync(opened.number()) != 0) return failed("cannot make durable", path);
  return {};
}

Result<void> write_all(const std::string& path, std::string_view text)
{
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.is_open()) return failed("cannot write", path);
  while (!text.empty()) {
    const auto written = ::write(file.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("cannot write", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.number()) != 0) return failed("cannot make durable", path);
  return {};
}

} // namespace

Result<void> sync_file(const std::string& path)
{
  return sync_at(path, 0);
}

Result<void> sync_folder_of(const std::string& path)
{
  return sync_at(folder_of(path), O_DIRECTORY);
}

Result<void> put_in_place(const std::string& from, const std::string& to)
{
  if (::rename(from.c_str(), to.c_str()) != 0) return failed("cannot put in place", to);
  return sync_folder_of(to);
}

Result<void> replace_file(const std::string& path, std::string_view text)
{
  const auto part = path + ".part";
  if (auto written = write_all(part, text); !written) {
    ::unlink(part.c_str());
    return written;
  }
  give_to_owner_of_folder(part);
  return put_in_place(part, path);
}

Result<std::optional<std::string>> read_file(const std::string& path)
{
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return failed("cannot read", path);
  }
  std::string text;
  char piece[4096];
  while (text.size() <= kSmall) {
    const auto got = ::read(file.number(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot read", path);
    if (got == 0) return std::optional<std::string>(std::move(text));
    text.append(piece, static_cast<std::size_t>(got));
  }
  return fail(ErrorKind::transient, path + " is larger than it may be");
}

void give_to_owner_of_folder(const std::string& path)
{
  struct stat folder {};
  if (::geteuid() != 0 || ::stat(folder_of(path).c_str(), &folder) != 0) return;
  // When it cannot be given away, who needs it will say that it cannot be read.
  if (::lchown(path.c_str(), folder.st_uid, folder.st_gid) != 0) return;
}

} // namespace gramsetu
