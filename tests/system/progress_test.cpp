// What a person at a terminal sees while something takes long.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

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
    const auto process = hub.start_on_terminal(std::move(words));
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
  struct Shown {
    std::string command, progress, result;
  };
  for (const auto& shown :
       {Shown{"sync", "pull, ", "created=60"}, Shown{"verify", "verify, ", "agree"}}) {
    CAPTURE(shown.command);
    const auto seen = scene.at_a_terminal({shown.command});
    CHECK_MESSAGE(has(seen, "\r\033[Kvoucher@central: " + shown.progress), seen);
    const auto last = seen.rfind("\r\033[K");
    REQUIRE(last != std::string::npos);
    CHECK(seen.compare(last, 20, "\r\033[Kvoucher@central ") == 0);
    CHECK(has(seen, shown.result));
  }
}

TEST_CASE("progress says that a run pushes, and how much it has pushed")
{
  Hub hub;
  District district(hub.folder().path(), {"--gps", "2", "--service-requests", "300"});
  hub.configure(district,
                "flows: { service_request: { csc: { direction: pull, every: 1d },\n"
                "                            state: { direction: both, every: 1d } } }\n");
  hub.ask({"sync", "service_request@csc"});
  district.fault("state", R"({"kind":"latency","times":0,"method":"POST","ms":2600})");
  const auto process = hub.start_on_terminal({"sync", "service_request@state"});
  REQUIRE(process->wait());
  CHECK_MESSAGE(has(process->out(), "\r\033[Kservice_request@state: push, 200 records"),
                process->out());
}

TEST_CASE("a single request that takes long is shown, too, and cut where the terminal ends")
{
  Scene scene;
  scene.district.fault("central", R"({"kind":"latency","ms":2600})");
  const auto process = scene.hub.start_on_terminal({"connectors", "probe", "central"}, 10);
  REQUIRE(process->wait());
  CHECK_MESSAGE(has(process->out(), "\r\033[Kprobe: ce\r"), process->out());
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
