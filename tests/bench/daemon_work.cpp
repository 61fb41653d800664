// gramsetu run, told apart from a test's only by the stopwatch.
#include "tests/bench/daemon_work.hpp"

#include "base/check.hpp"
#include "daemon/api/client.hpp"
#include "tests/system/notify_socket.hpp"
#include "tests/system/process.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

namespace gramsetu::bench {

namespace {

using Seconds = std::chrono::duration<double>;
using std::chrono::steady_clock;

constexpr int kAsked = 9;
constexpr std::chrono::seconds kSecond{1};
constexpr int kSettleSeconds =
    120; // a flow that never ran is due at once: at the first start all of them
constexpr double kQuiet = 0.005; // seconds of a core in a second: a run takes ten milliseconds
constexpr int kQuietSeconds = 3; // in a row

// Seconds of a core that the process's threads have had: their `schedstat` counts nanoseconds.
double used_by(pid_t pid)
{
  double all = 0;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
    std::ifstream file(task.path() / "schedstat");
    double nanoseconds = 0;
    if (file >> nanoseconds) all += nanoseconds / 1e9;
  }
  return all;
}

// One quiet second may be a wait for the disk.
void wait_until_quiet(pid_t pid)
{
  double before = used_by(pid);
  for (int i = 0, quiet = 0; i < kSettleSeconds && quiet < kQuietSeconds; ++i) {
    std::this_thread::sleep_for(kSecond);
    const double now = used_by(pid);
    quiet = now - std::exchange(before, now) < kQuiet ? quiet + 1 : 0;
  }
}

// A line of the process's `status`: "VmRSS:" is all that is mapped and there, "RssAnon:" what no file has.
double memory_mib(pid_t pid, std::string_view line)
{
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  std::string word;
  double kib = 0;
  while (status >> word)
    if (word == line) status >> kib;
  return kib / 1024;
}

double status_ms(const std::string& socket)
{
  api::Request request;
  request.method = "GET";
  request.path = "/api/v1/status";
  const auto begin = steady_clock::now();
  const auto answer = api::call(socket, request, std::chrono::seconds(30));
  const Seconds took = steady_clock::now() - begin;
  check(answer && answer->status == 200, "the daemon answers");
  return took.count() * 1000;
}

} // namespace

Sample daemon_sample(const DaemonWork& asked)
{
  test::NotifySocket notify(asked.folder + "/notify");
  test::Start start;
  start.command = {GRAMSETU_BINARY_DIR "/gramsetu", "run", "-c", asked.config};
  start.environment = {{"NOTIFY_SOCKET", notify.path()}};
  const auto begin = steady_clock::now();
  test::Process daemon(start, asked.folder + "/daemon");
  const bool ready = notify.hears("READY=1");
  const Seconds started = steady_clock::now() - begin;
  if (!ready) fmt::print(stderr, "bench: {}", daemon.err());
  check(ready, "the daemon starts");

  Sample sample{{"start_ms", started.count() * 1000}};
  std::vector<double> asks;
  for (int i = 0; i < kAsked; ++i)
    asks.push_back(status_ms(asked.socket));
  sample["status_ms"] = median(asks);
  wait_until_quiet(daemon.pid());
  const double before = used_by(daemon.pid());
  std::this_thread::sleep_for(asked.idle);
  if (asked.idle.count() > 0)
    sample["idle_core"] =
        (used_by(daemon.pid()) - before) / static_cast<double>(asked.idle.count());
  sample["idle_mib"] = memory_mib(daemon.pid(), "VmRSS:");
  sample["idle_own_mib"] = memory_mib(daemon.pid(), "RssAnon:");
  daemon.signal(SIGTERM);
  daemon.wait();
  std::filesystem::remove(notify.path());
  return sample;
}

} // namespace gramsetu::bench
