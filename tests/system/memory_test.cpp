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

// The most that the process ever had resident, in bytes, as the kernel counts it.
std::int64_t peak_of(pid_t pid)
{
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atoll(line.c_str() + 6) * 1024;
  return 0;
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
