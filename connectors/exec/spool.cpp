// Writing and reading a spool: a piece of the file at a time, whatever its size.
#include "connectors/exec/spool.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace gramsetu::connectors::exec {

namespace {

constexpr std::size_t kPiece = 256 << 10;

tl::unexpected<Error> failed(const char* what)
{
  return fail(ErrorKind::transient, fmt::format("the spool {}: {}", what, std::strerror(errno)));
}

} // namespace

Result<Spool> Spool::make(const PrivateFolder& folder)
{
  TRY(Descriptor file, folder.nameless());
  return Spool(std::move(file));
}

Result<void> Spool::add(char kind, std::string_view text)
{
  waiting_.push_back(kind);
  waiting_.append(text).push_back('\n');
  size_ += text.size() + 2;
  std::string chained(as_bytes(digest_));
  chained.push_back(kind);
  digest_ = sha256(chained.append(text));
  return waiting_.size() < kPiece ? Result<void>{} : flush();
}

Result<void> Spool::finish()
{
  return flush();
}

Result<void> Spool::flush()
{
  std::string_view rest = waiting_;
  while (!rest.empty()) {
    const ssize_t count = ::write(file_.number(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("cannot be written");
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  waiting_.clear();
  return {};
}

Result<Spool::Part> Spool::read(std::uint64_t at, std::size_t lines, std::size_t bytes) const
{
  Part part;
  part.next = at;
  std::string piece, rest;
  while (part.next < size_ && part.lines.size() < lines && part.bytes < bytes) {
    const auto end = rest.find('\n');
    if (end != std::string::npos) {
      if (end == 0) return fail(ErrorKind::invalid, "this is no page of the spool");
      part.lines.push_back({rest.front(), rest.substr(1, end - 1)});
      part.next += end + 1;
      part.bytes += end + 1;
      rest.erase(0, end + 1);
      continue;
    }
    piece.resize(kPiece);
    const auto from = static_cast<off_t>(part.next + rest.size());
    const ssize_t count = ::pread(file_.number(), piece.data(), piece.size(), from);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return failed("cannot be read");
    rest.append(piece, 0, static_cast<std::size_t>(count));
  }
  return part;
}

} // namespace gramsetu::connectors::exec
