// Cron expressions: what they mean, and what is refused.
#include "daemon/schedule/cron.hpp"
#include "tests/support/fake_clock.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace gramsetu;
using namespace gramsetu::schedule;
using gramsetu::test::at;

namespace {

constexpr std::chrono::minutes kIndia{330};

std::string next(std::string_view cron, std::string_view after,
                 std::chrono::minutes offset = kIndia)
{
  const auto parsed = parse_cron(cron);
  if (!parsed) return parsed.error().what;
  const auto found = next_after(*parsed, at(after), offset);
  return found ? to_rfc3339(*found, offset).substr(0, 16) : "never";
}

} // namespace

TEST_CASE("the next time of a cron expression is strictly after, in local time")
{
  struct Row {
    const char *cron, *after, *next;
  };
  const Row rows[] = {
      {"30 2 * * *", "2026-11-23T02:29:59.999+05:30", "2026-11-23T02:30"},
      {"30 2 * * *", "2026-11-23T02:30:00+05:30", "2026-11-24T02:30"},
      {"30 2 * * *", "2026-11-23T02:30:00.001+05:30", "2026-11-24T02:30"},
      {"* * * * *", "2026-11-23T10:00:59+05:30", "2026-11-23T10:01"},
      {"*/15 * * * *", "2026-11-23T10:46:00+05:30", "2026-11-23T11:00"},
      {"5-20/15 9 * * *", "2026-11-23T09:05:00+05:30", "2026-11-23T09:20"},
      {"0,30 22-23 * * *", "2026-11-23T23:30:00+05:30", "2026-11-24T22:00"},
      // 00:00 on 1 April in India is 18:30 on 31 March in UTC.
      {"0 0 1 4 *", "2026-03-31T18:29:59Z", "2026-04-01T00:00"},
      {"0 0 1 4 *", "2026-03-31T18:30:00Z", "2027-04-01T00:00"},
      {"59 23 31 12 *", "2026-12-31T23:59:00+05:30", "2027-12-31T23:59"},
      {"0 0 29 2 *", "2024-02-29T00:00:00+05:30", "2028-02-29T00:00"},
      {"0 0 29 2 *", "2096-02-29T00:00:00+05:30", "2104-02-29T00:00"}, // 2100 is no leap year
      {"0 12 31 * *", "2026-11-23T00:00:00+05:30", "2026-12-31T12:00"},
      {"0 6 * * 1-5", "2026-11-20T06:00:00+05:30", "2026-11-23T06:00"}, // Friday to Monday
      {"0 6 * * 0", "2026-11-23T00:00:00+05:30", "2026-11-29T06:00"},
      {"0 6 * * 7", "2026-11-23T00:00:00+05:30", "2026-11-29T06:00"},
      {"0 6 * * 6-7", "2026-11-28T06:00:00+05:30", "2026-11-29T06:00"},
      // Day and weekday both given: either is enough.
      {"0 0 1 * 1", "2026-11-24T00:00:00+05:30", "2026-11-30T00:00"},
      {"0 0 1 * 1", "2026-11-30T00:00:00+05:30", "2026-12-01T00:00"},
      {"0 0 31 2 *", "2026-11-23T00:00:00+05:30", "never"},
      {"  0\t0 * * *  ", "2026-11-23T00:00:00+05:30", "2026-11-24T00:00"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.cron);
    CAPTURE(row.after);
    CHECK(next(row.cron, row.after) == row.next);
  }
  CHECK(next("0 0 * * *", "2026-11-23T00:00:00-07:00", std::chrono::minutes(-420)) ==
        "2026-11-24T00:00");
}

TEST_CASE("a cron expression that is wrong is refused with what would be right")
{
  const std::pair<const char*, const char*> rows[] = {
      {"30 2 * *", "cron: '30 2 * *' has 4 fields, not the five of minute hour day month weekday, "
                   "as in 30 2 * * *"},
      {"60 * * * *", "cron: minute '60' is not *, or numbers from 0 to 59 as in 1, 1-5, 0,30 or "
                     "*/15"},
      {"* 24 * * *", "cron: hour '24' is not *, or numbers from 0 to 23"},
      {"* * 0 * *", "cron: day '0' is not *, or numbers from 1 to 31"},
      {"* * * 13 *", "cron: month '13'"},
      {"* * * * 8", "cron: weekday '8'"},
      {"* * * * mon", "cron: weekday 'mon'"},
      {"20-10 * * * *", "cron: minute '20-10' is not a range from less to more"},
      {"*/0 * * * *", "cron: minute '*/0' is not a step such as */15"},
      {"*/x * * * *", "cron: minute '*/x' is not a step such as */15"},
      {"5/10 * * * *", "cron: minute '5/10' is not a step of * or of a range such as 10-50/20"},
      {"1,,2 * * * *", "cron: minute ''"},
      {"1- * * * *", "cron: minute '1-'"},
      {"-1 * * * *", "cron: minute '-1'"},
      {"99999999999 * * * *", "cron: minute '99999999999'"},
      {"", "cron: '' has 0 fields"},
      {"@daily", "cron: '@daily' has 1 fields"},
  };
  for (const auto& [cron, what] : rows) {
    CAPTURE(cron);
    const auto parsed = parse_cron(cron);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().kind == ErrorKind::invalid);
    CHECK(parsed.error().what.starts_with(what));
  }
}

TEST_CASE("a daily time comes once on each Indian day of a leap year")
{
  const auto cron = parse_cron("30 2 * * *");
  auto now = at("2027-12-31T23:59:00+05:30");
  std::set<std::string> days;
  for (int i = 0; i < 366; ++i) {
    now = next_after(*cron, now, kIndia).value();
    days.insert(to_rfc3339(now, kIndia).substr(0, 10));
  }
  CHECK(days.size() == 366);
  CHECK(days.contains("2028-02-29"));
  CHECK(*days.rbegin() == "2028-12-31");
}
