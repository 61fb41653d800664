// Texts go into a file without a name, and come back.
#include "base/scratch_file.hpp"

#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace gramsetu;

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
    const test::SmallDisk small(5);
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
  {
    const test::TempFolder folder(dir.path());
    const auto file = ScratchFile::make();
    CHECK(file);
    CHECK(std::filesystem::is_empty(dir.path()));
  }
  const test::TempFolder folder(dir.path() + "/nowhere");
  const auto none = ScratchFile::make();
  REQUIRE_FALSE(none);
  CHECK(none.error().what.find("no folder for temporary files (TMPDIR") == 0);
}
