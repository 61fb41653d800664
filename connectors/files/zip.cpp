// Zip through libzip, with bounds on what comes out.
#include "connectors/files/zip.hpp"

#include <fmt/format.h>

#include <zip.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>

namespace gramsetu::connectors::files {

namespace {

constexpr zip_int64_t kMostEntries = 10'000;

struct Close {
  void operator()(zip_t* archive) const { ::zip_discard(archive); }
  void operator()(zip_file_t* entry) const { ::zip_fclose(entry); }
};

tl::unexpected<Error> damaged(const std::string& why)
{
  return fail(ErrorKind::invalid, "zip: " + why);
}

bool leads_elsewhere(const std::string& name)
{
  return name.empty() || name.front() == '/' || name.find("..") != std::string::npos ||
         name.find('\\') != std::string::npos || name.find(':') != std::string::npos;
}

// What has come out of one file, over all of its entries.
struct Taken {
  SourceLimits limits;
  std::uint64_t packed = 0, given = 0;
};

class Entry final : public formats::Bytes {
public:
  Entry(zip_file_t* file, Taken& taken) : file_(file), taken_(taken) {}

  Result<std::size_t> read(std::span<char> to) override
  {
    const zip_int64_t got = ::zip_fread(file_.get(), to.data(), to.size());
    if (got < 0) return damaged(::zip_error_strerror(::zip_file_get_error(file_.get())));
    taken_.given += static_cast<std::uint64_t>(got);
    const SourceLimits& limits = taken_.limits;
    if (taken_.given > limits.bytes)
      return damaged(fmt::format("unpacks to more than {} bytes", limits.bytes));
    if (taken_.given > limits.ratio_from && taken_.given / limits.ratio > taken_.packed)
      return damaged(fmt::format("unpacks to more than {} times its size", limits.ratio));
    return static_cast<std::size_t>(got);
  }

private:
  std::unique_ptr<zip_file_t, Close> file_;
  Taken& taken_;
};

} // namespace

struct Zip::Impl {
  std::unique_ptr<zip_t, Close> archive;
  Taken taken;

  Result<void> check_entries()
  {
    const zip_int64_t count = ::zip_get_num_entries(archive.get(), 0);
    if (count > kMostEntries) return damaged(fmt::format("more than {} entries", kMostEntries));
    std::set<std::string> names;
    for (zip_int64_t i = 0; i < count; ++i) {
      zip_stat_t info{};
      if (::zip_stat_index(archive.get(), static_cast<zip_uint64_t>(i), 0, &info) != 0)
        return damaged(::zip_strerror(archive.get()));
      const std::string name = info.name;
      if (leads_elsewhere(name)) return damaged("an entry's name leads elsewhere");
      if (!names.insert(name).second) return damaged("two entries of one name");
      if ((info.valid & ZIP_STAT_ENCRYPTION_METHOD) && info.encryption_method != ZIP_EM_NONE)
        return damaged("it is encrypted");
      taken.packed += info.comp_size;
    }
    return {};
  }
};

Result<std::unique_ptr<Zip>> Zip::open(const Descriptor& file, const SourceLimits& limits)
{
  const int copy = ::fcntl(file.number(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return fail(ErrorKind::transient, std::strerror(errno));
  ::lseek(copy, 0, SEEK_SET);
  int code = 0;
  auto impl = std::make_unique<Impl>();
  impl->archive.reset(::zip_fdopen(copy, ZIP_CHECKCONS, &code)); // takes the copy along
  if (!impl->archive) {
    ::close(copy);
    zip_error_t error;
    ::zip_error_init_with_code(&error, code);
    const std::string why = ::zip_error_strerror(&error);
    ::zip_error_fini(&error);
    return damaged(why);
  }
  impl->taken.limits = limits;
  TRY_VOID(impl->check_entries());
  return std::unique_ptr<Zip>(new Zip(std::move(impl)));
}

Zip::Zip(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Zip::~Zip() = default;

bool Zip::has(const std::string& name) const
{
  return ::zip_name_locate(impl_->archive.get(), name.c_str(), 0) >= 0;
}

Result<std::unique_ptr<formats::Bytes>> Zip::entry(const std::string& name)
{
  zip_file_t* file = ::zip_fopen(impl_->archive.get(), name.c_str(), 0);
  if (!file) return damaged(fmt::format("'{}': {}", name, ::zip_strerror(impl_->archive.get())));
  return std::unique_ptr<formats::Bytes>(std::make_unique<Entry>(file, impl_->taken));
}

} // namespace gramsetu::connectors::files
