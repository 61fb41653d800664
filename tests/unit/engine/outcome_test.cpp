// The ruling on a write that nobody answered for, case by case.
#include "daemon/engine/push/outcome.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gramsetu;
using namespace gramsetu::engine;
using namespace std::chrono_literals;

namespace {

constexpr Instant kSent{1'790'000'000'000ms};

// Sent once, to an endpoint that keeps keys for a day and shows writes within ten minutes.
Evidence evidence(Shown shown, std::chrono::milliseconds later)
{
  Evidence known;
  known.shown = shown;
  known.keyed = true;
  known.first_sent = known.last_sent = kSent;
  known.now = kSent + later;
  known.retention = 24h;
  known.lag = 10min;
  known.doubt = 2s;
  return known;
}

std::string name_of(Ruling ruling)
{
  switch (ruling) {
  case Ruling::took_effect: return "took effect";
  case Ruling::no_effect: return "no effect";
  case Ruling::decide_again: return "decide again";
  case Ruling::wait: return "wait";
  case Ruling::replay: return "replay";
  case Ruling::person: return "person";
  }
  return "";
}

} // namespace

TEST_CASE("every combination of what is shown, keys, versions and time has its ruling")
{
  struct Row {
    Shown shown;
    bool keyed, guarded;
    std::string at_once, after_lag, after_retention; // a second, an hour, two days later
  };
  const std::vector<Row> rows = {
      {Shown::ours, true, false, "took effect", "took effect", "took effect"},
      {Shown::ours, false, false, "took effect", "took effect", "took effect"},
      {Shown::nothing, true, false, "replay", "replay", "person"},
      {Shown::nothing, true, true, "replay", "replay", "person"},
      {Shown::nothing, false, false, "person", "person", "person"},
      {Shown::nothing, false, true, "person", "person", "person"},
      {Shown::untouched, true, false, "replay", "replay", "person"},
      {Shown::untouched, true, true, "replay", "replay", "no effect"},
      {Shown::untouched, false, false, "wait", "no effect", "no effect"},
      {Shown::untouched, false, true, "wait", "no effect", "no effect"},
      {Shown::other, true, false, "wait", "decide again", "decide again"},
      {Shown::other, false, true, "wait", "decide again", "decide again"},
  };
  for (const auto& row : rows) {
    CAPTURE(static_cast<int>(row.shown));
    CAPTURE(row.keyed);
    CAPTURE(row.guarded);
    const auto ruling = [&](std::chrono::milliseconds later) {
      auto known = evidence(row.shown, later);
      known.keyed = row.keyed;
      known.guarded = row.guarded;
      return name_of(judge(known));
    };
    CHECK(ruling(1s) == row.at_once);
    CHECK(ruling(1h) == row.after_lag);
    CHECK(ruling(48h) == row.after_retention);
  }
}

TEST_CASE("a key is good until a replay might come too late, and not when the clock went back")
{
  const auto at = [](std::chrono::milliseconds later) {
    return is_remembered(evidence(Shown::nothing, later));
  };
  CHECK(at(0s));
  CHECK(at(23h + 57min));
  CHECK_FALSE(at(23h + 58min)); // two minutes on the way, and the doubt of the clocks
  CHECK_FALSE(at(24h));
  CHECK_FALSE(at(-1s));
  auto doubtful = evidence(Shown::nothing, 23h);
  CHECK(is_remembered(doubtful));
  doubtful.doubt = 1h;
  CHECK_FALSE(is_remembered(doubtful));
}

TEST_CASE("the time of a key runs from its first sending, the time of a look from the last")
{
  auto known = evidence(Shown::untouched, 48h);
  known.last_sent = known.now - 1min;
  CHECK(name_of(judge(known)) == "wait");
  known.last_sent = known.now - 10min;
  CHECK(name_of(judge(known)) == "person");
  known.guarded = true;
  CHECK(name_of(judge(known)) == "no effect");
}

TEST_CASE("where keys belong to batches, what is left of one is not sent again")
{
  auto known = evidence(Shown::nothing, 1min);
  known.whole = false;
  CHECK(name_of(judge(known)) == "person");
  known.shown = Shown::untouched;
  CHECK(name_of(judge(known)) == "wait");
  known.now += 1h;
  CHECK(name_of(judge(known)) == "person");
}

TEST_CASE("without key and version a write may arrive late, whatever is shown")
{
  auto known = evidence(Shown::untouched, 29s);
  known.keyed = false;
  known.lag = 0s;
  CHECK(name_of(judge(known)) == "wait");
  known.now += 1s;
  CHECK(name_of(judge(known)) == "no effect");
  known.now -= 1s;
  known.guarded = true; // a late one would be refused
  CHECK(name_of(judge(known)) == "no effect");
}

TEST_CASE(
    "what a book closed over is not sent again: it is decided anew, once nothing can arrive late")
{
  auto known = evidence(Shown::untouched, 1s);
  known.lag = 0ms;
  known.closed = true;
  CHECK(name_of(judge(known)) == "wait");
  known.now = kSent + 1h;
  CHECK(name_of(judge(known)) == "no effect");
  // Whoever forgot the key may have taken the write and lost it again.
  known.now = kSent + 48h;
  CHECK(name_of(judge(known)) == "person");
  known.shown = Shown::nothing;
  known.now = kSent + 1h;
  CHECK(name_of(judge(known)) == "person");
  known.shown = Shown::ours;
  CHECK(name_of(judge(known)) == "took effect");
}
