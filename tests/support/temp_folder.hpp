// Where temporary files are made, for as long as this lives.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace gramsetu::test {

// The folder need not be there.
class TempFolder {
public:
  explicit TempFolder(const std::string& path) : before_(std::filesystem::temp_directory_path())
  {
    ::setenv("TMPDIR", path.c_str(), 1);
  }
  ~TempFolder() { ::setenv("TMPDIR", before_.c_str(), 1); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

private:
  const std::string before_;
};

} // namespace gramsetu::test
