// What a person at a terminal sees while something takes long.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

bool has(const std::string& text, const std::string& piece)
{
  return text.find(piece) != std::string::npos;
}

struct Scene {
  Hub hub;
  District district{hub.folder().path(), {"--gps", "2", "--records", "60"}};

  Scene()
  {
    hub.configure(district, "flows: { voucher: { central: { direction: pull, every: 1d } } }\n");
  }

  void slow(int milliseconds)
  {
    district.fault("central", R"({"kind":"latency","times":0,"path":"vouchers","ms":)" +
                                  std::to_string(milliseconds) + "}");
  }

  // What the command wrote to its terminal.
  std::string at_a_terminal(std::vector<std::string> words)
  {
    const auto process = hub.start(std::move(words), {}, true);
    const auto ended = process->wait();
    REQUIRE(ended);
    CHECK(ended->code == 0);
    return process->out();
  }
};

} // namespace

TEST_CASE("a terminal shows how far a run is once it takes longer than two seconds, and wipes it")
{
  Scene scene;
  scene.slow(2600);
  for (const auto* command : {"sync", "verify"}) {
    CAPTURE(command);
    const auto seen = scene.at_a_terminal({command});
    CHECK_MESSAGE(has(seen, "\r\033[Kvoucher@central: "), seen);
    const auto last = seen.rfind("\r\033[K");
    REQUIRE(last != std::string::npos);
    CHECK(seen.compare(last, 20, "\r\033[Kvoucher@central ") == 0);
    CHECK(has(seen, std::string(command) == "sync" ? "created=60" : "agree"));
  }
}

TEST_CASE("progress is shown with a daemon, too")
{
  Scene scene;
  const auto daemon = scene.hub.serve();
  scene.slow(2600);
  CHECK(has(scene.at_a_terminal({"sync"}), "\r\033[Kvoucher@central: "));
}

TEST_CASE("what is quick shows no progress on a terminal")
{
  Scene scene;
  CHECK_FALSE(has(scene.at_a_terminal({"sync"}), "\033"));
}

TEST_CASE("without a terminal there is no progress, however long it takes")
{
  Scene scene;
  scene.slow(2600);
  const auto ran = scene.hub.run({"sync"});
  CHECK(ran.code == 0);
  CHECK(ran.err.empty());
  CHECK_FALSE(has(ran.out, "\033"));
  CHECK_FALSE(has(ran.out, "\r"));
}
