// What a tap said, kept on disk until it has been read page by page.
#pragma once

#include "base/digest.hpp"
#include "base/scratch_file.hpp"
#include "connectors/exec/private_folder.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::exec {

// Records and bad pieces in the order they came, one a line, in a file without a name: it is gone when this
// is, or we are. Written by one, then read by several threads.
class Spool {
public:
  struct Line {
    char kind; // 'R': a record's JSON; 'B': a bad piece
    std::string text;
  };
  struct Part {
    std::vector<Line> lines;
    std::uint64_t next = 0; // where the line after them starts
    std::size_t bytes = 0;
  };

  static Result<Spool> make(const PrivateFolder& folder);

  Result<void> add(char kind, std::string_view text); // `text` without a line break
  Result<void> finish();                              // before it is read

  // Whole lines from `at`, until there are `lines` of them or about `bytes`.
  Result<Part> read(std::uint64_t at, std::size_t lines, std::size_t bytes) const;
  std::uint64_t size() const { return size_; }
  const Digest& digest() const { return digest_; } // of everything in it

private:
  explicit Spool(ScratchFile file) : file_(std::move(file)) {}
  Result<void> flush();

  ScratchFile file_;
  std::string waiting_; // not written yet
  std::uint64_t size_ = 0;
  Digest digest_{};
};

} // namespace gramsetu::connectors::exec
