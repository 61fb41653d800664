// Listing, fetching, writing and moving over SFTP.
#include "connectors/sftp/sftp_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace gramsetu::connectors::sftp {

namespace {

using files::FileEntry;
using files::OpenFile;
using files::Put;

constexpr std::size_t kPiece = 32'000; // what every server takes in one request

struct Free {
  void operator()(sftp_attributes_struct* attributes) const { ::sftp_attributes_free(attributes); }
  void operator()(sftp_dir_struct* listing) const { ::sftp_closedir(listing); }
  void operator()(sftp_file_struct* file) const { ::sftp_close(file); }
};
using Attributes = std::unique_ptr<sftp_attributes_struct, Free>;
using Listing = std::unique_ptr<sftp_dir_struct, Free>;
using File = std::unique_ptr<sftp_file_struct, Free>;

std::string identity_of(const sftp_attributes_struct& attributes)
{
  return fmt::format("{}.{}.{}", attributes.size, attributes.mtime, attributes.mtime_nseconds);
}

bool is_file(const sftp_attributes_struct& attributes)
{
  return attributes.type == SSH_FILEXFER_TYPE_REGULAR;
}

// A server's word for a name goes into paths here and there.
bool is_name(const std::string& name)
{
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find('/') == std::string::npos &&
         std::none_of(name.begin(), name.end(),
                      [](char letter) { return static_cast<unsigned char>(letter) < 0x20; });
}

// A file of this machine without a name: gone when it is closed, whatever happens.
Result<Descriptor> nameless_file()
{
  std::error_code none;
  std::string path = (std::filesystem::temp_directory_path(none) / "gramsetu-XXXXXX").string();
  Descriptor file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file.is_open())
    return fail(ErrorKind::transient, fmt::format("a temporary file: {}", std::strerror(errno)));
  ::unlink(path.c_str());
  return file;
}

Result<void> write_all(const Descriptor& file, std::string_view bytes)
{
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      return fail(ErrorKind::transient, fmt::format("a temporary file: {}", std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

} // namespace

SftpFolder::SftpFolder(std::unique_ptr<Session> session, Settings settings)
    : session_(std::move(session)), settings_(std::move(settings))
{
}

SftpFolder::~SftpFolder()
{
  if (settings_.give_back && !session_->is_broken()) settings_.give_back(std::move(session_));
}

std::string SftpFolder::remote(const std::string& path) const
{
  if (path.empty()) return settings_.root;
  return settings_.root.ends_with('/') ? settings_.root + path : settings_.root + "/" + path;
}

Result<void> SftpFolder::check(std::stop_token stop)
{
  session_->begin_work();
  const auto guard = session_->watched(stop);
  const Attributes there(::sftp_stat(session_->sftp(), settings_.root.c_str()));
  if (!there) return session_->failure(settings_.root, stop);
  if (there->type == SSH_FILEXFER_TYPE_DIRECTORY) return {};
  return fail(ErrorKind::not_found, fmt::format("'{}' is no folder", settings_.root));
}

Result<std::vector<files::Folder::Listed>>
SftpFolder::list(const std::string& folder, const std::string& names, std::stop_token stop)
{
  session_->begin_work();
  std::vector<Listed> listed;
  const auto add = [&](const std::string& name, const sftp_attributes_struct& attributes) {
    const bool is_folder = attributes.type == SSH_FILEXFER_TYPE_DIRECTORY;
    if (is_folder || is_file(attributes))
      listed.push_back({name, is_folder, identity_of(attributes)});
  };
  if (!files::is_pattern(names)) {
    const auto guard = session_->watched(stop);
    const std::string path = folder.empty() ? names : folder + "/" + names;
    const Attributes there(::sftp_lstat(session_->sftp(), remote(path).c_str()));
    if (there) add(names, *there);
    if (there || ::sftp_get_error(session_->sftp()) == SSH_FX_NO_SUCH_FILE) return listed;
    return session_->failure(path, stop);
  }
  const auto guard = session_->watched(stop);
  const Listing listing(::sftp_opendir(session_->sftp(), remote(folder).c_str()));
  if (!listing) return session_->failure(folder.empty() ? settings_.root : folder, stop);
  std::size_t seen = 0;
  while (const Attributes entry{::sftp_readdir(session_->sftp(), listing.get())}) {
    const std::string name = entry->name ? entry->name : "";
    if (++seen > files::kMostFiles)
      return fail(ErrorKind::invalid, fmt::format("the folder '{}' holds more than {} files",
                                                  folder, files::kMostFiles));
    if (is_name(name) && files::fits(name, names)) add(name, *entry);
  }
  if (!::sftp_dir_eof(listing.get())) return session_->failure(folder, stop);
  return listed;
}

Result<FileEntry> SftpFolder::find(const std::string& path, std::stop_token stop)
{
  session_->begin_work();
  TRY(const auto parts, files::parts_of(path));
  const auto guard = session_->watched(stop);
  const Attributes there(::sftp_lstat(session_->sftp(), remote(path).c_str()));
  if (!there) return session_->failure(path, stop);
  if (is_file(*there)) return FileEntry{path, identity_of(*there)};
  return fail(ErrorKind::not_found, fmt::format("'{}' is no regular file", path));
}

Result<OpenFile> SftpFolder::open_file(const std::string& path, std::stop_token stop)
{
  TRY(const auto before, find(path, stop)); // also that it is no link
  File file;
  {
    const auto guard = session_->watched(stop);
    file.reset(::sftp_open(session_->sftp(), remote(path).c_str(), O_RDONLY, 0));
    if (!file) return session_->failure(path, stop);
  }
  TRY(Descriptor fetched, download(file.get(), path, stop));
  const auto guard = session_->watched(stop);
  const Attributes after(::sftp_fstat(file.get()));
  if (!after) return session_->failure(path, stop);
  if (identity_of(*after) != before.identity)
    return fail(ErrorKind::precondition,
                fmt::format("'{}': the file was written to while it was fetched", path));
  return OpenFile{std::move(fetched), before.identity};
}

Result<Descriptor> SftpFolder::download(sftp_file_struct* file, const std::string& path,
                                        const std::stop_token& stop)
{
  TRY(Descriptor fetched, nameless_file());
  std::string piece(kPiece, '\0');
  std::uint64_t all = 0;
  while (true) {
    const auto guard = session_->watched(stop);
    const ssize_t got = ::sftp_read(file, piece.data(), piece.size());
    if (got < 0) return session_->failure(path, stop);
    if (got == 0) return fetched;
    all += static_cast<std::uint64_t>(got);
    if (all > settings_.most_bytes)
      return fail(ErrorKind::invalid,
                  fmt::format("'{}': more than {} bytes (limits.response_bytes)", path,
                              settings_.most_bytes));
    TRY_VOID(write_all(fetched, {piece.data(), static_cast<std::size_t>(got)}));
  }
}

// What is missing on the way to a file.
Result<void> SftpFolder::make_folders(const std::string& path, const std::stop_token& stop)
{
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const auto guard = session_->watched(stop);
    const std::string folder = path.substr(0, slash);
    const Attributes there(::sftp_lstat(session_->sftp(), remote(folder).c_str()));
    if (there && there->type == SSH_FILEXFER_TYPE_DIRECTORY) continue;
    if (there) return fail(ErrorKind::invalid, fmt::format("'{}': links are not followed", folder));
    if (::sftp_mkdir(session_->sftp(), remote(folder).c_str(), 0700) != SSH_OK)
      return session_->failure(folder, stop);
  }
  return {};
}

Result<void> SftpFolder::upload(const std::string& path, std::string_view bytes,
                                const std::stop_token& stop)
{
  File file;
  {
    const auto guard = session_->watched(stop);
    file.reset(
        ::sftp_open(session_->sftp(), remote(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
    if (!file) return session_->failure(path, stop);
  }
  while (!bytes.empty()) {
    const auto guard = session_->watched(stop);
    const std::string_view piece = bytes.substr(0, kPiece);
    const ssize_t written = ::sftp_write(file.get(), piece.data(), piece.size());
    if (written <= 0) return session_->failure(path, stop);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  const auto guard = session_->watched(stop);
  const bool can_sync = ::sftp_extension_supported(session_->sftp(), "fsync@openssh.com", "1");
  if (can_sync && ::sftp_fsync(file.get()) != SSH_OK) return session_->failure(path, stop);
  if (::sftp_close(file.release()) != SSH_OK) return session_->failure(path, stop);
  return {};
}

Result<bool> SftpFolder::holds(const std::string& path, std::string_view bytes,
                               const std::stop_token& stop)
{
  TRY(const OpenFile file, open_file(path, stop));
  std::string there(bytes.size() + 1, '\0');
  const ssize_t size = ::pread(file.file.number(), there.data(), there.size(), 0);
  return size == static_cast<ssize_t>(bytes.size()) && there.substr(0, bytes.size()) == bytes;
}

Result<Put> SftpFolder::put(const std::string& path, std::string_view bytes, std::stop_token stop)
{
  TRY(const auto parts, files::parts_of(path));
  const auto there = find(path, stop);
  if (!there && there.error().kind != ErrorKind::not_found)
    return tl::unexpected<Error>(there.error());
  if (there) {
    TRY(const bool same, holds(path, bytes, stop));
    if (same) return Put::was_there;
    return fail(ErrorKind::precondition, fmt::format("'{}' is there with other content", path));
  }
  TRY_VOID(make_folders(path, stop));
  const std::size_t name = path.rfind('/') + 1;
  const std::string draft = path.substr(0, name) + "." + path.substr(name) + ".part";
  if (auto sent = upload(draft, bytes, stop); !sent) {
    if (!session_->is_broken()) static_cast<void>(remove(draft, stop));
    return tl::unexpected<Error>(sent.error());
  }
  const auto guard = session_->watched(stop);
  if (::sftp_rename(session_->sftp(), remote(draft).c_str(), remote(path).c_str()) == SSH_OK)
    return Put::written;
  if (session_->is_broken()) return Put::uncertain;
  return session_->failure(path, stop);
}

// OpenSSH renames a file over none that is there, in one step (it links, then unlinks); of another server that may
// do otherwise we ask first, and take the moment in between.
Result<void> SftpFolder::move(const std::string& from, const std::string& to, std::stop_token stop)
{
  session_->begin_work();
  TRY(const auto parts, files::parts_of(from));
  TRY(const auto there, files::parts_of(to));
  TRY_VOID(make_folders(to, stop));
  const auto guard = session_->watched(stop);
  const Attributes taken(::sftp_lstat(session_->sftp(), remote(to).c_str()));
  if (taken) return fail(ErrorKind::precondition, fmt::format("'{}' is there already", to));
  if (::sftp_get_error(session_->sftp()) != SSH_FX_NO_SUCH_FILE) return session_->failure(to, stop);
  if (::sftp_rename(session_->sftp(), remote(from).c_str(), remote(to).c_str()) == SSH_OK)
    return {};
  return session_->failure(from, stop);
}

Result<void> SftpFolder::remove(const std::string& path, std::stop_token stop)
{
  session_->begin_work();
  TRY(const auto parts, files::parts_of(path));
  const auto guard = session_->watched(stop);
  if (::sftp_unlink(session_->sftp(), remote(path).c_str()) == SSH_OK) return {};
  return session_->failure(path, stop);
}

} // namespace gramsetu::connectors::sftp
