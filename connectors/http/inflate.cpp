// zlib's inflater, and what it must have come to.
#include "connectors/http/inflate.hpp"

#include <zlib.h>

#include <array>

namespace gramsetu::connectors::http {

struct Inflater::Impl {
  z_stream stream{};
  bool ended = false;
  std::array<char, 1 << 14> piece{};

  // 16: with the header and the checksum of gzip.
  Impl() { ::inflateInit2(&stream, MAX_WBITS + 16); }
  ~Impl() { ::inflateEnd(&stream); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
};

Inflater::Inflater() : impl_(std::make_unique<Impl>()) {}

Inflater::~Inflater() = default;

bool Inflater::ended() const
{
  return impl_->ended;
}

std::string Inflater::inflate(std::string_view bytes,
                              const std::function<bool(std::string_view)>& take)
{
  z_stream& stream = impl_->stream;
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<unsigned>(bytes.size());
  while (stream.avail_in > 0) {
    if (impl_->ended) {
      // Another member, or something that does not belong to it, which inflate will not take.
      ::inflateReset(&stream);
      impl_->ended = false;
    }
    do {
      stream.next_out = reinterpret_cast<unsigned char*>(impl_->piece.data());
      stream.avail_out = static_cast<unsigned>(impl_->piece.size());
      const int code = ::inflate(&stream, Z_NO_FLUSH);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        return "its compressed body is damaged";
      const std::size_t got = impl_->piece.size() - stream.avail_out;
      if (got > 0 && !take({impl_->piece.data(), got})) return "its compressed body is too large";
      impl_->ended = code == Z_STREAM_END;
    } while (stream.avail_out == 0 && !impl_->ended);
  }
  return {};
}

} // namespace gramsetu::connectors::http
