// A folder of its own for one test case.
#pragma once

#include <string>
#include <string_view>

namespace gramsetu::test {

// Made when constructed (mode 0700), removed with all it holds when destroyed; kept, and its path
// printed, when GRAMSETU_KEEP_TEMP is set in the environment.
class TempDir {
public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const; // path() + "/" + name

  // Writes a file below the folder, with the folders on its way; gives its path.
  std::string write(std::string_view name, std::string_view content) const;
  std::string read(std::string_view name) const; // empty when it is not there

private:
  std::string path_;
};

} // namespace gramsetu::test
