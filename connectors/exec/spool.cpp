// Writing and reading a spool: a piece of the file at a time, whatever its size.
#include "connectors/exec/spool.hpp"

#include <algorithm>

namespace gramsetu::connectors::exec {

namespace {

constexpr std::size_t kPiece = 256 << 10;

} // namespace

Result<Spool> Spool::make(const PrivateFolder& folder)
{
  TRY(Descriptor file, folder.nameless());
  return Spool(ScratchFile(std::move(file)));
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
  if (auto written = file_.append(waiting_); !written)
    return within("the spool", std::move(written.error()));
  waiting_.clear();
  return {};
}

Result<Spool::Part> Spool::read(std::uint64_t at, std::size_t lines, std::size_t bytes) const
{
  Part part;
  part.next = at;
  std::string rest;
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
    const auto from = part.next + rest.size();
    if (from >= size_) return fail(ErrorKind::invalid, "this is no page of the spool");
    auto piece =
        file_.read({static_cast<std::int64_t>(from),
                    static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size_ - from))});
    if (!piece) return within("the spool", std::move(piece.error()));
    rest += *piece;
  }
  return part;
}

} // namespace gramsetu::connectors::exec
