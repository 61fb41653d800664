// The death test: a run dies at every step in turn, is resumed, and must come to the same end.
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <stdexcept>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

struct Death : std::runtime_error {
  Death() : std::runtime_error("death") {}
};

// Everything that both sides hold, as one text.
std::string picture(EngineBench& bench, const MemoryWorld& world)
{
  std::string text;
  for (int i = 0; i < 12; ++i) {
    const auto key = "n" + std::to_string(i);
    for (const auto* field : {"title", "amount", "status", "remark"})
      text +=
          fmt::format("{}.{}: {} | {}\n", key, field, bench.get(key, field), world.get(key, field));
  }
  return text;
}

// How a side is read and written.
struct Side {
  std::size_t in_flight = 1; // requests of a push at once
  bool feed = false; // read from a cursor on, so that what a cursor passes by is not said again
};

void later(EngineBench& bench, Spoke& central)
{
  bench.clock.advance(std::chrono::minutes(1));
  central.world.now_ms = bench.clock.now().time_since_epoch().count();
}

// A district's morning: edits on both sides, deletes, a lost answer.
void story(EngineBench& bench, Spoke& central)
{
  central.world.page_size = 3;
  for (int i = 0; i < 8; ++i)
    central.world.put("n" + std::to_string(i),
                      {{"title", "t"}, {"amount", "10.00"}, {"remark", "r"}});
  bench.run(central);
  REQUIRE(bench.edit("n1", {{"title", "hub"}}));
  REQUIRE(bench.edit("n8", {{"title", "new"}, {"amount", "5.00"}}));
  REQUIRE(bench.edit("n2", {{"remark", "hub"}}));
  REQUIRE(bench.erase("n3"));
  later(bench, central);
  central.world.put("n2", {{"title", "there"}});
  later(bench, central);
  central.world.put("n9", {{"title", "late"}});
  later(bench, central);
  central.world.erase("n4");
  central.world.faults.drop_answers = 1;
  if (central.flow.in_flight == 1) return;
  // Enough for several requests at once, whatever became of the first.
  for (const auto* key : {"n0", "n5", "n6", "n7", "n10", "n11"})
    REQUIRE(bench.edit(key, {{"title", "more"}}));
}

Spoke& add_central(EngineBench& bench, const Side& side)
{
  auto& central = bench.add({.feed = side.feed});
  central.flow.in_flight = side.in_flight;
  if (side.in_flight > 1) central.world.batch_max = 1;
  return central;
}

// The steps of the run that is killed, counted.
std::size_t steps_of_the_run(const Side& side)
{
  EngineBench bench;
  auto& central = add_central(bench, side);
  story(bench, central);
  std::size_t steps = 0;
  bench.on_step = [&](engine::Stage) { ++steps; };
  bench.run(central);
  return steps;
}

void check_deaths(const Side& side)
{
  EngineBench calm;
  auto& reference = add_central(calm, side);
  story(calm, reference);
  for (int i = 0; i < 3; ++i)
    calm.run(reference);
  const auto expected = picture(calm, reference.world);
  const auto effects = reference.world.ledger.size();
  const auto steps = steps_of_the_run(side);
  REQUIRE(steps > 10);
  for (std::size_t death = 1; death <= steps; ++death) {
    CAPTURE(death);
    EngineBench bench;
    auto& central = add_central(bench, side);
    story(bench, central);
    std::size_t step = 0;
    bench.on_step = [&](engine::Stage) {
      if (++step == death) throw Death();
    };
    CHECK_THROWS_AS(bench.run(central), Death);
    bench.on_step = {};
    bench.reopen();
    for (int i = 0; i < 3; ++i)
      bench.run(central);
    CHECK(picture(bench, central.world) == expected);
    CHECK(central.world.ledger.size() == effects);
    const auto quiet = bench.run(central);
    CHECK(quiet.counts.pushed + quiet.counts.updated + quiet.counts.created == 0);
    CHECK(bench.verify(central).agree);
  }
}

} // namespace

TEST_CASE("a run that dies at any step is resumed to the same end, with every effect once")
{
  check_deaths({});
}

TEST_CASE("so is a run whose endpoint says again only what its cursor has not passed")
{
  check_deaths({1, true});
}

TEST_CASE("so is a run that has several requests under way when it dies")
{
  check_deaths({3});
}

TEST_CASE("a run that dies while several requests have had their effect is resumed, and none is "
          "had twice")
{
  for (std::size_t death = 1; death <= 8; ++death) {
    CAPTURE(death);
    EngineBench bench;
    auto& central = add_central(bench, {3});
    bench.run(central);
    for (int i = 0; i < 8; ++i)
      REQUIRE(bench.edit("n" + std::to_string(i), {{"title", "t"}}));
    central.world.on_effect = [&] {
      if (central.world.ledger.size() == death) throw Death();
    };
    CHECK_THROWS_AS(bench.run(central), Death);
    central.world.on_effect = {};
    bench.reopen();
    for (int i = 0; i < 3; ++i)
      bench.run(central);
    CHECK(central.world.ledger.size() == 8);
    CHECK(bench.verify(central).agree);
  }
}
