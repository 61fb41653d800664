// A file without a name, for texts that memory is too small for and that nobody needs after this process.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gramsetu {

// It lies in the folder for temporary files (`TMPDIR`, or /tmp), and is gone when it is closed or the process ends,
// however that ends. Nothing of it is ever synced. Errors are `transient`: what is in it can still be read.
class ScratchFile {
public:
  struct Place {
    std::int64_t offset = 0;
    std::size_t size = 0;
  };

  static Result<ScratchFile> make();
  // Over one that is empty, from elsewhere.
  explicit ScratchFile(Descriptor file) : file_(std::move(file)) {}

  // One thread at a time.
  Result<Place> append(std::string_view text);
  std::int64_t size() const { return size_; }

  // What was appended there. Any thread, also while another one appends.
  Result<std::string> read(const Place& place) const;

private:
  Descriptor file_;
  std::int64_t size_ = 0;
};

} // namespace gramsetu
