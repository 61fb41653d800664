// Memory does not grow with the data: the real process loads far more records than it could hold.
#include "tests/support/environment.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

using namespace gramsetu;
using namespace gramsetu::test;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kMebibyte = 1 << 20;
constexpr auto kLoading = 300s; // a quarter of a million records, on a slow machine

// A line of the process's `status`, in bytes, as the kernel counts it.
std::int64_t bytes_of(pid_t pid, const std::string& name)
{
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::atoll(line.c_str() + name.size() + 1) * 1024;
  return 0;
}

// The most that the process ever had resident.
std::int64_t peak_of(pid_t pid)
{
  return bytes_of(pid, "VmHWM");
}

// Runs to its end, looked at all the while.
std::int64_t peak_until_end(Process& process)
{
  std::int64_t peak = 0;
  std::optional<Ended> ended;
  until(
      [&] {
        peak = std::max(peak, peak_of(process.pid()));
        ended = process.wait(20ms);
        return ended.has_value();
      },
      kLoading);
  REQUIRE(ended);
  CHECK_MESSAGE(ended->code == 0, process.err());
  return peak;
}

} // namespace

TEST_CASE("a first load of 250,000 records keeps the process under 128 MiB, and a run with nothing "
          "new writes no record")
{
  Hub hub;
  const auto wanted = static_cast<std::int64_t>(number_from("GRAMSETU_RECORDS", 250'000));
  District district(hub.folder().path(), {"--gps", "40", "--records", std::to_string(wanted)});
  hub.configure(district, "flows: { voucher: { central: { direction: pull, every: 1d } } }\n");
  const auto load = hub.start({"sync"});
  const auto peak = peak_until_end(*load);
  MESSAGE("first load: ", wanted, " records, at most ", peak / kMebibyte, " MiB resident");
  CHECK(peak > 0);
  CHECK(peak < 128 * kMebibyte);
  CHECK(number_at(hub.ask({"status"}), "/records/voucher") == wanted);

  const auto again = hub.start({"sync", "--full", "--json"});
  const auto peak_again = peak_until_end(*again);
  MESSAGE("all of it again: at most ", peak_again / kMebibyte, " MiB resident");
  CHECK(peak_again < 128 * kMebibyte);
  const auto run = run_of(json_of(again->out()), "voucher@central");
  CHECK(number_at(run, "/counts/unchanged") == wanted);
  for (const auto* count : {"created", "updated", "deleted", "kept", "conflicts", "pushed"})
    CHECK(number_at(run, std::string("/counts/") + count) == 0);
}

TEST_CASE("a service that has nothing to do gives back the pages that only its start needed, and "
          "works on")
{
  Hub hub;
  District district(hub.folder().path(), {"--gps", "4", "--records", "20"});
  hub.configure(district, "flows: { voucher: { central: { direction: pull, every: 1d } } }\n");
  const auto service = hub.serve();
  REQUIRE(until([&] { return number_at(hub.ask({"status"}), "/records/voucher") == 20; }));
  const auto before = bytes_of(service->pid(), "RssFile");
  auto after = before;
  CHECK(until(
      [&] {
        after = bytes_of(service->pid(), "RssFile");
        return after < before * 2 / 3;
      },
      60s));
  MESSAGE("pages of files: ", before / 1024, " KiB after the first run, ", after / 1024,
          " KiB idle");
  CHECK(number_at(run_of(hub.ask({"sync", "--full"}), "voucher@central"), "/counts/unchanged") ==
        20);
}
