// The bytes of one file, decompressed on the way when it is gzip.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "connectors/formats/bytes.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <sys/stat.h>

namespace gramsetu::connectors::files {

struct SourceLimits {
  // Decompressed. What a district's file can hold is far below; a bomb is far above.
  std::uint64_t bytes = 8ull << 30;
  // Decompressed to compressed. Wide registers of blank cells reach 50; deflate itself ends at 1032.
  std::uint64_t ratio = 200;
  std::uint64_t ratio_from = 16ull << 20; // below so many bytes no ratio is looked at
  bool gzip_promised = false;             // by the file's name: anything else is refused
};

// Which bytes a path led to: another file, or the same one written to, has another identity.
std::string identity_of(const struct stat& info);

// One reader, one thread at a time.
class Source final : public formats::Bytes {
public:
  // Takes the file as it is now. gzip is known by its first bytes, whatever the file is called.
  static Result<std::unique_ptr<Source>> open(Descriptor file, const SourceLimits& limits = {});
  ~Source() override;

  // Fills `to` as far as it can; 0 is the end. A gzip file that ends early, carries a wrong checksum
  // or trailing bytes, or grows beyond the limits is `invalid`.
  Result<std::size_t> read(std::span<char> to) override;

private:
  struct Impl;
  explicit Source(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::connectors::files
