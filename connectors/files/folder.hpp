// The folder of an endpoint: nothing outside it is ever opened, and no link is followed inside it.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::files {

// Paths are relative to the folder, separated by '/', without "..". A link, a device or a pipe in a
// path's place is refused, also when it takes that place between two calls.
class Folder {
public:
  // The folder itself may be reached through a link: its path is the operator's.
  static Result<Folder> open(const std::string& path);

  // A regular file, for reading.
  Result<Descriptor> open_file(const std::string& path) const;

  // The files that fit a pattern, in byte order of their paths: '*', '?' and '[...]' stand for
  // characters of one name; names that start with a dot only fit a pattern that does. Directories
  // never fit. `not_found` when there is none.
  Result<std::vector<std::string>> match(const std::string& pattern) const;

  // Writes a file that is there whole or not at all, also after a power cut: written beside, synced,
  // renamed. True when it was written; false when a file with the same bytes was there already. One
  // with other bytes is `precondition`.
  Result<bool> put(const std::string& path, std::string_view bytes) const;

  const std::string& path() const { return path_; }

private:
  Folder(std::string path, Descriptor root) : path_(std::move(path)), root_(std::move(root)) {}

  std::string path_;
  Descriptor root_;
};

} // namespace gramsetu::connectors::files
