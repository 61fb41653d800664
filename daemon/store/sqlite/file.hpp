// The store's file and the lock beside it, as the operating system sees them.
#pragma once

#include "base/result.hpp"

#include <string>

namespace gramsetu::store {

// An advisory lock on `<path>.lock`, held until destroyed or until the process ends, however it ends. The
// file holds the number of the process. It is a file of its own because SQLite's own locks vanish when
// anyone in the process closes the database file.
class FileLock {
public:
  FileLock() = default;
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  // `invalid`, naming the holder, when another one has it.
  static Result<FileLock> take(const std::string& path);

private:
  int descriptor_ = -1;
};

// Makes the database file, empty and for its owner alone, unless it is there. Never opens it.
Result<void> make_file(const std::string& path);

// Makes a file that must not be there yet, likewise. `transient` when it cannot be made.
Result<void> make_new_file(const std::string& path);

// Makes the names in the file's folder durable. SQLite ignores a failure of this; we do not.
Result<void> sync_folder_of(const std::string& path);

} // namespace gramsetu::store
