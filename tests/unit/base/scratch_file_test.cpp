// Texts go into a file without a name, and come back.
#include "base/scratch_file.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

using namespace gramsetu;

namespace {

// A file of this process may be so large, and no larger.
class FileLimit {
public:
  explicit FileLimit(rlim_t bytes)
  {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    was_ = std::signal(SIGXFSZ, SIG_IGN); // an error, and no death
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileLimit()
  {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, was_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

private:
  rlimit before_{};
  void (*was_)(int) = nullptr;
};

} // namespace

TEST_CASE("what was appended is read again, in any order")
{
  auto file = ScratchFile::make();
  REQUIRE(file);
  const auto first = file->append("one"), empty = file->append(""), last = file->append("three");
  REQUIRE((first && empty && last));
  CHECK(file->size() == 8);
  CHECK(file->read(*last).value() == "three");
  CHECK(file->read(*first).value() == "one");
  CHECK(file->read(*empty).value().empty());
  CHECK_FALSE(file->read({6, 3})); // further than anything was written
}

TEST_CASE("a disk without room is an error, and what is in the file stays readable")
{
  auto file = ScratchFile::make();
  REQUIRE(file);
  const auto first = file->append("one");
  {
    const FileLimit limit(5);
    const auto full = file->append("three");
    REQUIRE_FALSE(full);
    CHECK(full.error().kind == ErrorKind::transient);
    CHECK(full.error().what.find("cannot write a temporary file: ") == 0);
    CHECK(file->read(*first).value() == "one");
  }
  const auto again = file->append("three");
  REQUIRE(again);
  CHECK(file->size() == 8);
  CHECK(file->read(*again).value() == "three");
}

TEST_CASE("nothing in its folder has its name, and without a folder the error says so")
{
  const test::TempDir dir;
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", dir.path().c_str(), 1);
  const auto file = ScratchFile::make();
  CHECK(file);
  CHECK(std::filesystem::is_empty(dir.path()));
  ::setenv("TMPDIR", "/nowhere/at/all", 1);
  const auto none = ScratchFile::make();
  if (before == nullptr)
    ::unsetenv("TMPDIR");
  else
    ::setenv("TMPDIR", kept.c_str(), 1);
  REQUIRE_FALSE(none);
  CHECK(none.error().what.find("no folder for temporary files (TMPDIR") == 0);
}
