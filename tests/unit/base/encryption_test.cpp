// Files under a key: what comes back, and that nothing else does.
#include "base/encryption.hpp"
#include "base/files.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

using namespace gramsetu;
using gramsetu::test::TempDir;

namespace {

constexpr const char* kKey = "a key of twenty-six letters";
constexpr std::size_t kPiece = 64 << 10, kHead = 32, kTag = 16;

std::string bytes_of(const std::string& path)
{
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string some(std::size_t size)
{
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>(i * 131 + i / 251);
  return text;
}

struct Scene {
  TempDir dir;
  std::string plain = dir.file("plain"), locked = dir.file("locked"), opened = dir.file("opened");

  explicit Scene(const std::string& text)
  {
    dir.write("plain", text);
    const auto done = encrypt_file(plain, locked, kKey);
    REQUIRE_MESSAGE(done, done.error().what);
  }

  // What opening the bytes says; empty: they open.
  std::string wrong(const std::string& bytes, const std::string& key = kKey)
  {
    dir.write("changed", bytes);
    std::filesystem::remove(opened);
    const auto done = decrypt_file(dir.file("changed"), opened, key);
    CHECK(prove_encrypted(dir.file("changed"), key).has_value() == done.has_value());
    CHECK(std::filesystem::exists(opened) == done.has_value());
    if (!done) CHECK(done.error().kind == ErrorKind::invalid);
    return done ? "" : done.error().what;
  }
};

} // namespace

TEST_CASE("what is encrypted comes back, whatever its size")
{
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPiece - 1, kPiece, kPiece + 1,
                                 3 * kPiece, 3 * kPiece + 77}) {
    CAPTURE(size);
    Scene scene(some(size));
    CHECK(is_encrypted(scene.locked));
    CHECK_FALSE(is_encrypted(scene.plain));
    CHECK(scene.wrong(bytes_of(scene.locked)).empty());
    CHECK(bytes_of(scene.opened) == some(size));
  }
}

TEST_CASE("the file tells nothing: no text of it, no two alike, nobody else may read it")
{
  Scene scene("Asha Devi, 9876543210, Asha Devi, 9876543210");
  const auto locked = bytes_of(scene.locked);
  CHECK(locked.find("Asha") == std::string::npos);
  CHECK(locked.find("98765") == std::string::npos);
  REQUIRE(encrypt_file(scene.plain, scene.dir.file("again"), kKey));
  CHECK(bytes_of(scene.dir.file("again")).substr(kHead) != locked.substr(kHead));
  struct stat info {};
  REQUIRE(::stat(scene.locked.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("one flipped bit anywhere is refused")
{
  Scene scene(some(2 * kPiece + 100));
  const auto whole = bytes_of(scene.locked);
  std::vector<std::size_t> places{0, 15, 16, 31, kHead, kHead + kPiece, kHead + kPiece + kTag};
  for (std::size_t at = 40; at < whole.size(); at += 20'011)
    places.push_back(at);
  places.push_back(whole.size() - 1);
  for (const auto at : places) {
    CAPTURE(at);
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    CHECK_FALSE(scene.wrong(bytes).empty());
  }
}

TEST_CASE("a cut tail is refused, also where a piece ends, and so is anything behind the end")
{
  Scene scene(some(2 * kPiece));
  const auto whole = bytes_of(scene.locked);
  for (const auto size :
       {whole.size() - 1, kHead + kPiece + kTag, kHead, kHead - 1, std::size_t{0}}) {
    CAPTURE(size);
    CHECK_FALSE(scene.wrong(whole.substr(0, size)).empty());
  }
  CHECK_FALSE(scene.wrong(whole + "x").empty());
  // Two pieces that changed places.
  const auto piece = kPiece + kTag;
  CHECK_FALSE(
      scene.wrong(whole.substr(0, kHead) + whole.substr(kHead + piece) + whole.substr(kHead, piece))
          .empty());
}

TEST_CASE("another key does not open it; a key that can be guessed is not taken")
{
  Scene scene(some(100));
  const auto wrong = scene.wrong(bytes_of(scene.locked), "another key, just as long");
  CHECK(wrong.find("the key is another one") != std::string::npos);
  CHECK(wrong.find("just as long") == std::string::npos);
  const auto refused = encrypt_file(scene.plain, scene.dir.file("short"), "secret");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK_FALSE(std::filesystem::exists(scene.dir.file("short")));
}

TEST_CASE("a small file is replaced whole, and what is not there is nothing")
{
  TempDir dir;
  const auto path = dir.file("note");
  CHECK_FALSE(read_file(path).value().has_value());
  REQUIRE(replace_file(path, "one"));
  REQUIRE(replace_file(path, "two"));
  CHECK(read_file(path).value() == "two");
  CHECK_FALSE(std::filesystem::exists(path + ".part"));
  CHECK_FALSE(replace_file(dir.file("none/note"), "three"));
}
