// How far clocks may be off: stated, measured, and carried with every value.
#include "daemon/engine/clock_doubt.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;
using connectors::ClockReading;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

ClockReading reading(int ahead, int error)
{
  return {milliseconds(ahead), milliseconds(error), at("2026-11-23T10:00:00Z")};
}

ClockReading noted(EngineBench& bench, const ClockReading& one)
{
  std::optional<ClockReading> known;
  REQUIRE(bench.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY_VOID(engine::note_clock(tx, "csc", one));
    TRY(known, engine::clock_of(tx, "csc"));
    return {};
  }));
  return known.value();
}

void put_at(Spoke& spoke, Instant when, const std::string& title)
{
  spoke.world.now_ms = when.time_since_epoch().count();
  spoke.world.put("a", {{"title", title}});
}

} // namespace

TEST_CASE("what the operator states holds until a reading proves more")
{
  const milliseconds stated(2000);
  CHECK(engine::doubt_with(stated, std::nullopt) == stated);
  CHECK(engine::doubt_with(stated, reading(400, 500)) == stated); // within its own error
  CHECK(engine::doubt_with(stated, reading(900, 500)) == stated);
  CHECK(engine::doubt_with(stated, reading(-90'000, 500)) == milliseconds(90'500));
  // A slow line alone proves nothing.
  CHECK(engine::doubt_with(stated, reading(4000, 20'000)) == stated);
}

TEST_CASE("readings are smoothed, and a clock that was set counts at once")
{
  EngineBench bench;
  CHECK(noted(bench, reading(1000, 500)).ahead == milliseconds(1000));
  CHECK(noted(bench, reading(1400, 500)).ahead == milliseconds(1100));
  CHECK(noted(bench, reading(600'000, 500)).ahead == milliseconds(600'000));
}

TEST_CASE("the doubt of both sides decides whether time can: each endpoint has its own")
{
  EngineBench bench("newest");
  auto& central = bench.add({});
  auto& csc = bench.add({"csc", "csc"});
  csc.flow.clock_doubt = minutes(10); // nobody keeps that clock
  const auto start = bench.clock.now();
  put_at(central, start, "old");
  bench.run(central);
  bench.run(csc);
  bench.clock.advance(minutes(60));
  put_at(central, start + minutes(30), "central's");
  put_at(csc, start + minutes(25), "csc's");
  bench.run(central);
  bench.run(csc);
  REQUIRE(bench.conflicts(true).size() == 1);
  CHECK(bench.conflicts(true)[0].rule ==
        "newest: both changed within 602000 ms, the doubt of their clocks");
  // A third side whose clock is kept is not drawn into it, and the value keeps its own doubt.
  auto& state = bench.add({"state", "state"});
  bench.run(state);
  put_at(state, start + minutes(40), "state's");
  bench.run(state);
  CHECK(bench.get("a", "title") == "state's");
  bench.run(csc); // looked at again: now the times are far enough apart
  CHECK(bench.conflicts(true).empty());
  CHECK(csc.world.get("a", "title") == "state's");
}

TEST_CASE("a measured clock widens the doubt and corrects nothing")
{
  EngineBench bench("newest");
  auto& csc = bench.add({"csc", "csc"});
  const auto start = bench.clock.now();
  put_at(csc, start, "old");
  bench.run(csc);
  csc.world.clock = ClockReading{minutes(-5), milliseconds(600), bench.clock.now()};
  bench.clock.advance(minutes(60));
  REQUIRE(bench.edit("a", {{"title", "hub's"}})); // at 60
  put_at(csc, start + minutes(58), "csc's");      // at 63 by our clock, perhaps
  bench.clock.advance(minutes(10));
  bench.run(csc);
  REQUIRE(bench.conflicts(true).size() == 1);
  CHECK(bench.conflicts(true)[0].rule ==
        "newest: both changed within 302600 ms, the doubt of their clocks");
}

TEST_CASE("a value whose time has not come yet, or that has none, is never the newest")
{
  EngineBench bench("newest");
  auto& csc = bench.add({"csc", "csc"});
  put_at(csc, bench.clock.now(), "old");
  bench.run(csc);
  bench.clock.advance(minutes(60));
  REQUIRE(bench.edit("a", {{"title", "hub's"}}));
  put_at(csc, bench.clock.now() + minutes(600), "of tomorrow");
  bench.run(csc);
  REQUIRE(bench.conflicts(true).size() == 1);
  CHECK(bench.conflicts(true)[0].rule == "newest: one side does not say when it changed");
}
