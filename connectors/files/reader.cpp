// A file's bytes, read as records.
#include "connectors/files/reader.hpp"

#include "connectors/files/xlsx.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace gramsetu::connectors::files {

namespace {

Result<Descriptor> from_the_front(const Descriptor& file)
{
  Descriptor copy(::fcntl(file.number(), F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open() || ::lseek(copy.number(), 0, SEEK_SET) != 0)
    return fail(ErrorKind::transient, fmt::format("reading: {}", std::strerror(errno)));
  return copy;
}

Result<std::string> identity_now(const Descriptor& file)
{
  struct stat info {};
  if (::fstat(file.number(), &info) != 0)
    return fail(ErrorKind::transient, fmt::format("looking at the file: {}", std::strerror(errno)));
  return identity_of(info);
}

Result<std::unique_ptr<formats::Reader>> records_of(Descriptor file, const std::string& path,
                                                    const PullWords& words, SourceLimits limits)
{
  if (words.format.format == Format::xlsx) {
    TRY(auto table, open_sheet(file, words.format.sheet, limits));
    return formats::read_table(std::move(table), words.format, path);
  }
  limits.gzip_promised = path.ends_with(".gz");
  TRY(auto source, Source::open(std::move(file), limits));
  return formats::Reader::open(std::move(source), words.format, path);
}

} // namespace

struct Reader::Impl {
  std::string path;
  Descriptor file;
  std::string identity;
  std::unique_ptr<formats::Reader> records;
};

Result<std::unique_ptr<Reader>> Reader::open(const OpenFile& file, const std::string& path,
                                             const PullWords& words, const SourceLimits& limits)
{
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  TRY(impl->file, from_the_front(file.file));
  TRY(impl->identity, identity_now(impl->file));
  TRY(Descriptor copy, from_the_front(file.file));
  auto records = records_of(std::move(copy), path, words, limits);
  if (!records) return within(fmt::format("'{}'", path), records.error());
  impl->records = std::move(*records);
  return std::unique_ptr<Reader>(new Reader(std::move(impl)));
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Reader::~Reader() = default;

Result<std::optional<Item>> Reader::next()
{
  auto item = impl_->records->next();
  if (!item) return within(fmt::format("'{}'", impl_->path), item.error());
  return item;
}

std::uint64_t Reader::offset() const
{
  return impl_->records->offset();
}

Result<void> Reader::skip_to(std::uint64_t offset)
{
  return impl_->records->skip_to(offset);
}

const std::vector<std::string>& Reader::columns() const
{
  return impl_->records->columns();
}

Result<void> Reader::check_unchanged() const
{
  TRY(const std::string now, identity_now(impl_->file));
  if (now != impl_->identity)
    return fail(ErrorKind::precondition,
                fmt::format("'{}': the file was written to while it was read", impl_->path));
  return {};
}

} // namespace gramsetu::connectors::files
