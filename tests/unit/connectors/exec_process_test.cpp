// Programs of others: what they are given, what they cannot do, and that they always end.
#include <doctest/doctest.h>

#include "connectors/exec/private_folder.hpp"
#include "connectors/exec/run.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/temp_folder.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

using namespace gramsetu;
using namespace gramsetu::connectors::exec;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// What a shell is told, and everything that it said.
struct Bench {
  test::TempDir dir;
  SystemClock clock;
  Bounds bounds;
  Talk talk;
  std::vector<std::string> lines, errors;
  std::chrono::steady_clock::duration took{};

  Bench() { talk.patience = {20s, 20s, 300ms}; }

  Outcome run(const std::string& script, std::stop_token stop = {})
  {
    return run_command({"/bin/sh", "-c", script}, std::move(stop));
  }

  Outcome run_command(std::vector<std::string> command, std::stop_token stop = {})
  {
    const Launch launch{
        std::move(command), {"PATH=/usr/bin:/bin", "ONLY=this"}, dir.path(), bounds};
    talk.on_line = [&](std::string_view line) -> Result<void> {
      lines.emplace_back(line);
      return {};
    };
    talk.on_error_line = [&](std::string_view line) { errors.emplace_back(line); };
    const auto begin = std::chrono::steady_clock::now();
    auto outcome = run_program(launch, talk, clock, std::move(stop));
    took = std::chrono::steady_clock::now() - begin;
    return outcome;
  }

  // The process that a script wrote into `file`; it is gone, or soon is.
  bool is_gone(const std::string& file) const
  {
    const int pid = std::stoi(dir.read(file));
    for (int i = 0; i < 200; ++i) {
      std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
      const std::string text{std::istreambuf_iterator<char>(status), {}};
      if (text.empty() || text.find(") Z ") != std::string::npos) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
};

std::string why(const Outcome& outcome)
{
  return outcome.error ? outcome.error->what : "it is good";
}

bool said(const std::vector<std::string>& lines, const std::string& text)
{
  return std::any_of(lines.begin(), lines.end(),
                     [&](const auto& line) { return line.find(text) != std::string::npos; });
}

std::size_t open_descriptors()
{
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

} // namespace

TEST_CASE("a program is told its input and heard line by line")
{
  Bench bench;
  bench.talk.input = "one\ntwo\n";
  const auto outcome = bench.run("while read -r word; do echo \"got $word\"; done; echo words >&2");
  CHECK_FALSE(outcome.error);
  CHECK(bench.lines == std::vector<std::string>{"got one", "got two"});
  CHECK(bench.errors == std::vector<std::string>{"words"});
  CHECK(outcome.took_input);
  CHECK(outcome.bytes == 16);
}

TEST_CASE(
    "a program has its own session, no rights to gain, no descriptors, and a bare environment")
{
  Bench bench;
  const auto outcome = bench.run(
      "env | sort; ls /proc/self/fd | wc -l; grep NoNewPrivs /proc/self/status; umask; pwd;"
      "ulimit -c; cut -d' ' -f 6 /proc/$$/stat; echo $$");
  REQUIRE_FALSE(outcome.error);
  REQUIRE(bench.lines.size() == 10);
  CHECK(bench.lines[0] == "ONLY=this");
  CHECK(bench.lines[1] == "PATH=/usr/bin:/bin");
  CHECK(bench.lines[2] == "PWD=" + bench.dir.path()); // of the shell's own making
  CHECK(bench.lines[3] == "4");                       // three pipes, and the folder that ls reads
  CHECK(bench.lines[4] == "NoNewPrivs:\t1");
  CHECK(bench.lines[5] == "0077");
  CHECK(bench.lines[6] == bench.dir.path());
  CHECK(bench.lines[7] == "0");
  CHECK(bench.lines[8] == bench.lines[9]); // it leads its session
}

TEST_CASE("a program that is not there, or may not be run, says so and leaves nothing behind")
{
  Bench bench;
  bench.dir.write("text", "no program");
  const auto before = open_descriptors();
  for (const auto& path : {bench.dir.file("nowhere"), bench.dir.file("text"), bench.dir.path()}) {
    const auto outcome = bench.run_command({path});
    REQUIRE(outcome.error);
    CHECK_FALSE(outcome.started);
    CHECK(outcome.error->kind == ErrorKind::invalid);
    CHECK(outcome.error->what.find("could not be started") != std::string::npos);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("a bad end is an error, however much was said before")
{
  Bench bench;
  CHECK(why(bench.run("echo fine; exit 3")) == "it ended with code 3");
  CHECK(why(bench.run("echo fine; kill -9 $$")) == "it was killed by signal 9");
  const auto half = bench.run("echo whole; printf half");
  REQUIRE(half.error);
  CHECK(half.error->kind == ErrorKind::invalid);
  CHECK_FALSE(said(bench.lines, "half"));
}

TEST_CASE("a stop ends a program and all that it started")
{
  Bench bench;
  std::stop_source stopping;
  std::jthread stopper([&] {
    while (bench.dir.read("child").empty())
      std::this_thread::sleep_for(5ms);
    stopping.request_stop();
  });
  // Neither heeds a polite word.
  const auto outcome = bench.run("trap '' TERM; (trap '' TERM; echo \"$(exec sh -c 'echo $PPID')\" "
                                 "> child; sleep 60) & echo $$ > self; wait; sleep 60",
                                 stopping.get_token());
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::cancelled);
  CHECK(bench.took < 10s);
  CHECK(bench.is_gone("child"));
  CHECK(bench.is_gone("self"));
}

TEST_CASE("what a program leaves running is killed when it ends, and is not waited for")
{
  Bench bench;
  const auto outcome = bench.run("sleep 60 & echo $! > child; echo done");
  CHECK_FALSE(outcome.error);
  CHECK(bench.took < 10s);
  CHECK(bench.is_gone("child"));
  // One in a session of its own holds the pipes, and is not waited for either.
  CHECK_FALSE(bench.run("setsid sleep 5 & echo done").error);
  CHECK(bench.took < 4s);
}

TEST_CASE("a program does not outlive a hub that is killed")
{
  Bench bench;
  const pid_t hub = ::fork();
  if (hub == 0) {
    bench.run("echo $$ > self; exec sleep 60");
    ::_exit(0);
  }
  while (bench.dir.read("self").empty())
    std::this_thread::sleep_for(5ms);
  ::kill(hub, SIGKILL);
  ::waitpid(hub, nullptr, 0);
  CHECK(bench.is_gone("self"));
}

TEST_CASE("a program that says nothing, or never ends, is ended")
{
  Bench bench;
  bench.talk.patience = {100ms, 10s, 100ms};
  auto outcome = bench.run("sleep 60");
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::transient);
  CHECK(why(outcome) == "it said nothing within 100ms");
  bench.talk.patience = {5s, 200ms, 100ms};
  outcome = bench.run("while :; do echo more; sleep 0.02; done");
  REQUIRE(outcome.error);
  CHECK(why(outcome) == "it did not end within 200ms");
  CHECK(bench.took < 10s);
}

TEST_CASE("lines and output have limits, and memory is bounded by them")
{
  Bench bench;
  bench.talk.line_bytes = 1'000;
  auto outcome = bench.run("echo short; head -c 5000000 /dev/zero | tr '\\0' x; echo");
  REQUIRE(outcome.error);
  CHECK(why(outcome) == "it wrote a line of more than 1000 bytes");
  CHECK(said(bench.lines, "short"));
  bench.talk.total_bytes = 10'000;
  outcome = bench.run("yes");
  REQUIRE(outcome.error);
  CHECK(outcome.error->what.find("more than 10000 bytes") != std::string::npos);
}

TEST_CASE("a flood on stderr neither blocks a program nor fills the memory")
{
  Bench bench;
  const auto outcome = bench.run("head -c 3000000 /dev/zero | tr '\\0' y >&2; echo >&2; "
                                 "yes line | head -n 20000 >&2; echo done");
  CHECK_FALSE(outcome.error);
  CHECK(bench.lines == std::vector<std::string>{"done"});
  REQUIRE(bench.errors.size() == 20'001);
  CHECK(bench.errors.front().size() == kErrorLine);
  CHECK(outcome.last_words == "line");
}

TEST_CASE("the kernel holds a program to its limits")
{
  Bench bench;
  bench.bounds.memory = 256 << 20;
  bench.bounds.file_bytes = 100'000;
  bench.bounds.open_files = 16;
  const std::string python = "/usr/bin/python3 -IS -c ";
  CHECK(bench.run(python + "'bytearray(512 << 20)'").error);
  CHECK(said(bench.errors, "MemoryError"));
  CHECK(bench.run("head -c 200000 /dev/zero > big").error);
  CHECK(fs::file_size(bench.dir.file("big")) <= 100'000);
  CHECK(bench.run(python + "'a = [open(\"/dev/null\") for i in range(20)]'").error);
  CHECK(said(bench.errors, "Too many open files"));
  bench.bounds.cpu_seconds = 1;
  const auto spun = bench.run("while :; do :; done");
  REQUIRE(spun.error);
  CHECK(why(spun) == "it was killed by signal 24"); // SIGXCPU
}

TEST_CASE("whether a program read any of its input is told exactly")
{
  Bench bench;
  bench.talk.input = "word\n";
  CHECK_FALSE(bench.run("exit 1").took_input);
  CHECK(bench.run("read -r word; exit 1").took_input);
  CHECK_FALSE(bench.run("exec 0<&-; exit 1").took_input);
  bench.talk.input = std::string(1'000'000, 'x'); // more than a pipe holds
  CHECK_FALSE(bench.run("exit 1").took_input);
  CHECK(bench.run("head -c 100000 >/dev/null; exit 1").took_input);
}

TEST_CASE("many runs leak no descriptor and no process")
{
  Bench bench;
  bench.run("echo warm");
  const auto before = open_descriptors();
  for (int i = 0; i < 20; ++i)
    bench.run(i % 2 == 0 ? "echo good" : "exit 1");
  CHECK(open_descriptors() == before);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1); // no child is left
}

TEST_CASE("a private folder is ours alone, and what a killed hub left is cleared away")
{
  test::TempDir base;
  const test::TempFolder here(base.path());
  const auto left = base.path() + "/gramsetu-exec-dead";
  fs::create_directory(left);
  base.write("gramsetu-exec-dead/config.json", "secret");
  const auto other = PrivateFolder::make();
  REQUIRE(other);
  CHECK_FALSE(fs::exists(left));
  std::string path;
  {
    const auto folder = PrivateFolder::make();
    REQUIRE(folder);
    path = folder->path();
    CHECK(fs::exists(other->path())); // it lives
    const auto file = folder->write("config.json", "{}");
    REQUIRE(file);
    struct stat what {};
    REQUIRE(::stat(file->c_str(), &what) == 0);
    CHECK((what.st_mode & 07777) == 0600);
    REQUIRE(::stat(path.c_str(), &what) == 0);
    CHECK((what.st_mode & 07777) == 0700);
    CHECK_FALSE(folder->write("config.json", "again"));
    CHECK(folder->nameless());
    CHECK_FALSE(fs::exists(path + "/spool"));
  }
  CHECK_FALSE(fs::exists(path));
}
