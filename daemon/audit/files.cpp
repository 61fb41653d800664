// Appending, and starting anew, so that a death at any instant leaves a chain that goes on.
#include "daemon/audit/files.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gramsetu::audit {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "audit-", kSuffix = ".ndjson";
constexpr std::size_t kMonthSize = 7; // "2026-11"

// Trying again is right: a full disk is emptied, a folder comes back.
tl::unexpected<Error> cannot(std::string_view what, const std::string& path)
{
  return fail(ErrorKind::transient, fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

// Part of a line may be there when this fails.
Result<void> write_all(int file, std::string_view bytes, const std::string& path)
{
  while (!bytes.empty()) {
    const auto count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

std::string text_of_file(const std::string& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

std::vector<std::string> names_in(const std::string& folder)
{
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string month_of(const std::string& name)
{
  return name.size() < kPrefix.size() + kMonthSize ? "" : name.substr(kPrefix.size(), kMonthSize);
}

std::string name_after(const std::string& last, const std::string& month)
{
  // A clock that was set back does not put a file before those that are there.
  const auto in = std::max(month, month_of(last));
  int number = 0;
  if (in == month_of(last)) {
    const auto digits = last.substr(kPrefix.size() + kMonthSize + 1, 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
  }
  return fmt::format("{}{}-{:03}{}", kPrefix, in, number + 1, kSuffix);
}

Files::Files(std::string folder, OnTouch on_touch)
    : folder_(std::move(folder)), on_touch_(std::move(on_touch))
{
}

Result<void> Files::touch(std::string_view what) const
{
  return on_touch_ ? on_touch_(what) : Result<void>{};
}

Result<void> Files::make_folder()
{
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error)
    return fail(ErrorKind::transient,
                fmt::format("cannot make the folder {}: {}", folder_, error.message()));
  ::chmod(folder_.c_str(), 0700);
  return lock();
}

Result<void> Files::lock()
{
  if (lock_.is_open()) return {};
  const auto path = folder_ + "/lock";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return cannot("cannot open", path);
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::precondition,
                "another process writes the audit log in " + folder_ + "; ask it, or stop it");
  lock_ = std::move(file);
  return {};
}

Result<void> Files::open()
{
  std::error_code none;
  if (!fs::is_directory(folder_, none)) return {};
  TRY_VOID(lock());
  fs::remove(folder_ + "/next", none); // a file that a death left unfinished
  const auto names = names_in(folder_);
  if (names.empty()) return {};
  name_ = names.back();
  return open_newest();
}

Result<void> Files::open_newest()
{
  const auto path = folder_ + "/" + name_;
  file_ = Descriptor(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!file_.is_open()) return cannot("cannot open", path);
  auto text = text_of_file(path);
  // What has no line break was never promised to anybody.
  const auto end = text.rfind('\n');
  const auto whole = end == std::string::npos ? 0 : end + 1;
  torn_ = text.size() - whole;
  if (torn_ > 0 && ::ftruncate(file_.number(), static_cast<off_t>(whole)) != 0)
    return cannot("cannot cut", path);
  text.resize(whole);
  size_ = whole;
  std::size_t from = 0;
  while (from < text.size()) {
    const auto line_end = text.find('\n', from);
    const auto line = std::string_view(text).substr(from, line_end - from);
    from = line_end + 1;
    const bool head = line.find(R"("kind":"head")") != line.npos;
    if (from < text.size() && !head) continue;
    // A line that was tampered with is for `verify` to name; the chain goes on from what it says of itself.
    const auto read = parse_line(line);
    if (!read) continue;
    newest_ = read->link;
    if (head) is_head(text_of(read->members, "utc"));
  }
  if (newest_.sequence == 0)
    return fail(ErrorKind::invalid,
                path + " does not end with an entry; gramsetu-audit names the place. Move the "
                       "folder away and keep it: a new chain begins");
  return {};
}

void Files::is_head(std::string at)
{
  head_ = newest_;
  head_at_ = std::move(at);
}

// Nobody else writes here. If somebody did, more would only bury it.
Result<void> Files::is_as_left() const
{
  const auto path = folder_ + "/" + name_;
  struct stat at_path {
  }, ours{};
  if (::stat(path.c_str(), &at_path) != 0) return cannot("cannot find", path);
  if (::fstat(file_.number(), &ours) != 0) return cannot("cannot look at", path);
  if (at_path.st_ino == ours.st_ino && at_path.st_dev == ours.st_dev &&
      static_cast<std::uint64_t>(ours.st_size) == size_)
    return {};
  return fail(ErrorKind::transient,
              path + " was changed by somebody else; look with gramsetu-audit, and start the hub "
                     "again");
}

// So that what failed is not there after all: it would be promised by the next line's hash.
Result<void> Files::take_back(Error error)
{
  if (::ftruncate(file_.number(), static_cast<off_t>(size_)) != 0) size_ = UINT64_MAX;
  return tl::unexpected(std::move(error));
}

Result<void> Files::append(const Sealed& entry, bool sync)
{
  const auto path = folder_ + "/" + name_;
  TRY_VOID(is_as_left());
  const auto line = entry.line + "\n";
  auto written = touch("write");
  if (written) written = write_all(file_.number(), line, path);
  if (written && sync) written = touch("sync");
  if (written && sync && ::fdatasync(file_.number()) != 0)
    written = cannot("cannot make durable", path);
  if (!written) return take_back(std::move(written.error()));
  size_ += line.size();
  newest_ = entry.link;
  return {};
}

Result<void> Files::sync_folder() const
{
  const Descriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.number()) != 0)
    return cannot("cannot make durable", folder_);
  return {};
}

Result<void> Files::begin(const std::string& name, const Sealed& first)
{
  const auto next = folder_ + "/next", path = folder_ + "/" + name;
  TRY_VOID(touch("new file"));
  Descriptor file(
      ::open(next.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return cannot("cannot make", next);
  TRY_VOID(write_all(file.number(), first.line + "\n", next));
  TRY_VOID(touch("sync new file"));
  if (::fsync(file.number()) != 0) return cannot("cannot make durable", next);
  // The old file's last lines must not be younger on disk than what follows them.
  if (file_.is_open() && ::fdatasync(file_.number()) != 0)
    return cannot("cannot make durable", folder_ + "/" + name_);
  TRY_VOID(touch("rename"));
  if (::rename(next.c_str(), path.c_str()) != 0) return cannot("cannot name", path);
  file_ = std::move(file);
  name_ = name;
  size_ = first.line.size() + 1;
  newest_ = first.link;
  TRY_VOID(touch("sync folder"));
  return sync_folder();
}

} // namespace gramsetu::audit
