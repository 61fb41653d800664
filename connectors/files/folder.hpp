// The folder of an endpoint, wherever it lies: what is asked of it by everything above.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::files {

// A file as a listing shows it.
struct FileEntry {
  std::string path;
  std::string identity; // another file in its place, or the same one written to, has another
};

// A file that can be read from any place of it, as it was when it was opened.
struct OpenFile {
  Descriptor file;
  std::string identity; // as a listing of that moment would show it
};

enum class Put {
  written,
  was_there, // a file with the same bytes
  uncertain, // the line broke while it got its name: it may be there
};

// Paths are relative to the folder, separated by '/', without ".."; nothing outside it is ever opened, and
// no link is followed inside it. One thread at a time.
class Folder {
public:
  virtual ~Folder() = default;

  // The files that fit a pattern, in byte order of their paths: '*', '?' and '[...]' stand for
  // characters of one name; names that start with a dot only fit a pattern that does, and what is still
  // being sent (".part" and its like) fits only its own name. Directories never fit. `not_found` when there is none.
  Result<std::vector<FileEntry>> match(const std::string& pattern, std::stop_token stop);

  // The file that a path names, whatever characters are in it. `not_found` when it is none.
  virtual Result<FileEntry> find(const std::string& path, std::stop_token stop) = 0;

  // A regular file, for reading.
  virtual Result<OpenFile> open_file(const std::string& path, std::stop_token stop) = 0;

  // Writes a file that is there whole or not at all: written beside, synced, renamed. A file with other
  // bytes in its place is `precondition`; after any error nothing is there that was not before.
  virtual Result<Put> put(const std::string& path, std::string_view bytes,
                          std::stop_token stop) = 0;

  // Gives a file another path, never over a file that is there: that is `precondition`.
  virtual Result<void> move(const std::string& from, const std::string& to,
                            std::stop_token stop) = 0;

  virtual Result<void> remove(const std::string& path, std::stop_token stop) = 0;

  // For people: "the folder '/srv/drop'".
  virtual std::string name() const = 0;

protected:
  // What a directory holds.
  struct Listed {
    std::string name;
    bool is_folder = false;
    std::string identity; // of what is no folder
  };
  // The entries of a directory whose names fit. A name without pattern characters need not be listed.
  virtual Result<std::vector<Listed>> list(const std::string& folder, const std::string& names,
                                           std::stop_token stop) = 0;

private:
  struct Walk;
};

// A new handle on an endpoint's folder: it may be mounted, replaced or gone at any time.
using OpenFolder = std::function<Result<std::unique_ptr<Folder>>(std::stop_token)>;

// More would not be a drop folder any more, and their names must fit into memory.
inline constexpr std::size_t kMostFiles = 100'000;

// For implementations. The parts of a path; `invalid` for one that is none inside the folder.
Result<std::vector<std::string>> parts_of(const std::string& path);
bool is_pattern(const std::string& name);
bool fits(const std::string& name, const std::string& pattern);

} // namespace gramsetu::connectors::files
