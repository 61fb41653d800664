// What an answer tells of the server's clock.
#include "connectors/http/message.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::connectors;
using namespace gramsetu::test;
using std::chrono::milliseconds;

namespace {

// Asked at ten o'clock, answered `waited` later by a server that says it is `date`.
std::optional<ClockReading> reading(const std::string& date, int waited, const char* more = nullptr)
{
  http::Response response;
  response.headers.push_back({"date", date});
  if (more) response.headers.push_back({more, "5"});
  response.asked_at = at("2026-11-23T10:00:00Z");
  response.answered_at = response.asked_at + milliseconds(waited);
  return http::clock_of(response);
}

std::string http_date(Instant when)
{
  static const char* const kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto text = to_rfc3339(when); // 2026-11-23T10:00:00.000Z
  return "Mon, " + text.substr(8, 2) + " " + kMonths[std::stoi(text.substr(5, 2)) - 1] + " " +
         text.substr(0, 4) + " " + text.substr(11, 8) + " GMT";
}

} // namespace

TEST_CASE("the server's clock is known to half its second and half the way")
{
  const auto even = reading("Mon, 23 Nov 2026 10:00:00 GMT", 200).value();
  CHECK(even.ahead == milliseconds(400)); // between -200 and 1000
  CHECK(even.error == milliseconds(600));
  const auto behind = reading("Mon, 23 Nov 2026 09:55:00 GMT", 0).value();
  CHECK(behind.ahead == milliseconds(-299'500));
  CHECK(behind.error == milliseconds(500));
  const auto slow = reading("Mon, 23 Nov 2026 10:00:10 GMT", 20'000).value();
  CHECK(slow.error == milliseconds(10'500));
}

TEST_CASE("a cache tells the time of another day, and others tell none")
{
  CHECK_FALSE(reading("Mon, 23 Nov 2026 10:00:00 GMT", 200, "Age"));
  CHECK_FALSE(reading("23.11.2026 10:00", 200));
  CHECK_FALSE(reading("", 200));
}

TEST_CASE("a connector has the endpoint's clock from its answers")
{
  HttpBench bench("    pull:\n      request: /things\n      records: /items\n");
  const auto ahead = std::chrono::hours(1);
  const auto date = "Date: " + http_date(bench.clock.now() + ahead) + "\r\n";
  const auto server = serve({answer(200, R"({"items":[]})", date)});
  bench.open(*server);
  CHECK_FALSE(bench.connector->clock());
  REQUIRE(bench.pull());
  const auto clock = bench.connector->clock();
  REQUIRE(clock);
  CHECK(clock->error < milliseconds(2500));
  CHECK(std::chrono::abs(clock->ahead - ahead) <= clock->error);
}
