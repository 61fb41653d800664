// What is due: schedules, windows, jitter, backoff, missed runs, and how many at once.
#include "daemon/schedule/agenda.hpp"
#include "tests/support/fake_clock.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace gramsetu;
using namespace gramsetu::schedule;
using namespace std::chrono_literals;
using gramsetu::test::at;

namespace {

constexpr std::chrono::minutes kIndia{330};
const Instant kNow = at("2026-11-23T10:00:00+05:30");

using Change = std::function<void(Job&)>;

Job job(
    std::string flow, const Change& change = [](Job&) {})
{
  Job made;
  made.flow = std::move(flow);
  made.endpoint = "central";
  change(made);
  return made;
}

Job each(
    std::chrono::milliseconds every, Instant last, const Change& change = [](Job&) {})
{
  return job("voucher@central", [&](Job& made) {
    made.every = every;
    made.last_start = last;
    change(made);
  });
}

Job nightly(
    std::optional<Instant> last, const Change& change = [](Job&) {})
{
  return job("local_body@lgd", [&](Job& made) {
    made.cron = *parse_cron("30 2 * * *");
    made.last_start = last;
    change(made);
  });
}

std::string start_of(const Job& made, Instant now = kNow)
{
  const auto start = next_start(made, now, kIndia);
  return start == Instant::max() ? "never" : to_rfc3339(start, kIndia).substr(0, 19);
}

std::string today(const char* time)
{
  return std::string("2026-11-23T") + time;
}

} // namespace

TEST_CASE("a flow starts when its period is over, counted from its last start")
{
  CHECK(start_of(each(15min, kNow - 5min)) == today("10:10:00"));
  CHECK(start_of(each(15min, kNow - 15min)) == today("10:00:00"));
  CHECK(start_of(each(15min, kNow - 5min, [](Job& made) { made.jitter = 30s; })) ==
        today("10:10:30"));
}

TEST_CASE("a flow that never ran is due at once, unless it has no schedule")
{
  CHECK(start_of(job("a", [](Job& made) { made.every = 15min; })) == today("10:00:00"));
  CHECK(start_of(nightly(std::nullopt)) == today("10:00:00"));
  CHECK(start_of(job("a")) == "never");
  CHECK(start_of(job("a", [](Job& made) { made.last_start = kNow; })) == "never");
}

TEST_CASE("a nightly flow starts at its time, once for all nights that were missed")
{
  CHECK(start_of(nightly(at("2026-11-23T02:30:00+05:30"))) == "2026-11-24T02:30:00");
  CHECK(start_of(nightly(at("2026-11-20T02:30:00+05:30"))) == "2026-11-21T02:30:00");
  const auto late = agenda({nightly(at("2026-11-20T02:30:00+05:30"))}, kNow, 4, 2, kIndia);
  CHECK(late.start == std::vector<std::string>{"local_body@lgd"});
  const auto after = agenda({nightly(kNow)}, kNow + 1s, 4, 2, kIndia);
  CHECK(after.start.empty());
  CHECK(after.wake == at("2026-11-24T02:30:00+05:30"));
}

TEST_CASE("a window lets a flow start only inside, also over midnight")
{
  struct Row {
    std::chrono::minutes from, to;
    const char *now, *start;
  };
  const Row rows[] = {
      {20h, 6h, "2026-11-23T10:00:00+05:30", "2026-11-23T20:00:00"},
      {20h, 6h, "2026-11-23T19:59:59+05:30", "2026-11-23T20:00:00"},
      {20h, 6h, "2026-11-23T20:00:00+05:30", "due"},
      {20h, 6h, "2026-11-23T23:59:59+05:30", "due"},
      {20h, 6h, "2026-11-24T00:00:00+05:30", "due"},
      {20h, 6h, "2026-11-24T05:59:59+05:30", "due"},
      {20h, 6h, "2026-11-24T06:00:00+05:30", "2026-11-24T20:00:00"},
      {9h, 17h, "2026-11-23T08:00:00+05:30", "2026-11-23T09:00:00"},
      {9h, 17h, "2026-11-23T10:00:00+05:30", "due"},
      {9h, 17h, "2026-11-23T17:00:00+05:30", "2026-11-24T09:00:00"},
      {9h, 17h, "2028-02-28T18:00:00+05:30", "2028-02-29T09:00:00"},
      {9h, 9h, "2026-11-23T03:00:00+05:30", "due"}, // the whole day
  };
  for (const auto& row : rows) {
    CAPTURE(row.now);
    const auto now = at(row.now);
    const auto made = each(15min, now - 1h, [&](Job& one) {
      one.window = DayWindow{row.from, row.to};
    });
    if (row.start == std::string("due"))
      CHECK(next_start(made, now, kIndia) == now - 45min);
    else
      CHECK(start_of(made, now) == row.start);
  }
}

TEST_CASE("what falls due inside the window but is only looked at after it waits for the next one")
{
  const auto made = each(15min, at("2026-11-23T05:00:00+05:30"), [](Job& one) {
    one.window = {{20h, 6h}};
  });
  CHECK(start_of(made, kNow) == today("20:00:00"));
}

TEST_CASE("failures back off from a minute to an hour, in place of the schedule")
{
  const std::pair<unsigned, std::chrono::milliseconds> rows[] = {
      {1, 1min}, {2, 2min}, {3, 4min}, {6, 32min}, {7, 60min}, {40, 60min}, {4000000000U, 60min}};
  for (const auto& [failures, wait] : rows) {
    CAPTURE(failures);
    const auto fail = [failures = failures](Job& made) { made.failures = failures; };
    CHECK(next_start(each(15min, kNow, fail), kNow, kIndia) == kNow + wait);
    CHECK(next_start(each(1s, kNow, fail), kNow, kIndia) == kNow + wait);
    CHECK(next_start(nightly(kNow, fail), kNow, kIndia) == kNow + wait);
  }
}

TEST_CASE("an endpoint's request to wait is kept, and a person's request is not delayed")
{
  const auto wait = [](Job& made) { made.not_before = kNow + 10min; };
  CHECK(start_of(each(15min, kNow - 1h, wait)) == today("10:10:00"));
  CHECK(start_of(each(15min, kNow, wait)) == today("10:15:00"));
  const auto asked = each(15min, kNow, [](Job& made) {
    made.asked = true;
    made.failures = 5;
    made.window = DayWindow{20h, 6h};
    made.not_before = kNow + 1h;
  });
  CHECK(start_of(asked) == today("10:00:00"));
  CHECK(start_of(job("a", [](Job& made) { made.asked = true; })) == today("10:00:00"));
}

TEST_CASE(
    "a clock that was set back stops no flow, and one that differs a little starts none twice")
{
  CHECK(next_start(each(15min, kNow + 25h), kNow, kIndia) == kNow);
  CHECK(next_start(each(15min, kNow + 20ms), kNow, kIndia) == kNow + 20ms + 15min);
  CHECK(start_of(nightly(at("2026-11-24T02:30:00+05:30"))) == "2026-11-25T02:30:00");
}

TEST_CASE("the longest overdue start first, those who were asked for before all")
{
  std::vector<Job> jobs;
  for (const auto& [flow, ago] : {std::pair("b", 20min), {"a", 40min}, {"d", 30min}, {"c", 30min}})
    jobs.push_back(job(flow, [&, ago = ago](Job& made) {
      made.every = 15min;
      made.last_start = kNow - ago;
      made.endpoint = made.flow;
    }));
  jobs.push_back(job("z", [](Job& made) { made.asked = true; }));
  using Names = std::vector<std::string>;
  CHECK(agenda(jobs, kNow, 9, 1, kIndia).start == Names{"z", "a", "c", "d", "b"});
  CHECK(agenda(jobs, kNow, 2, 1, kIndia).start == Names{"z", "a"});
  CHECK(agenda(jobs, kNow, 0, 1, kIndia).start.empty());
}

TEST_CASE("an endpoint gets no more runs at once than it may, those that run counted")
{
  std::vector<Job> jobs;
  for (const auto* flow : {"a", "b", "c"})
    jobs.push_back(job(flow, [](Job& made) { made.every = 15min; }));
  jobs.push_back(job("r", [](Job& made) { made.every = 15min, made.running = true; }));
  jobs.push_back(job("x", [](Job& made) { made.every = 15min, made.endpoint = "csc"; }));
  using Names = std::vector<std::string>;
  CHECK(agenda(jobs, kNow, 9, 2, kIndia).start == Names{"a", "x"});
  CHECK(agenda(jobs, kNow, 9, 1, kIndia).start == Names{"x"});
  // What waits for room is not a reason to wake: the end of a run is.
  CHECK_FALSE(agenda(jobs, kNow, 9, 1, kIndia).wake.has_value());
}

TEST_CASE("a running flow is not started again, and the wake is the next start of the others")
{
  const std::vector<Job> jobs = {
      each(15min, kNow - 1h, [](Job& made) { made.running = true, made.asked = true; }),
      each(15min, kNow - 5min), each(15min, kNow - 9min)};
  const auto made = agenda(jobs, kNow, 9, 9, kIndia);
  CHECK(made.start.empty());
  CHECK(made.wake == kNow + 6min);
  CHECK_FALSE(agenda({}, kNow, 9, 9, kIndia).wake.has_value());
}

TEST_CASE("a month of a quarter-hourly flow that takes two minutes has as many runs as quarters")
{
  auto made = each(15min, kNow);
  int runs = 0;
  for (auto now = kNow; now < kNow + 24h * 30;) {
    const auto planned = agenda({made}, now, 1, 1, kIndia);
    if (planned.start.empty()) {
      now = planned.wake.value();
      continue;
    }
    ++runs;
    made.last_start = now;
    now += 2min;
  }
  CHECK(runs == 30 * 24 * 4 - 1);
}
