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

// Reads one file from front to back. Memory is bounded by the row limit, whatever the file holds.
class Reader {
public:
  // Opens the file and reads its header. A CSV file without one is `invalid`: an export that failed
  // must not look like a register without records.
  static Result<std::unique_ptr<Reader>> open(const Folder& folder, const std::string& path,
                                              const PullWords& words,
                                              const SourceLimits& limits = {});
  ~Reader();

  // The next record or bad piece; nothing at the end of the file.
  Result<std::optional<Item>> next();

  // Where it stands, in decoded bytes; a fresh reader can be taken there.
  std::uint64_t offset() const;
  Result<void> skip_to(std::uint64_t offset);
  const std::vector<std::string>& columns() const; // empty for NDJSON
  // See Source.
  Result<void> check_unchanged() const;

private:
  struct Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::connectors::files
