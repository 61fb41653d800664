// A file's bytes, read as records.
#include "connectors/files/reader.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::files {

struct Reader::Impl {
  std::string path;
  const Source& source; // owned by `records`
  std::unique_ptr<formats::Reader> records;
};

Result<std::unique_ptr<Reader>> Reader::open(const Folder& folder, const std::string& path,
                                             const PullWords& words, const SourceLimits& limits)
{
  TRY(Descriptor file, folder.open_file(path));
  SourceLimits own = limits;
  own.gzip_promised = path.ends_with(".gz");
  auto source = Source::open(std::move(file), own);
  if (!source) return within(fmt::format("'{}'", path), source.error());
  const Source& kept = **source;
  auto records = formats::Reader::open(std::move(*source), words.format, path);
  if (!records) return within(fmt::format("'{}'", path), records.error());
  return std::unique_ptr<Reader>(
      new Reader(std::make_unique<Impl>(Impl{path, kept, std::move(*records)})));
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
  if (auto same = impl_->source.check_unchanged(); !same)
    return within(fmt::format("'{}'", impl_->path), same.error());
  return {};
}

} // namespace gramsetu::connectors::files
