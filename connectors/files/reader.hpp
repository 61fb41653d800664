// One file as a sequence of records.
#pragma once

#include "connectors/files/folder.hpp"
#include "connectors/files/source.hpp"
#include "connectors/files/words.hpp"
#include "connectors/formats/reader.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace gramsetu::connectors::files {

using formats::Item;

// Reads one file from front to back. Memory is bounded by the row limit, whatever the file holds; of a
// workbook its shared texts are held as well, and a JSON document is held whole.
class Reader {
public:
  // Reads the header where there is one. A table without one is `invalid`: an export that failed must
  // not look like a register without records. `path` is what messages call the file; it is read from
  // its front, whoever read it before.
  static Result<std::unique_ptr<Reader>> open(const OpenFile& file, const std::string& path,
                                              const PullWords& words,
                                              const SourceLimits& limits = {});
  ~Reader();

  // The next record or bad piece; nothing at the end of the file.
  Result<std::optional<Item>> next();

  // Where it stands; a fresh reader of the same file can be taken there.
  std::uint64_t offset() const;
  Result<void> skip_to(std::uint64_t offset);
  const std::vector<std::string>& columns() const; // of tables
  // The file has not been written to since it was opened here.
  Result<void> check_unchanged() const;

private:
  struct Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::connectors::files
