// Signals at any moment, and what of us others of our user may see.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::test;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> kSmall{"--gps", "4", "--records", "20"};
constexpr const char* kOften = "flows: { voucher: { central: { direction: pull, every: 1s } } }\n";
constexpr const char* kRare = "flows: { voucher: { central: { direction: pull, every: 1d } } }\n";

} // namespace

TEST_CASE("SIGPIPE, SIGXFSZ and SIGHUP end nothing: idle, in a run, in a reload, while it stops")
{
  Hub hub;
  const District district(hub.folder().path(), kSmall);
  hub.configure(district, kRare);
  const auto daemon = hub.serve();
  const auto all = [&] {
    for (const int signal : {SIGPIPE, SIGXFSZ, SIGHUP})
      daemon->signal(signal);
  };
  all();
  CHECK(hub.run({"status"}).code == 0);
  district.fault("central", R"({"kind":"latency","ms":60000,"times":0,"path":"vouchers"})");
  const auto sync = hub.start({"sync"});
  REQUIRE(until([&] { return has(daemon->err(), "run_started"); }));
  for (int again = 0; again < 20; ++again)
    all();
  CHECK(hub.run({"status"}).code == 0);
  CHECK(daemon->running());
  daemon->signal(SIGTERM);
  all();
  const auto ended = daemon->wait(20s);
  REQUIRE_MESSAGE(ended, daemon->err());
  CHECK(ended->code == 0);
  CHECK(ended->signal == 0);
}

// Fewer tries than faults.md asks for: each is a start and a stop of the real process. The simulated histories
// try every moment of the engine.
TEST_CASE("SIGTERM at a random moment of a transfer ends with 0, leaves no doubt and loses nothing")
{
  constexpr int kTries = 6;
  Hub hub;
  const District district(hub.folder().path(), {"--gps", "4", "--records", "60"});
  hub.configure(district, kOften);
  std::mt19937 random(20261125);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    district.fault("central", R"({"kind":"latency","ms":40,"times":5,"path":"vouchers"})");
    const auto daemon = hub.serve();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1500));
    daemon->signal(SIGTERM);
    const auto ended = daemon->wait(20s);
    REQUIRE_MESSAGE(ended, daemon->err());
    CHECK(ended->code == 0);
  }
  district.clear("central", "faults");
  hub.ask({"sync"});
  const auto status = hub.ask({"status"});
  CHECK(number_at(status, "/records/voucher") == 60);
  CHECK(number_at(status, "/unknown") == 0);
  CHECK(hub.run({"verify"}).code == 0);
}

TEST_CASE("a lock's file that a killed process left holds nobody up")
{
  Hub hub;
  const District district(hub.folder().path(), kSmall);
  hub.configure(district, kRare);
  {
    const auto daemon = hub.serve();
    hub.ask({"sync"});
    daemon->kill();
  }
  const auto daemon = hub.serve();
  CHECK(number_at(hub.ask({"status"}), "/records/voucher") == 20);
}

TEST_CASE("a process that stood still for a while goes on, and starts what it missed once")
{
  Hub hub;
  const District district(hub.folder().path(), kSmall);
  hub.configure(district, "flows: { voucher: { central: { direction: pull, every: 1s } } }\n");
  const auto daemon = hub.serve();
  const auto runs = [&] {
    std::size_t count = 0;
    const auto log = daemon->err();
    for (auto at = log.find("run_started"); at != log.npos; at = log.find("run_started", at + 1))
      ++count;
    return count;
  };
  REQUIRE(until([&] { return runs() >= 1; }));
  daemon->signal(SIGSTOP);
  std::this_thread::sleep_for(4s);
  const auto before = runs();
  daemon->signal(SIGCONT);
  REQUIRE(until([&] { return runs() > before; }));
  CHECK(runs() <= before + 2); // one to catch up, and perhaps the next
  CHECK(hub.run({"status"}).code == 0);
}

TEST_CASE("an abort leaves no core file, and no secret stands in the list of processes")
{
  Hub hub;
  const District district(hub.folder().path(), kSmall);
  hub.configure(district, kRare);
  const auto daemon = hub.serve();
  rlimit core{1, 1};
  REQUIRE(::prlimit(daemon->pid(), RLIMIT_CORE, nullptr, &core) == 0);
  CHECK(core.rlim_cur == 0);
  CHECK(core.rlim_max == 0);
  const std::string line = "/proc/" + std::to_string(daemon->pid()) + "/cmdline";
  std::string arguments = hub.folder().read("state.secret");
  arguments.pop_back();
  Process grep({{"/bin/grep", "-c", arguments, line}}, hub.path("grep"));
  REQUIRE(grep.wait());
  CHECK(grep.out() == "0\n"); // no secret in the list of processes
  daemon->signal(SIGABRT);
  const auto ended = daemon->wait();
  REQUIRE(ended);
  CHECK(ended->signal == SIGABRT);
  for (const auto& entry : std::filesystem::directory_iterator(hub.folder().path()))
    CHECK_FALSE(entry.path().filename().string().starts_with("core"));
}

// The files of a process belong to its user when others of that user may look into it, and else to root.
TEST_CASE("others of our own user may not look into us")
{
  Hub hub;
  const District district(hub.folder().path(), kSmall);
  hub.configure(district, kRare);
  constexpr uid_t kNobody = 65534;
  const auto user = ::geteuid() == 0 ? kNobody : ::geteuid();
  std::vector<std::string> command{GRAMSETU_BINARY_DIR "/gramsetu", "run", "-c",
                                   hub.path("gramsetu.yaml")};
  if (user == kNobody) {
    const std::string chown = "chown -R 65534 '" + hub.folder().path() + "'";
    REQUIRE(std::system(chown.c_str()) == 0);
    command.insert(command.begin(),
                   {"/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"});
  }
  Process daemon({command}, hub.path("daemon"));
  if (!until([&] { return has(daemon.err(), "hub_started") || !daemon.running(); }) ||
      !daemon.running()) {
    MESSAGE("skipped: another user cannot run the program here: ", daemon.err());
    return;
  }
  struct stat mine {
  }, ours{};
  REQUIRE(::stat("/proc/self/status", &mine) == 0);
  REQUIRE(::stat(("/proc/" + std::to_string(daemon.pid()) + "/status").c_str(), &ours) == 0);
  CHECK(mine.st_uid == ::geteuid());
  CHECK(ours.st_uid == 0);
}
