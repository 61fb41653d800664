// Plain files.
#include "daemon/store/attachments.hpp"

#include "base/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gramsetu::store {

namespace fs = std::filesystem;

namespace {

tl::unexpected<Error> refused(const std::string& what)
{
  return fail(ErrorKind::transient, "attachments: " + what + ": " + std::strerror(errno));
}

Result<void> write_all(const Descriptor& file, std::string_view bytes)
{
  while (!bytes.empty()) {
    const auto written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return refused("writing");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.number()) == 0 ? Result<void>() : refused("syncing");
}

Result<void> sync_folder(const std::string& folder)
{
  const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.is_open() || ::fsync(handle.number()) != 0) return refused("syncing " + folder);
  return {};
}

// Two threads that bring the same document do not write into each other's draft.
std::string draft_of(const std::string& path)
{
  static std::atomic<unsigned> number = 0;
  return path + ".part" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

Result<void> write_new(const std::string& path, std::string_view bytes)
{
  const auto draft = draft_of(path);
  const Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return refused("making " + draft);
  auto written = write_all(file, bytes);
  if (written && std::rename(draft.c_str(), path.c_str()) != 0) written = refused("naming " + path);
  if (!written) ::unlink(draft.c_str());
  return written;
}

} // namespace

std::string Attachments::path_of(const std::string& hex) const
{
  return folder_ + "/" + hex;
}

Result<void> Attachments::keep(const Digest& digest, std::string_view bytes)
{
  const auto path = path_of(to_hex(digest));
  struct stat there {};
  const bool whole =
      ::stat(path.c_str(), &there) == 0 && static_cast<std::size_t>(there.st_size) == bytes.size();
  if (whole && ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0) return {};
  if (::mkdir(folder_.c_str(), 0700) == 0) {
    const auto above = fs::path(folder_).parent_path().string();
    TRY_VOID(sync_folder(above.empty() ? "." : above));
  }
  TRY_VOID(write_new(path, bytes));
  return sync_folder(folder_);
}

Result<std::optional<std::string>> Attachments::read(const Digest& digest) const
{
  const auto path = path_of(to_hex(digest));
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::optional<std::string>();
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (sha256(bytes) != digest)
    return fail(ErrorKind::invalid, "attachments: " + path +
                                        " is not what its name says; remove it, and let it come "
                                        "again with sync --full");
  return std::optional(std::move(bytes));
}

Result<std::vector<Digest>> Attachments::all(std::uint64_t* bytes) const
{
  std::vector<Digest> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = digest_from_hex(entry->path().filename().string());
    if (!name) continue; // a draft
    names.push_back(*name);
    std::error_code gone;
    if (const auto size = entry->file_size(gone); bytes != nullptr && !gone) *bytes += size;
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(ErrorKind::transient, "attachments: " + error.message());
  return names;
}

Result<std::set<std::string>> Attachments::unseen_since(Instant before) const
{
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat there {};
    if (::stat(entry->path().c_str(), &there) != 0) continue;
    const Instant seen{std::chrono::seconds(there.st_mtim.tv_sec)};
    if (seen < before) names.insert(entry->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(ErrorKind::transient, "attachments: " + error.message());
  return names;
}

void Attachments::remove(const std::string& hex) const
{
  ::unlink(path_of(hex).c_str());
}

} // namespace gramsetu::store
