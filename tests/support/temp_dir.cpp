// Makes and removes the folder of a test case.
#include "tests/support/temp_dir.hpp"

#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gramsetu::test {

namespace fs = std::filesystem;

TempDir::TempDir()
{
  std::error_code failed;
  path_ = (fs::temp_directory_path(failed) / "gramsetu-XXXXXX").string();
  check(!failed && ::mkdtemp(path_.data()) != nullptr, "a temporary folder can be made");
}

TempDir::~TempDir()
{
  if (std::getenv("GRAMSETU_KEEP_TEMP") != nullptr) {
    std::fprintf(stderr, "kept %s\n", path_.c_str());
    return;
  }
  std::error_code ignored; // what cannot be removed is the next boot's to remove
  fs::remove_all(path_, ignored);
}

std::string TempDir::file(std::string_view name) const
{
  return path_ + "/" + std::string(name);
}

std::string TempDir::write(std::string_view name, std::string_view content) const
{
  const std::string target = file(name);
  fs::create_directories(fs::path(target).parent_path());
  std::ofstream out(target, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  check(out.good(), "a test can write into its temporary folder");
  return target;
}

std::string TempDir::read(std::string_view name) const
{
  std::ifstream in(file(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace gramsetu::test
