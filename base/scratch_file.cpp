// Not every file system can make a file that never had a name: there it loses it at once.
#include "base/scratch_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace gramsetu {

namespace {

tl::unexpected<Error> failed(const std::string& what)
{
  return fail(ErrorKind::transient, fmt::format("{}: {}", what, std::strerror(errno)));
}

Descriptor open_in(const std::string& folder)
{
  Descriptor nameless(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (nameless.is_open()) return nameless;
  std::string name = folder + "/gramsetu-XXXXXX";
  Descriptor named(::mkostemp(name.data(), O_CLOEXEC));
  if (named.is_open()) ::unlink(name.c_str());
  return named;
}

} // namespace

Result<ScratchFile> ScratchFile::make()
{
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error).string();
  if (error)
    return fail(ErrorKind::transient,
                "no folder for temporary files (TMPDIR, or else /tmp): " + error.message());
  auto file = open_in(folder);
  if (!file.is_open()) return failed("cannot make a temporary file in '" + folder + "'");
  return ScratchFile(std::move(file));
}

Result<ScratchFile::Place> ScratchFile::append(std::string_view text)
{
  const Place place{size_, text.size()};
  auto at = size_;
  while (!text.empty()) {
    const auto written = ::pwrite(file_.number(), text.data(), text.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("cannot write a temporary file");
    text.remove_prefix(static_cast<std::size_t>(written));
    at += written;
  }
  size_ = at;
  return place;
}

Result<std::string> ScratchFile::read(const Place& place) const
{
  std::string text(place.size, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const auto offset = place.offset + static_cast<std::int64_t>(done);
    const auto got = ::pread(file_.number(), text.data() + done, text.size() - done, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot read a temporary file");
    if (got == 0) return fail(ErrorKind::transient, "a temporary file is shorter than it was");
    done += static_cast<std::size_t>(got);
  }
  return text;
}

} // namespace gramsetu
