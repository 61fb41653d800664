// Whole runs over endpoints in memory: what a person would expect of a sync.
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>

using namespace gramsetu;
using namespace gramsetu::test;
using engine::RunState;

TEST_CASE("a first load takes everything and a second run writes nothing")
{
  EngineBench bench;
  auto& central = bench.add({});
  for (int i = 0; i < 120; ++i)
    central.world.put("n" + std::to_string(i), {{"title", "t"}, {"amount", "1,25,000.50"}});
  const auto first = bench.run(central);
  CHECK(first.state == RunState::done);
  CHECK(first.counts.created == 120);
  CHECK(bench.get("n7", "amount") == "125000.50");
  const auto second = bench.run(central);
  CHECK(second.counts.unchanged == 120);
  CHECK(second.counts.created + second.counts.updated + second.counts.deleted == 0);
  CHECK(central.world.ledger.empty());
}

TEST_CASE("an edit at the hub reaches the endpoint once, and its echo is no news")
{
  EngineBench bench;
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "new"}}));
  const auto report = bench.run(central);
  CHECK(report.counts.pushed == 1);
  CHECK(central.world.get("a", "title") == "new");
  const auto quiet = bench.run(central);
  CHECK(quiet.counts.pushed == 0);
  CHECK(quiet.counts.updated == 0);
  CHECK(central.world.ledger.size() == 1);
}

TEST_CASE("different fields changed on both sides are merged and both sides end alike")
{
  EngineBench bench;
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}, {"remark", "old"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "hub"}}));
  central.world.put("a", {{"remark", "there"}});
  bench.run(central);
  CHECK(bench.get("a", "title") == "hub");
  CHECK(bench.get("a", "remark") == "there");
  CHECK(central.world.get("a", "title") == "hub");
  CHECK(bench.verify(central).agree);
}

TEST_CASE("the same field changed on both sides waits for a person, and nothing else does")
{
  EngineBench bench;
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}, {"remark", "old"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "hub"}, {"remark", "hub"}}));
  central.world.put("a", {{"title", "there"}});
  const auto report = bench.run(central);
  CHECK(report.state == RunState::partial);
  REQUIRE(bench.conflicts(true).size() == 1);
  CHECK(bench.conflicts(true)[0].field == "title");
  CHECK(central.world.get("a", "title") == "there");
  CHECK(central.world.get("a", "remark") == "hub");
  // Asked again, nothing doubles.
  bench.run(central);
  CHECK(bench.conflicts(true).size() == 1);
  // Once the sides agree by themselves, the question is gone.
  REQUIRE(bench.edit("a", {{"title", "there"}}));
  bench.run(central);
  CHECK(bench.conflicts(true).empty());
}

TEST_CASE("what an endpoint replaced before a person decided is kept as a loser")
{
  EngineBench bench;
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "hub"}}));
  central.world.put("a", {{"title", "first"}});
  bench.run(central);
  const auto asked = bench.conflicts(true);
  REQUIRE(asked.size() == 1);
  central.world.put("a", {{"title", "second"}});
  bench.run(central);
  const auto open = bench.conflicts(true);
  REQUIRE(open.size() == 1);
  CHECK(open[0].id == asked[0].id);
  CHECK(open[0].remote == R"("second")");
  const auto settled = bench.conflicts(false);
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].hub == R"("first")");
  CHECK(settled[0].winner == R"("second")");
}

TEST_CASE("a decided conflict keeps the loser")
{
  EngineBench bench("{ prefer: [central, local] }");
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "hub"}}));
  central.world.put("a", {{"title", "there"}});
  bench.run(central);
  CHECK(bench.get("a", "title") == "there");
  REQUIRE(bench.conflicts(false).size() == 1);
  CHECK(bench.conflicts(false)[0].hub == "\"hub\"");
}

TEST_CASE("a delete by marker removes the record, and stale data does not bring it back")
{
  EngineBench bench;
  auto& central = bench.add({});
  auto& csc = bench.add({"csc", "csc"});
  central.world.put("a", {{"title", "x"}});
  bench.run(central);
  bench.run(csc);
  CHECK(csc.world.alive("a"));
  bench.clock.advance(std::chrono::hours(1));
  central.world.now_ms = bench.clock.now().time_since_epoch().count();
  central.world.erase("a");
  bench.run(central);
  CHECK_FALSE(bench.alive("a"));
  bench.run(csc);
  CHECK_FALSE(csc.world.alive("a"));
  CHECK_FALSE(bench.alive("a"));
}

TEST_CASE("an absence counts only when the slice was read to its end")
{
  EngineBench bench;
  auto& lgd = bench.add({"lgd", "directory", true, false, true});
  for (int i = 0; i < 60; ++i)
    lgd.world.put("n" + std::to_string(i), {{"title", "x"}});
  bench.run(lgd);
  lgd.world.erase("n7");
  lgd.world.faults.damage_pages = 1;
  CHECK(bench.run(lgd).counts.deleted == 0);
  CHECK(bench.alive("n7"));
  CHECK(bench.alive("n8"));
  CHECK(bench.run(lgd).counts.deleted == 1);
  CHECK_FALSE(bench.alive("n7"));
}

TEST_CASE("what the hub created at an endpoint and nobody ever saw there again is gone there")
{
  EngineBench bench;
  auto& csc = bench.add({"csc", "csc", true, true, true});
  csc.world.put("a", {{"title", "a"}});
  bench.run(csc);
  REQUIRE(bench.edit("b", {{"title", "b"}}));
  bench.run(csc);
  REQUIRE(csc.world.alive("b"));
  csc.world.erase("b");
  const auto report = bench.run(csc);
  CHECK(report.counts.deleted == 1);
  CHECK(report.counts.pushed == 0);
  CHECK(bench.verify(csc).agree);
}

TEST_CASE("an empty source and a mass delete are held, write nothing, and heal by themselves")
{
  EngineBench bench;
  auto& lgd = bench.add({"lgd", "directory", true, false, true});
  for (int i = 0; i < 100; ++i)
    lgd.world.put("n" + std::to_string(i), {{"title", "x"}});
  bench.run(lgd);
  const auto rows = lgd.world.rows;
  lgd.world.rows.clear();
  const auto held = bench.run(lgd);
  CHECK(held.state == RunState::held);
  CHECK(held.reason.find("empty_source") == 0);
  REQUIRE(held.held.size() == 1);
  CHECK(held.held[0].deletes == 100);
  CHECK(bench.alive("n7"));
  lgd.world.rows = rows;
  CHECK(bench.run(lgd).state == RunState::done);
  for (int i = 0; i < 30; ++i)
    lgd.world.erase("n" + std::to_string(i));
  const auto shown = bench.run(lgd);
  CHECK(shown.state == RunState::held);
  CHECK(shown.hold.rails == std::set<std::string>{"max_deletes", "sudden_drop"});
  CHECK(shown.hold.records == 30);
  engine::RunOptions approved;
  approved.approval = {"district magistrate", bench.clock.now(), {}};
  CHECK(bench.run(lgd, approved).hold.rails == std::set<std::string>{"sudden_drop"});
  approved.approval.found = shown.hold.found;
  CHECK(bench.run(lgd, approved).counts.deleted == 30);
}

TEST_CASE("every rail holds a run for one record more than it allows, and for no fewer")
{
  EngineBench bench;
  auto& lgd = bench.add({"lgd", "directory", true, false, true});
  auto& rails = lgd.flow.rails;
  rails.at_least = 0;
  rails.max_creates.records = 30;
  const auto name = [](int i) { return "n" + std::to_string(i); };
  for (int i = 0; i < 200; ++i)
    lgd.world.put(name(i), {{"title", "x"}, {"remark", "y"}});
  bench.run(lgd);
  const auto blank = [&](int i) { lgd.world.put(name(i), {{"remark", ""}}); };
  const auto change = [&](int i) { lgd.world.put(name(i), {{"title", "z"}}); };
  const auto create = [&](int i) { lgd.world.put(name(1000 + i), {{"title", "z"}}); };
  const auto remove = [&](int i) { lgd.world.erase(name(199 - i)); };
  const auto held_by = [&](const std::function<void(int)>& move, int count) {
    const auto before = lgd.world.rows;
    for (int i = 0; i < count; ++i)
      move(i);
    const auto report = bench.run(lgd);
    lgd.world.rows = before;
    return report.hold.rails;
  };
  using Names = std::set<std::string>;
  CHECK(held_by(remove, 11) == Names{"max_deletes"}); // of 200, 5 % may go
  CHECK(held_by(blank, 21) == Names{"null_rate"});    // and a field go blank in 10 %
  rails.null_rate = 10'000;                           // no rail in front of the others
  CHECK(held_by(change, 101) == Names{"max_changes"});
  CHECK(held_by(create, 31) == Names{"max_creates"});
  CHECK(held_by(remove, 10) == Names{});
  CHECK(bench.run(lgd).counts.created == 10); // they are back
  rails.null_rate = 1'000;
  CHECK(held_by(blank, 20) == Names{});
  CHECK(bench.run(lgd).counts.updated == 20);
  CHECK(held_by(change, 100) == Names{});
  CHECK(bench.run(lgd).counts.updated == 100);
  CHECK(held_by(create, 30) == Names{});
}

TEST_CASE("an answer that never comes is looked up before anything is sent again")
{
  EngineBench bench;
  auto& central = bench.add({});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "x"}}));
  central.world.faults.drop_answers = 1;
  const auto lost = bench.run(central);
  CHECK(lost.counts.unknown == 1);
  CHECK(lost.state == RunState::partial);
  const auto found = bench.run(central);
  CHECK(found.state == RunState::done);
  CHECK(central.world.ledger.size() == 1);
  CHECK(bench.verify(central).agree);
}

TEST_CASE("our own write is known again although somebody edited the record before we looked")
{
  EngineBench bench("manual");
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}, {"remark", "old"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "first"}}));
  REQUIRE(bench.edit("b", {{"title", "first"}}));
  central.world.faults.drop_answers = 2;
  CHECK(bench.run(central).counts.unknown == 2);
  central.world.put("a", {{"remark", "there"}});
  REQUIRE(bench.edit("a", {{"title", "second"}}));
  REQUIRE(bench.edit("b", {{"title", "second"}}));
  for (int i = 0; i < 2; ++i)
    bench.run(central);
  // Our "first" was nobody's edit: there is nothing to decide.
  CHECK(bench.conflicts(true).empty());
  CHECK(bench.conflicts(false).empty());
  CHECK(central.world.get("a", "title") == "second");
  CHECK(central.world.get("b", "title") == "second");
  CHECK(bench.get("a", "remark") == "there");
  CHECK(central.world.ledger.size() == 4);
  CHECK(bench.verify(central).agree);
}

TEST_CASE("what somebody wrote over our own unanswered write is their edit, and is decided")
{
  EngineBench bench("manual");
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}, {"remark", "old"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "ours"}, {"remark", "ours"}}));
  central.world.faults.drop_answers = 1;
  bench.run(central);
  central.world.put("a", {{"title", "theirs"}});
  bench.run(central);
  const auto open = bench.conflicts(true);
  REQUIRE(open.size() == 1);
  CHECK(open[0].field == "title");
  CHECK(central.world.get("a", "title") == "theirs");
  CHECK(bench.get("a", "title") == "ours");
}

TEST_CASE("a record that cannot be used is parked with its reason while its neighbours go on")
{
  EngineBench bench;
  auto& central = bench.add({});
  central.world.put("good", {{"title", "x"}, {"amount", "10.50"}});
  central.world.put("bad", {{"title", "x"}, {"amount", "10.505"}});
  const auto report = bench.run(central);
  CHECK(report.state == RunState::partial);
  CHECK(report.counts.created == 1);
  REQUIRE(bench.quarantine().size() == 1);
  CHECK(bench.quarantine()[0].pointer == "/amount");
  CHECK(bench.quarantine()[0].payload.find("10.505") != std::string::npos);
  // Put right at its source, it comes in and the parking place is free again.
  central.world.put("bad", {{"amount", "10.50"}});
  CHECK(bench.run(central).state == RunState::done);
  CHECK(bench.quarantine().empty());
}

TEST_CASE("an endpoint that is down fails the run with the reason and loses nothing")
{
  EngineBench bench;
  auto& central = bench.add({});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "x"}}));
  central.world.faults.refuse_connect = 1;
  const auto report = bench.run(central);
  CHECK(report.state == RunState::failed);
  CHECK(report.reason.find("connection refused") != std::string::npos);
  bench.run(central);
  CHECK(central.world.get("a", "title") == "x");
  CHECK(central.world.ledger.size() == 1);
}

TEST_CASE("a write over a version that is gone is decided again, not forced")
{
  EngineBench bench("{ prefer: [central, local] }");
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "hub"}, {"remark", "hub"}}));
  // Somebody edits between our pull and our push.
  bool once = true;
  bench.on_step = [&](engine::Stage stage) {
    if (stage != engine::Stage::push || !once) return;
    once = false;
    central.world.put("a", {{"title", "there"}});
  };
  bench.run(central);
  CHECK(central.world.get("a", "title") == "there");
  CHECK(central.world.get("a", "remark") == "hub");
  CHECK(bench.get("a", "title") == "there");
  CHECK(bench.verify(central).agree);
}

TEST_CASE("three sides converge whatever the order of their runs")
{
  EngineBench bench("newest");
  auto& central = bench.add({});
  auto& csc = bench.add({"csc", "csc"});
  auto& state = bench.add({"state", "state"});
  central.world.put("a", {{"title", "one"}});
  for (int round = 0; round < 2; ++round)
    for (auto* spoke : {&state, &central, &csc})
      bench.run(*spoke);
  bench.clock.advance(std::chrono::minutes(5));
  csc.world.now_ms = bench.clock.now().time_since_epoch().count();
  csc.world.put("a", {{"title", "two"}});
  for (int round = 0; round < 2; ++round)
    for (auto* spoke : {&state, &csc, &central})
      bench.run(*spoke);
  for (auto* spoke : {&state, &csc, &central}) {
    CHECK(spoke->world.get("a", "title") == "two");
    CHECK(bench.verify(*spoke).agree);
  }
  const auto effects = csc.world.ledger.size() + state.world.ledger.size();
  for (auto* spoke : {&state, &csc, &central})
    bench.run(*spoke);
  CHECK(csc.world.ledger.size() + state.world.ledger.size() == effects);
}

TEST_CASE("what became visible late is read behind the cursor, as far as the lookback reaches")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", true, false, false, "", true});
  central.flow.lookback = std::chrono::minutes(10);
  const auto now = bench.clock.now().time_since_epoch().count();
  central.world.now_ms = now;
  central.world.put("a", {{"title", "one"}});
  bench.run(central);
  // Its transaction took long there: it bears a time that the cursor has passed.
  central.world.now_ms = now - 5 * 60'000;
  central.world.put("b", {{"title", "late"}});
  central.world.now_ms = now - 15 * 60'000;
  central.world.put("c", {{"title", "too late"}});
  bench.run(central);
  CHECK(bench.get("b", "title") == "late");
  CHECK_FALSE(bench.alive("c"));
  engine::RunOptions full;
  full.full = true;
  bench.run(central, full);
  CHECK(bench.get("c", "title") == "too late");
}
