// Outcomes that nobody told: looked up, sent again under the same key, or shown to a person.
#include "daemon/engine/settle.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace gramsetu;
using namespace gramsetu::test;
using namespace std::chrono_literals;
using engine::RunState;

namespace {

// A push-only side whose first write is lost.
struct Lost {
  EngineBench bench;
  Spoke* central;

  explicit Lost(bool probes, bool idempotent = true)
  {
    SpokeOptions options;
    options.pulls = false;
    central = &bench.add(options);
    central->world.probes = probes;
    central->world.idempotent = idempotent;
    (void)bench.edit("a", {{"title", "one"}});
  }

  engine::Report run() { return bench.run(*central); }

  store::QuarantineRow question()
  {
    const auto parked = bench.quarantine();
    REQUIRE(parked.size() == 1);
    CHECK(parked[0].code == "outcome_unknown");
    return parked[0];
  }

  Result<void> resolve(bool took_effect, const std::string& note = "asked them")
  {
    const auto id = question().id;
    return resolve_outcome(central->flow, {id, took_effect, "", "A. Roy", note}, bench.services());
  }

  std::size_t effects() const { return central->world.ledger.size(); }
};

std::set<std::string> keys_of(const std::vector<Effect>& ledger)
{
  std::set<std::string> keys;
  for (const auto& effect : ledger)
    keys.insert(effect.idempotency_key);
  return keys;
}

} // namespace

TEST_CASE(
    "an endpoint that cannot be asked gets the same bytes under the same key, and has them once")
{
  Lost lost(false);
  lost.central->world.faults.drop_answers = 1;
  CHECK(lost.run().counts.unknown == 1);
  // Edited meanwhile: the first goes again as it was, the second after it.
  REQUIRE(lost.bench.edit("a", {{"title", "two"}}));
  const auto report = lost.run();
  CHECK(report.state == RunState::done);
  CHECK(report.counts.pushed == 2);
  CHECK(lost.central->world.altered == 0);
  REQUIRE(lost.effects() == 2);
  CHECK(lost.central->world.ledger[0].verb == "create");
  CHECK(lost.central->world.ledger[1].verb == "update");
  CHECK(lost.central->world.get("a", "title") == "two");
  CHECK(lost.bench.quarantine().empty());
}

TEST_CASE("a key that the endpoint may have forgotten is not used again: a person is asked")
{
  Lost lost(false);
  lost.central->world.retention_ms = 3'600'000;
  lost.central->world.faults.drop_answers = 1;
  lost.run();
  lost.bench.clock.advance(2h);
  for (int i = 0; i < 3; ++i) {
    const auto report = lost.run();
    CHECK(report.state == RunState::partial);
    CHECK(report.counts.unknown == 1);
    CHECK(report.counts.refused == 0);
    lost.bench.clock.advance(1h);
  }
  CHECK(lost.effects() == 1);
  CHECK(lost.question().reason ==
        "no answer came to the create, and it cannot be asked about single records");
  const auto totals = lost.bench.totals();
  REQUIRE(totals.flows.size() == 1);
  CHECK(totals.flows[0].unknown == 1);
  CHECK(totals.flows[0].oldest_unknown ==
        Instant(std::chrono::milliseconds(lost.central->world.answered.begin()->second.at)));
  SUBCASE("who finds it there ends it, and nothing is sent")
  {
    REQUIRE(lost.resolve(true));
    CHECK(lost.run().state == RunState::done);
    CHECK(lost.effects() == 1);
    REQUIRE(lost.bench.edit("a", {{"title", "two"}}));
    lost.run();
    CHECK(lost.central->world.ledger.back().verb == "update");
  }
  SUBCASE("what was edited meanwhile follows")
  {
    REQUIRE(lost.bench.edit("a", {{"title", "two"}}));
    REQUIRE(lost.resolve(true));
    lost.run();
    CHECK(lost.central->world.get("a", "title") == "two");
    CHECK(lost.effects() == 2);
  }
  SUBCASE("who finds nothing there has it sent anew, under a new key")
  {
    lost.central->world.erase("a");
    REQUIRE(lost.resolve(false));
    CHECK(lost.run().state == RunState::done);
    CHECK(lost.effects() == 2);
    CHECK(keys_of(lost.central->world.ledger).size() == 2);
  }
  CHECK(lost.bench.quarantine().empty());
}

TEST_CASE("a decision has a name and a reason, is made once, and only about what is unknown")
{
  Lost lost(false, false);
  lost.central->world.faults.drop_answers = 1;
  lost.run();
  lost.run();
  const auto row = lost.question();
  auto services = lost.bench.services();
  const auto& flow = lost.central->flow;
  CHECK(replay(flow, row.id, "A. Roy", services).error().kind == ErrorKind::precondition);
  CHECK(discard({row.id, "A. Roy", "away"}, services).error().kind == ErrorKind::precondition);
  CHECK(resolve_outcome(flow, {row.id, true, "", "", "why"}, services).error().kind ==
        ErrorKind::invalid);
  CHECK(resolve_outcome(flow, {row.id, true, "", "A. Roy", ""}, services).error().kind ==
        ErrorKind::invalid);
  CHECK(lost.bench.quarantine().size() == 1);
  REQUIRE(lost.resolve(true, "seen on their screen"));
  const auto again = resolve_outcome(flow, {row.id, false, "", "B. Sen", "why"}, services);
  REQUIRE_FALSE(again);
  CHECK(again.error().what == "quarantined record 1 was took_effect already");
  std::optional<store::QuarantineRow> settled;
  REQUIRE(lost.bench.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(settled, tx.quarantined(row.id));
    return {};
  }));
  CHECK(settled->settled_by == "A. Roy");
  CHECK(settled->note == "seen on their screen");
  CHECK(lost.effects() == 1);
}

TEST_CASE("a question that answers itself closes itself")
{
  // Past its retention and not there: a person is asked. Then it appears.
  Lost lost(true);
  lost.central->world.retention_ms = 3'600'000;
  lost.central->world.late_ms = 10 * 3'600'000;
  lost.central->world.faults.hold_back = 1;
  lost.run();
  lost.bench.clock.advance(2h);
  lost.run();
  CHECK(lost.question().reason == "no answer came to the create, and it is not there");
  lost.bench.clock.advance(9h);
  const auto report = lost.run();
  CHECK(report.state == RunState::done);
  CHECK(report.counts.pushed == 1);
  CHECK(lost.bench.quarantine().empty());
  CHECK(lost.effects() == 1);
}

TEST_CASE("what a probe does not show yet is not taken for lost")
{
  Lost lost(true, false);
  lost.central->world.lag_ms = 600'000;
  lost.central->world.faults.drop_answers = 1;
  lost.run();
  for (int i = 0; i < 3; ++i) {
    lost.bench.clock.advance(3min);
    CHECK(lost.run().counts.unknown == 1);
    CHECK(lost.effects() == 1);
  }
  lost.bench.clock.advance(3min);
  CHECK(lost.run().state == RunState::done);
  CHECK(lost.effects() == 1);
}

TEST_CASE("without keys, a write that is not there when the lag is over is sent once more")
{
  Lost lost(true, false);
  lost.central->world.lag_ms = 600'000;
  lost.central->world.faults.hold_back = 1;
  lost.central->world.late_ms = 1LL << 60; // never
  lost.run();
  lost.bench.clock.advance(5min);
  lost.run();
  CHECK(lost.effects() == 0);
  lost.bench.clock.advance(5min);
  lost.run();
  lost.bench.clock.advance(1min); // the wait before another attempt
  CHECK(lost.run().state == RunState::done);
  CHECK(lost.effects() == 1);
}

TEST_CASE("a hub that dies in the middle of a batch has every effect once, whoever can be asked")
{
  for (const bool probes : {true, false}) {
    for (std::size_t survivors = 1; survivors <= 7; ++survivors) {
      CAPTURE(probes);
      CAPTURE(survivors);
      EngineBench bench;
      auto& central = bench.add({"central", "central", false, true});
      central.world.probes = probes;
      for (int i = 0; i < 7; ++i)
        REQUIRE(bench.edit("n" + std::to_string(i), {{"title", "t" + std::to_string(i)}}));
      central.world.on_effect = [&] {
        if (central.world.ledger.size() == survivors) throw survivors;
      };
      CHECK_THROWS_AS(bench.run(central), std::size_t);
      central.world.on_effect = {};
      bench.reopen();
      REQUIRE(bench.edit("n3", {{"title", "edited"}}));
      bench.run(central);
      CHECK(bench.run(central).state == RunState::done);
      CHECK(central.world.ledger.size() == 8);
      CHECK(keys_of(central.world.ledger).size() == 8);
      CHECK(central.world.altered == 0);
      CHECK(central.world.get("n3", "title") == "edited");
    }
  }
}

TEST_CASE("two edits of one record arrive in their order, also when the first one's answer is lost")
{
  EngineBench bench;
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}});
  bench.run(central);
  for (const auto* title : {"first", "second", "third"}) {
    REQUIRE(bench.edit("a", {{"title", title}}));
    central.world.faults.drop_answers = 1;
    bench.run(central);
  }
  bench.run(central);
  std::vector<std::string> bodies;
  for (const auto& effect : central.world.ledger)
    bodies.push_back(effect.body);
  REQUIRE(bodies.size() == 3);
  CHECK(bodies[0].find("first") != std::string::npos);
  CHECK(bodies[1].find("second") != std::string::npos);
  CHECK(bodies[2].find("third") != std::string::npos);
  CHECK(central.world.get("a", "title") == "third");
}

TEST_CASE("a queue is drained oldest first, whatever its keys are called, in one run")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", false, true});
  central.world.batch_max = 2;
  for (const auto* key : {"z", "m", "a", "q", "b"}) {
    bench.clock.advance(1s);
    REQUIRE(bench.edit(key, {{"title", key}}));
  }
  CHECK(bench.run(central).counts.pushed == 5);
  std::string order;
  for (const auto& effect : central.world.ledger)
    order += effect.key;
  CHECK(order == "zmaqb");
}

TEST_CASE("a login that fails ends the run and costs no attempt")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", false, true});
  for (int i = 0; i < 3; ++i)
    REQUIRE(bench.edit("n" + std::to_string(i), {{"title", "t"}}));
  for (int turn = 0; turn < 20; ++turn) {
    central.world.faults.unauthorized = 3;
    const auto report = bench.run(central);
    CHECK(report.state == RunState::failed);
    CHECK(report.reason == "answered 401");
  }
  central.world.faults.unauthorized = 0;
  CHECK(bench.run(central).counts.pushed == 3);
  CHECK(bench.quarantine().empty());
}

TEST_CASE("an endpoint that is away costs no attempts, however long; one record that does not go "
          "through does")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", false, true});
  central.world.probes = false;
  REQUIRE(bench.edit("a", {{"title", "t"}}));
  for (int turn = 0; turn < 20; ++turn) {
    central.world.faults.refuse_connect = 1'000;
    CHECK(bench.run(central).state == RunState::failed);
    bench.clock.advance(2h);
  }
  CHECK(bench.quarantine().empty());
  // Now only the first write of each run fails, and others go through.
  for (int turn = 0; turn < 8; ++turn) {
    REQUIRE(bench.edit("n" + std::to_string(turn), {{"title", "t"}}));
    central.world.faults.refuse_connect = 1;
    bench.run(central);
    bench.clock.advance(2h);
  }
  REQUIRE(bench.quarantine().size() == 1);
  CHECK(bench.quarantine()[0].key == "a");
  CHECK(bench.quarantine()[0].reason == "gave up after 8 attempts: connection refused");
}

TEST_CASE("what was corrected while it was under way is sent when the endpoint refuses it")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", false, true});
  REQUIRE(bench.edit("a", {{"title", "bad"}}));
  central.world.refuses = {"bad"};
  central.world.faults.hold_back = 1;
  central.world.late_ms = 1LL << 60;
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "good"}}));
  // Sent again as it was, and refused; the correction is not parked with it.
  CHECK(bench.run(central).state == RunState::done);
  CHECK(bench.quarantine().empty());
  CHECK(central.world.get("a", "title") == "good");
}

TEST_CASE("what exists there already with other content becomes a conflict, not done")
{
  EngineBench bench;
  auto& central = bench.add({});
  central.world.put("x", {{"title", "t"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "ours"}}));
  // It comes into being there behind the pull: the create is refused.
  bool entered = false;
  bench.on_step = [&](engine::Stage stage) {
    if (stage == engine::Stage::push && !entered) {
      entered = true;
      central.world.put("a", {{"title", "theirs"}});
    }
  };
  const auto report = bench.run(central);
  bench.on_step = {};
  CHECK(report.counts.pushed == 0);
  const auto open = bench.conflicts(true);
  REQUIRE(open.size() == 1);
  CHECK(open[0].field == "title");
  CHECK(central.world.get("a", "title") == "theirs");
  CHECK(bench.get("a", "title") == "ours");
}

TEST_CASE("an attempt that found nobody is repeated under the key that it had")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", false, true});
  central.world.probes = false;
  central.world.faults.refuse_connect = 1'000;
  const auto key_of_attempt = [&] {
    std::optional<store::OutboxRow> row;
    REQUIRE(bench.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY(row, tx.outbox_of(central.flow.id, "a"));
      return {};
    }));
    REQUIRE(row);
    bench.clock.advance(std::chrono::minutes(10));
    return row->idempotency_key;
  };
  REQUIRE(bench.edit("a", {{"title", "t"}}));
  bench.run(central);
  const auto first = key_of_attempt();
  CHECK_FALSE(first.empty());
  bench.run(central);
  CHECK(key_of_attempt() == first);
  REQUIRE(bench.edit("a", {{"title", "u"}})); // another effect
  bench.run(central);
  CHECK(key_of_attempt() != first);
}
