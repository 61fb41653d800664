// A bad record parks itself and what refers to it, level by level; once it is good, all of it follows.
#include "daemon/engine/settle.hpp"
#include "daemon/engine/stage/release.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;
using engine::RunState;

namespace {

std::unique_ptr<schema::Entities> shipped()
{
  std::vector<schema::Finding> findings;
  auto entities = std::make_unique<schema::Entities>(
      schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings));
  REQUIRE(findings.empty());
  return entities;
}

// A panchayat, its plans, their works: three levels, each from one side, in that order.
struct Levels {
  EngineBench bench{shipped(), "activity"};
  Spoke &bodies, &plans, &works;

  Levels()
      : bodies(bench.add({"lgd", "directory", true, false, false, "local_body"})),
        plans(bench.add({"central", "central", true, false, false, "plan"})),
        works(bench.add({"central", "central", true, false, false, "activity"}))
  {
    plans.flow.parents = {"local_body"};
    works.flow.parents = {"local_body", "plan"};
  }

  void put_work(const std::string& code, const std::string& plan)
  {
    works.world.put(code,
                    {{"local_body", "245101"}, {"plan_code", plan}, {"name", "Road " + code}});
  }

  // What a sync of everything does: parents first.
  void sync()
  {
    for (auto* spoke : {&bodies, &plans, &works})
      last = bench.run(*spoke);
  }

  std::vector<store::QuarantineRow> parked(const store::QuarantineQuery& query)
  {
    std::vector<store::QuarantineRow> rows;
    const auto read = bench.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY(rows, tx.quarantine(query));
      return {};
    });
    REQUIRE(read);
    return rows;
  }

  store::QuarantineRow cause()
  {
    store::QuarantineQuery query;
    query.state = "open";
    query.waits = false;
    const auto rows = parked(query);
    REQUIRE(rows.size() == 1);
    return rows.front();
  }

  std::size_t waiting()
  {
    store::QuarantineQuery query;
    query.state = "open";
    query.waits = true;
    query.limit = 100'000;
    return parked(query).size();
  }

  std::vector<store::WaitingRow> below(const store::QuarantineRow& row)
  {
    std::vector<store::WaitingRow> rows;
    const auto read = bench.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY(rows, engine::waiting_below(tx, row.entity, row.key, 100));
      return {};
    });
    REQUIRE(read);
    return rows;
  }

  std::size_t works_here()
  {
    std::size_t count = 0;
    const auto read = bench.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY(count, tx.count_records("activity"));
      return {};
    });
    REQUIRE(read);
    return count;
  }

  engine::Report last;
};

} // namespace

TEST_CASE("what refers to a bad record waits for it, also what refers to that, and nothing else")
{
  Levels levels;
  levels.bodies.world.put("245101", {{"name", ""}}); // its name is required
  levels.bodies.world.put("245102", {{"name", "Chamurchi"}});
  levels.plans.world.put("P1", {{"local_body", "245101"}});
  levels.plans.world.put("P2", {{"local_body", "245102"}});
  levels.put_work("W1", "P1");
  levels.sync();
  CHECK(levels.bench.alive("245102", "local_body"));
  CHECK(levels.bench.alive("P2", "plan"));
  CHECK_FALSE(levels.bench.alive("P1", "plan"));
  CHECK_FALSE(levels.bench.alive("W1", "activity"));
  const auto bad = levels.cause();
  CHECK(bad.key == "245101");
  CHECK(levels.waiting() == 2);
  // The work's own parents: the panchayat is the first that is missing.
  CHECK(levels.below(bad).size() == 2);
  store::QuarantineQuery query;
  query.key = "P1";
  CHECK(levels.parked(query).front().reason ==
        "local_body/245101 is in quarantine itself, as number " + std::to_string(bad.id) +
            "; it waits until that is solved");
  // Put right where it is kept, everything follows in one sync.
  levels.bodies.world.put("245101", {{"name", "Binnaguri"}});
  levels.sync();
  CHECK(levels.bench.alive("P1", "plan"));
  CHECK(levels.bench.alive("W1", "activity"));
  CHECK(levels.waiting() == 0);
  CHECK(levels.last.state == RunState::done);
}

TEST_CASE("a parent that goes while its records are read is missed from the next page on")
{
  Levels levels;
  levels.bodies.world.put("245101", {{"name", "Binnaguri"}});
  levels.plans.world.put("P1", {{"local_body", "245101"}});
  levels.bench.run(levels.bodies);
  levels.bench.run(levels.plans);
  levels.works.world.page_size = 1;
  for (const auto* code : {"W1", "W2", "W3"})
    levels.put_work(code, "P1");
  int pages = 0;
  levels.bench.on_step = [&](engine::Stage stage) {
    if (stage == engine::Stage::stage && ++pages == 2) REQUIRE(levels.bench.erase("P1", "plan"));
  };
  levels.bench.run(levels.works);
  CHECK(levels.bench.alive("W1", "activity"));
  CHECK_FALSE(levels.bench.alive("W2", "activity"));
  CHECK(levels.waiting() == 2);
}

TEST_CASE("a grandchild waits for its own parent, which waits for another")
{
  Levels levels;
  levels.bodies.world.put("245101", {{"name", "Binnaguri"}});
  levels.plans.world.put("P1", {{"local_body", "245199"}}); // that panchayat has not come
  levels.put_work("W1", "P1");
  levels.sync();
  CHECK(levels.waiting() == 2);
  store::QuarantineQuery query;
  query.key = "W1";
  CHECK(levels.parked(query).front().waits_for == "plan/P1");
  query.key = "P1";
  const auto plan = levels.parked(query).front();
  CHECK(plan.reason == "there is no local_body/245199; it waits until there is");
  REQUIRE(levels.below(plan).size() == 1);
  CHECK(levels.below(plan).front().key == "W1");
  levels.bodies.world.put("245199", {{"name", "Late"}});
  levels.sync();
  CHECK(levels.bench.alive("W1", "activity"));
}

TEST_CASE("thousands that wait for one record are let go by one sync, and until then cost little")
{
  Levels levels;
  levels.bodies.world.put("245101", {{"name", "Binnaguri"}});
  levels.plans.world.put("P1", {{"local_body", "245101"}, {"planned_outlay", "10.505"}}); // bad
  constexpr int kWorks = 3000;
  levels.works.world.page_size = 1000;
  for (int i = 0; i < kWorks; ++i)
    levels.put_work("W" + std::to_string(i), "P1");
  levels.sync();
  CHECK(levels.waiting() == kWorks);
  CHECK(levels.works_here() == 0);
  levels.plans.world.put("P1", {{"planned_outlay", "10.50"}});
  levels.sync();
  CHECK(levels.works_here() == kWorks);
  CHECK(levels.waiting() == 0);
}

TEST_CASE("replaying a parent lets its children go; replaying a child alone makes it wait")
{
  Levels levels;
  levels.bodies.world.put("245101", {{"name", "Binnaguri"}});
  levels.plans.world.put("P1", {{"local_body", "245101"}, {"planned_outlay", "10.505"}});
  levels.works.world.put("W1", {{"local_body", "245101"}, {"plan_code", "P1"}, {"name", ""}});
  levels.put_work("W2", "P1");
  levels.sync();
  store::QuarantineQuery query;
  query.key = "W1";
  auto work = levels.parked(query).front();
  CHECK(work.waits_for.empty()); // its own fault comes first
  // The entity's file is put right: what was parked is good now, but its parent is not there.
  const auto mend = [&](store::QuarantineRow row, const std::string& bad, const std::string& good) {
    const auto at = row.payload.find(bad);
    REQUIRE(at != std::string::npos);
    row.payload.replace(at, bad.size(), good);
    REQUIRE(levels.bench.store->transact([&](store::Tx& tx) { return tx.put_quarantine(row); }));
  };
  mend(work, R"("name":"")", R"("name":"Road"})");
  REQUIRE_FALSE(engine::replay(levels.works.flow, work.id, "clerk", levels.bench.services()));
  mend(levels.parked(query).front(), R"("Road"})", R"("Road")");
  REQUIRE(engine::replay(levels.works.flow, work.id, "clerk", levels.bench.services()));
  work = levels.parked(query).front();
  CHECK(work.state == "open");
  CHECK(work.code == "parent_missing");
  CHECK(work.waits_for == "plan/P1");
  query.key = "P1";
  const auto plan = levels.parked(query).front();
  mend(plan, "10.505", "10.50");
  REQUIRE(engine::replay(levels.plans.flow, plan.id, "clerk", levels.bench.services()));
  // The sources still send what they sent: only what was parked is let in.
  levels.bench.run(levels.plans);
  REQUIRE(levels.bench.alive("P1", "plan"));
  levels.bench.run(levels.works);
  CHECK(levels.bench.alive("W1", "activity"));
  CHECK(levels.bench.alive("W2", "activity"));
}

TEST_CASE("a parent that is there does not hold its children up, however bad its newest version is")
{
  Levels levels;
  levels.bodies.world.put("245101", {{"name", "Binnaguri"}});
  levels.sync();
  levels.bodies.world.put("245101", {{"name", ""}});
  levels.plans.world.put("P1", {{"local_body", "245101"}});
  levels.sync();
  CHECK(levels.cause().key == "245101");
  CHECK(levels.bench.alive("P1", "plan"));
}

TEST_CASE("a parent is not discarded while others wait for it, unless they may wait for good")
{
  Levels levels;
  levels.bodies.world.put("245101", {{"name", ""}});
  levels.plans.world.put("P1", {{"local_body", "245101"}});
  levels.sync();
  const auto bad = levels.cause();
  const auto child = levels.below(bad).front().id;
  const auto refused = engine::discard({bad.id, "clerk", "a slip", false}, levels.bench.services());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::precondition);
  CHECK(refused.error().what == "1 are waiting for local_body 245101 and would stay so, the first "
                                "as number " +
                                    std::to_string(child) + "; say that they may");
  CHECK(levels.cause().id == bad.id);
  REQUIRE(engine::discard({bad.id, "clerk", "a slip", true}, levels.bench.services()));
  CHECK(levels.waiting() == 1);
}
