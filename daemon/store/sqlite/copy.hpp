// One copy of a database that is in use, page by page.
#pragma once

#include "daemon/store/sqlite/connection.hpp"

#include <map>
#include <string>

struct sqlite3_backup;

namespace gramsetu::store {

// begin, step until there is no more, end: while nobody else uses the source. Then keep, or the file goes.
// Errors are those of the copy: a full disk there is not the store's trouble.
class Copy {
public:
  explicit Copy(std::string path) : path_(std::move(path)) {}
  ~Copy();
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  Result<bool> begin(Connection& source); // is there more?
  Result<bool> step();
  Result<bool> end();
  // Makes it one file, with these facts besides.
  Result<void> keep(const std::map<std::string, std::string>& facts);

private:
  Error failed(int code) const;

  std::string path_;
  sqlite3* target_ = nullptr;
  sqlite3_backup* backup_ = nullptr;
  bool kept_ = false;
};

} // namespace gramsetu::store
