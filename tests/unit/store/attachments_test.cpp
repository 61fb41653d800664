// Documents in their folder.
#include "daemon/store/attachments.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace gramsetu;
namespace fs = std::filesystem;

namespace {

struct Scene {
  test::TempDir folder;
  store::Attachments all{folder.file("kept")};

  std::string path(const std::string& bytes) const
  {
    return folder.file("kept/" + to_hex(sha256(bytes)));
  }
};

} // namespace

TEST_CASE("a document is kept once under its digest, for nobody else to read")
{
  Scene scene;
  for (int i = 0; i < 2; ++i)
    REQUIRE(scene.all.keep(sha256("%PDF"), "%PDF"));
  REQUIRE(scene.all.keep(sha256(""), ""));
  CHECK(std::distance(fs::directory_iterator(scene.folder.file("kept")), {}) == 2);
  CHECK(fs::status(scene.path("%PDF")).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(scene.all.read(sha256("%PDF")).value() == "%PDF");
  CHECK_FALSE(scene.all.read(sha256("another")).value());
}

TEST_CASE("what is not what its name says is not handed out, and is mended when it comes again")
{
  Scene scene;
  REQUIRE(scene.all.keep(sha256("whole"), "whole"));
  scene.folder.write("kept/" + to_hex(sha256("whole")), "who");
  CHECK_FALSE(scene.all.read(sha256("whole")));
  REQUIRE(scene.all.keep(sha256("whole"), "whole"));
  CHECK(scene.all.read(sha256("whole")).value() == "whole");
}

TEST_CASE("a document that comes again counts as seen now")
{
  Scene scene;
  for (const auto* bytes : {"old", "older"}) {
    REQUIRE(scene.all.keep(sha256(bytes), bytes));
    fs::last_write_time(scene.path(bytes),
                        fs::file_time_type::clock::now() - std::chrono::hours(48));
  }
  REQUIRE(scene.all.keep(sha256("old"), "old"));
  const auto now =
      std::chrono::time_point_cast<Instant::duration>(std::chrono::system_clock::now());
  CHECK(scene.all.unseen_since(now - std::chrono::hours(24)).value() ==
        std::set<std::string>{to_hex(sha256("older"))});
  scene.all.remove(to_hex(sha256("older")));
  CHECK_FALSE(scene.all.read(sha256("older")).value());
  CHECK(store::Attachments(scene.folder.file("none")).unseen_since(now).value().empty());
}

TEST_CASE("a disk that refuses is an error, and leaves no piece of a document behind")
{
  Scene scene;
  scene.folder.write("kept", "a file where the folder should be");
  const auto kept = scene.all.keep(sha256("x"), "x");
  REQUIRE_FALSE(kept);
  CHECK(kept.error().kind == ErrorKind::transient);
}

TEST_CASE("a folder without a folder before it is made where the program stands")
{
  const test::TempDir folder;
  const auto before = fs::current_path();
  fs::current_path(folder.path());
  store::Attachments all("hub.db.attachments");
  const auto kept = all.keep(sha256("%PDF"), "%PDF");
  fs::current_path(before);
  CHECK_MESSAGE(kept, (kept ? "" : kept.error().what));
}
