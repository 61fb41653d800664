// The endpoint's folder: what may be opened, what is listed, how a file appears.
#include <doctest/doctest.h>

#include "connectors/files/local_folder.hpp"
#include "connectors/files/paths.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <sys/stat.h>

using namespace gramsetu;
using namespace gramsetu::connectors::files;
using gramsetu::test::TempDir;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> paths(Folder& folder, const std::string& pattern)
{
  std::vector<std::string> all;
  const auto found = folder.match(pattern, {});
  for (const auto& entry : found ? *found : std::vector<FileEntry>())
    all.push_back(entry.path);
  return all;
}

} // namespace

TEST_CASE("no path leads out of the folder")
{
  const TempDir outside, dir;
  outside.write("secret.csv", "x");
  dir.write("sub/inner.csv", "x");
  fs::create_symlink(outside.path(), dir.file("link"));
  fs::create_symlink(outside.file("secret.csv"), dir.file("link.csv"));
  fs::create_symlink("sub/inner.csv", dir.file("near.csv"));
  auto folder = LocalFolder::open(dir.path());
  REQUIRE(folder);
  CHECK((*folder)->open_file("sub/inner.csv", {}));
  for (const char* path : {"link.csv", "link/secret.csv", "near.csv", "../x", "/etc/passwd",
                           "sub/../sub/inner.csv", "", "sub//inner.csv", "./sub/inner.csv"}) {
    CAPTURE(path);
    const auto file = (*folder)->open_file(path, {});
    REQUIRE_FALSE(file);
    CHECK(file.error().kind == ErrorKind::invalid);
  }
}

TEST_CASE("only regular files are read")
{
  const TempDir dir;
  REQUIRE(::mkfifo(dir.file("pipe.csv").c_str(), 0600) == 0);
  fs::create_directory(dir.file("folder.csv"));
  auto folder = LocalFolder::open(dir.path());
  REQUIRE(folder);
  CHECK((*folder)->open_file("pipe.csv", {}).error().kind == ErrorKind::invalid);
  CHECK((*folder)->open_file("folder.csv", {}).error().kind == ErrorKind::invalid);
  CHECK((*folder)->open_file("none.csv", {}).error().kind == ErrorKind::not_found);
}

TEST_CASE("a pattern gives the files of a folder in name order")
{
  const TempDir dir;
  for (const char* name : {"b.csv", "a.csv", "a.txt", ".hidden.csv", "2026/x.csv", "2025/x.csv"})
    dir.write(name, "x");
  fs::create_directory(dir.file("c.csv"));
  auto folder = LocalFolder::open(dir.path());
  REQUIRE(folder);
  using Names = std::vector<std::string>;
  CHECK(paths(**folder, "*.csv") == Names{"a.csv", "b.csv"});
  CHECK(paths(**folder, "202[0-9]/*.csv") == Names{"2025/x.csv", "2026/x.csv"});
  CHECK(paths(**folder, "a.txt") == Names{"a.txt"});
  CHECK((*folder)->match("*.json", {}).error().kind == ErrorKind::not_found);
  CHECK((*folder)->match("none/*.csv", {}).error().kind == ErrorKind::not_found);
}

TEST_CASE("a folder that is not there is an error with its path")
{
  const auto folder = LocalFolder::open("/nowhere/at/all");
  REQUIRE_FALSE(folder);
  CHECK(folder.error().kind == ErrorKind::not_found);
  CHECK(folder.error().what.find("/nowhere/at/all") != std::string::npos);
}

TEST_CASE("a file is written whole, once, and never over another")
{
  const TempDir dir;
  auto folder = LocalFolder::open(dir.path());
  REQUIRE(folder);
  dir.write("out/.a.ndjson.part", "left behind by a crash");
  CHECK(*(*folder)->put("out/a.ndjson", "one\n", {}) == Put::written);
  CHECK(dir.read("out/a.ndjson") == "one\n");
  CHECK_FALSE(fs::exists(dir.file("out/.a.ndjson.part")));
  CHECK(*(*folder)->put("out/a.ndjson", "one\n", {}) == Put::was_there);
  CHECK((*folder)->put("out/a.ndjson", "two\n", {}).error().kind == ErrorKind::precondition);
  CHECK(dir.read("out/a.ndjson") == "one\n");

  const TempDir outside;
  fs::create_symlink(outside.path(), dir.file("away"));
  CHECK_FALSE((*folder)->put("away/a.ndjson", "x", {}));
  CHECK(fs::is_empty(outside.path()));
}

TEST_CASE("a file moves to another name, and never over another")
{
  const TempDir dir, outside;
  auto folder = LocalFolder::open(dir.path());
  REQUIRE(folder);
  dir.write("a.csv", "one");
  dir.write("taken/b.csv", "two");
  const auto before = (*folder)->find("a.csv", {});
  REQUIRE(before);
  CHECK((*folder)->move("a.csv", "taken/b.csv", {}).error().kind == ErrorKind::precondition);
  CHECK(dir.read("a.csv") == "one");
  CHECK(dir.read("taken/b.csv") == "two");
  REQUIRE((*folder)->move("a.csv", "taken/2026/a.csv", {}));
  CHECK((*folder)->find("taken/2026/a.csv", {})->identity == before->identity);
  CHECK((*folder)->find("a.csv", {}).error().kind == ErrorKind::not_found);
  CHECK((*folder)->move("a.csv", "c.csv", {}).error().kind == ErrorKind::not_found);
  fs::create_symlink(outside.path(), dir.file("away"));
  CHECK_FALSE((*folder)->move("taken/b.csv", "away/b.csv", {}));
  CHECK_FALSE((*folder)->move("taken/b.csv", "../b.csv", {}));
  CHECK(fs::is_empty(outside.path()));
}

TEST_CASE("what is still being sent fits no pattern")
{
  const TempDir dir;
  for (const char* name :
       {"a.csv", "b.csv.part", "c.csv.filepart", "d.csv.tmp", "e.csv~", ".f.csv"})
    dir.write(name, "x");
  dir.write("odd[1].csv", "x");
  auto folder = LocalFolder::open(dir.path());
  REQUIRE(folder);
  using Names = std::vector<std::string>;
  CHECK(paths(**folder, "*") == Names{"a.csv", "odd[1].csv"});
  CHECK(paths(**folder, "d.csv.tmp") == Names{"d.csv.tmp"}); // asked for by its name
  CHECK((*folder)->find("odd[1].csv", {}));
}

TEST_CASE("the places of a path take only what stays in its place")
{
  CHECK(*fill_path("v-{slice.body}-{key}.csv", {{"slice.body", "245101"}, {"key", "ab"}}) ==
        "v-245101-ab.csv");
  for (const char* value : {"", "..", ".x", "a/b", "a*", "a\n", "[a]", "{b}"})
    CHECK_FALSE(fill_path("{a}", {{"a", value}}));
  CHECK_FALSE(fill_path("{b}", {{"a", "1"}}));
  CHECK_FALSE(fill_path("{a", {{"a", "1"}}));
}
