// What a terminal, a pipe and a login give a command besides its words, and what it makes of them.
#include "tests/support/temp_dir.hpp"
#include "tests/system/district.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

struct Told {
  int code = -1;
  std::string out;
};

// A hub over a folder with 400 states, and a shell to ask it in.
struct Scene {
  TempDir dir;

  Scene()
  {
    std::filesystem::create_directory(dir.file("drop"));
    std::string rows = "code,name,name_local\n";
    for (int i = 1; i <= 400; ++i)
      rows += fmt::format("{},State {},நிலை {}\n", i, i, i);
    dir.write("drop/state.csv", rows);
    dir.write("gramsetu.yaml",
              fmt::format("hub: {{ name: odd }}\nstore: {{ sqlite: {{ path: hub.db }} }}\n"
                          "endpoints: {{ drop: {{ connector: files, path: {} }} }}\n"
                          "flows: {{ state: {{ drop: {{ direction: pull, every: 1d }} }} }}\n"
                          "api: {{ unix: api.sock }}\n",
                          dir.file("drop")));
  }

  // `before` stands in front of the program, `after` behind its words.
  Told ask(const std::string& before, const std::string& words, const std::string& after = "") const
  {
    const auto line = fmt::format("{} {}/gramsetu {} -c {} {} 2>{}", before, GRAMSETU_BINARY_DIR,
                                  words, dir.file("gramsetu.yaml"), after, dir.file("err"));
    FILE* const pipe = ::popen(line.c_str(), "r");
    REQUIRE(pipe != nullptr);
    Told told;
    char piece[4096];
    for (std::size_t got = 0; (got = std::fread(piece, 1, sizeof piece, pipe)) > 0;)
      told.out.append(piece, got);
    const int status = ::pclose(pipe);
    told.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return told;
  }
};

constexpr const char* kUsual = "env LANG=C.UTF-8 TZ=UTC HOME=/root";
constexpr const char* kOdd = "umask 000; env -i LC_ALL=tr_TR.UTF-8 LANG=xx TZ=America/Caracas";

} // namespace

TEST_CASE("locale, zone, umask, no home and a closed input change nothing")
{
  const Scene scene;
  REQUIRE(scene.ask(kOdd, "sync", "<&-").code == 0);
  for (const auto& entry : std::filesystem::directory_iterator(scene.dir.path())) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("hub.db") && name != "audit") continue;
    CAPTURE(name);
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    CHECK((entry.status().permissions() & others) == std::filesystem::perms::none);
  }
  for (const auto* words : {"check", "records export state", "records list state -n 50 --json",
                            "connectors list", "records get state 7 --json"}) {
    CAPTURE(words);
    const auto usual = scene.ask(kUsual, words), odd = scene.ask(kOdd, words, "<&-");
    CHECK(usual.code == 0);
    CHECK(odd.code == usual.code);
    CHECK(odd.out == usual.out);
  }
}

TEST_CASE("a reader that goes away ends a command; a full disk under its output is an error")
{
  const Scene scene;
  REQUIRE(scene.ask(kUsual, "sync").code == 0);
  CHECK(scene.ask(kUsual, "records export state", "| head -c 10").out.size() == 10);
  for (const auto* words : {"records export state", "status --json"}) {
    CAPTURE(words);
    CHECK(scene.ask(kUsual, words, ">/dev/full").code == 1);
    CHECK(scene.dir.read("err").find("did not all arrive") != std::string::npos);
    CHECK(scene.ask(kUsual, words, ">&-").code == 0); // nobody wanted it
  }
  // With its streams closed nothing that it opens takes their place.
  CHECK(scene.ask(kUsual, "sync --full", "<&- >&-").code == 0);
  CHECK(scene.ask(kUsual, "audit verify").code == 0);
  CHECK(scene.ask(kUsual, "doctor").code == 0);
  CHECK(json_of(scene.ask("env COLUMNS=20 TERM=dumb", "status --json").out).is_object());
}
