// Reading a file, and inflating it when it is gzip.
#include "connectors/files/source.hpp"

#include <fmt/format.h>

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gramsetu::connectors::files {

struct Source::Impl {
  Descriptor file;
  SourceLimits limits;
  bool gzip = false;
  bool inside = false; // a gzip member has begun and not ended
  bool ended = false;  // of the file
  z_stream inflater{};
  std::array<unsigned char, 1 << 16> input{};
  std::uint64_t taken = 0, given = 0; // bytes, compressed and not

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl()
  {
    if (gzip) ::inflateEnd(&inflater);
  }

  Result<std::size_t> read_file(void* to, std::size_t size)
  {
    while (true) {
      const ssize_t got = ::read(file.number(), to, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR)
        return fail(ErrorKind::transient, fmt::format("reading: {}", std::strerror(errno)));
    }
  }

  Result<void> refill()
  {
    TRY(const std::size_t got, read_file(input.data(), input.size()));
    inflater.next_in = input.data();
    inflater.avail_in = static_cast<unsigned>(got);
    taken += got;
    ended = got == 0;
    return {};
  }

  Result<void> check_limits() const
  {
    if (given > limits.bytes)
      return fail(ErrorKind::invalid, fmt::format("more than {} bytes", limits.bytes));
    if (gzip && given > limits.ratio_from && given / limits.ratio > taken)
      return fail(ErrorKind::invalid,
                  fmt::format("gzip: unpacks to more than {} times its size", limits.ratio));
    return {};
  }

  // One step of inflating; true while there may be more.
  Result<bool> step()
  {
    if (inflater.avail_in == 0 && !ended) TRY_VOID(refill());
    if (inflater.avail_in == 0 && ended) {
      if (inside) return fail(ErrorKind::invalid, "gzip: the file ends too early");
      return false;
    }
    if (!inside) { // a further member: gzip files may simply be joined
      if (::inflateReset(&inflater) != Z_OK) return fail(ErrorKind::invalid, "gzip: cannot go on");
      inside = true;
    }
    const int outcome = ::inflate(&inflater, Z_NO_FLUSH);
    if (outcome == Z_STREAM_END)
      inside = false;
    else if (outcome != Z_OK && outcome != Z_BUF_ERROR)
      return fail(ErrorKind::invalid, fmt::format("gzip: the file is damaged ({})",
                                                  inflater.msg ? inflater.msg : "no reason given"));
    return true;
  }

  Result<std::size_t> inflate_into(std::span<char> to)
  {
    inflater.next_out = reinterpret_cast<unsigned char*>(to.data());
    inflater.avail_out = static_cast<unsigned>(to.size());
    while (inflater.avail_out > 0) {
      TRY(const bool more, step());
      if (!more) break;
      // A bomb must not get further than one buffer beyond its limit.
      if (inflater.avail_out == 0) break;
    }
    return to.size() - inflater.avail_out;
  }
};

std::string identity_of(const struct stat& info)
{
  return fmt::format("{}.{}.{}.{}.{}", info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec,
                     info.st_mtim.tv_nsec);
}

Result<std::unique_ptr<Source>> Source::open(Descriptor file, const SourceLimits& limits)
{
  auto impl = std::make_unique<Impl>();
  impl->file = std::move(file);
  impl->limits = limits;
  std::array<unsigned char, 2> magic{};
  const ssize_t got = ::pread(impl->file.number(), magic.data(), magic.size(), 0);
  if (got == 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
    if (::inflateInit2(&impl->inflater, 16 + MAX_WBITS) != Z_OK)
      return fail(ErrorKind::transient, "gzip: no memory to unpack");
    impl->gzip = true;
  } else if (limits.gzip_promised) {
    return fail(ErrorKind::invalid, "the name says gzip, the content is something else");
  }
  return std::unique_ptr<Source>(new Source(std::move(impl)));
}

Source::Source(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Source::~Source() = default;

Result<std::size_t> Source::read(std::span<char> to)
{
  std::size_t size = 0;
  if (impl_->gzip) {
    TRY(size, impl_->inflate_into(to));
  } else {
    TRY(size, impl_->read_file(to.data(), to.size()));
    impl_->taken += size;
  }
  impl_->given += size;
  TRY_VOID(impl_->check_limits());
  return size;
}

} // namespace gramsetu::connectors::files
