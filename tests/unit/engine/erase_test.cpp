// A person's data: out of everything that the store keeps, and kept out.
#include "daemon/engine/erase.hpp"

#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

constexpr const char* kCanary = "Asha Devi of Banarhat";
constexpr const char* kOlder = "Asha Debi of Banarhat";
constexpr const char* kEntity =
    "entity: person\n"
    "title: Person\n"
    "key: [person]\n"
    "authority: [central, local]\n"
    "rule: manual\n"
    "fields:\n"
    "  person: { type: text, privacy: open, help: Identity }\n"
    "  name: { type: text, privacy: personal, required: true, help: Name }\n"
    "  account: { type: text, privacy: financial, help: Account }\n"
    "  status: { type: text, privacy: open, help: How far it is }\n";

std::unique_ptr<schema::Entities> persons()
{
  std::vector<schema::Finding> findings;
  auto entities = std::make_unique<schema::Entities>();
  entities->add(schema::parse_document(kEntity, "person.yaml", findings), findings);
  for (const auto& finding : findings)
    FAIL(schema::to_text(finding));
  return entities;
}

// A record that both sides have, with a past.
struct Scene {
  TempDir dir;
  EngineBench bench{persons(), "person"};
  Spoke* central;

  explicit Scene(bool feed = false)
  {
    auto opened = store::open_store({dir.file("hub.db"), {}, 8 << 20});
    REQUIRE(opened);
    bench.store = std::move(*opened);
    central = &bench.add({.feed = feed});
    central->world.put("P1", {{"name", kOlder}, {"account", "31415926535"}, {"status", "new"}});
    central->world.put("P2", {{"name", "Bimal Roy of Dhupguri"}, {"status", "new"}});
    run();
    bench.clock.advance(std::chrono::hours(1));
    central->world.now_ms = bench.clock.now().time_since_epoch().count();
    central->world.put("P1", {{"name", kCanary}});
    run();
  }

  engine::Report run() { return bench.run(*central); }

  Result<engine::Erased> erase(const std::string& key = "P1")
  {
    return engine::erase_personal(bench.entity(), {key, "clerk", "asked by the person", "secret"},
                                  bench.services());
  }

  // Everything that is in the store's files.
  bool holds(const std::string& text)
  {
    std::string bytes;
    for (const auto* part : {"", "-wal"})
      bytes += dir.read(std::string("hub.db") + part);
    return bytes.find(text) != std::string::npos;
  }
};

} // namespace

TEST_CASE("no byte of an erased value is left in the store or its log; others keep theirs")
{
  Scene scene;
  REQUIRE(scene.holds(kCanary));
  REQUIRE(scene.holds(kOlder)); // superseded, in the change log
  const auto erased = scene.erase();
  REQUIRE_MESSAGE(erased, erased.error().what);
  CHECK(erased->fields == std::vector<std::string>{"name", "account"});
  CHECK(erased->counts.find("record")->integer() == 1);
  CHECK(erased->counts.find("change_log")->integer() >= 1);
  CHECK(erased->counts.find("shadows")->integer() == 1);
  REQUIRE(store::forget_deleted(*scene.bench.store, false));
  for (const auto* text : {kCanary, kOlder, "31415926535"}) {
    CAPTURE(text);
    CHECK_FALSE(scene.holds(text));
  }
  CHECK(scene.holds("Bimal Roy"));
  CHECK(scene.bench.get("P1", "status") == "new");
  CHECK(scene.bench.store->check().has_value());
}

TEST_CASE(
    "what was erased does not come back by a run, a full reading or an edit, until it is lifted")
{
  Scene scene;
  REQUIRE(scene.erase());
  engine::RunOptions full;
  full.full = true;
  for (int again = 0; again < 2; ++again) {
    const auto report = scene.bench.run(*scene.central, full);
    CHECK(report.counts.updated == 0);
    CHECK(report.counts.pushed == 0); // and nothing is erased over there
  }
  scene.central->world.put("P1", {{"name", "Asha Devi, again"}, {"status", "done"}});
  scene.bench.run(*scene.central, full);
  CHECK(scene.bench.get("P1", "name").empty());
  CHECK(scene.bench.get("P1", "status") == "done"); // the rest goes on
  REQUIRE(store::forget_deleted(*scene.bench.store, false));
  CHECK_FALSE(scene.holds("Asha Devi"));
  const auto typed = scene.bench.edit("P1", {{"name", "Asha Devi"}});
  REQUIRE_FALSE(typed);
  CHECK(typed.error().what.find("was erased") != std::string::npos);
  CHECK(scene.bench.verify(*scene.central).agree);

  const engine::ErasureOrder lift{"P1", "clerk", "withdrawn", ""};
  REQUIRE(engine::lift_personal(scene.bench.entity(), lift, scene.bench.services()));
  scene.bench.run(*scene.central, full);
  CHECK(scene.bench.get("P1", "name") == "Asha Devi, again");
  CHECK(engine::lift_personal(scene.bench.entity(), lift, scene.bench.services()).error().kind ==
        ErrorKind::not_found);
}

TEST_CASE("losers and quarantine lose it, too; what is open about it is settled")
{
  Scene scene;
  REQUIRE(scene.bench.edit("P1", {{"name", "Asha of the hub"}}));
  scene.central->world.put("P1", {{"name", "Asha of the centre"}});
  scene.run();
  REQUIRE(scene.bench.conflicts(true).size() == 1);
  const auto parked = scene.bench.store->transact([](store::Tx& tx) -> Result<void> {
    store::QuarantineRow row;
    row.flow = "person@central";
    row.entity = "person";
    row.direction = "pull";
    row.code = "no_key";
    row.reason = "no key";
    row.payload = "{\"name\":\"Asha of the hub\"}";
    row.state = "open";
    TRY_VOID(tx.add_quarantine(row));
    return {};
  });
  REQUIRE(parked);
  const auto erased = scene.erase();
  REQUIRE_MESSAGE(erased, erased.error().what);
  CHECK(scene.bench.conflicts(true).empty());
  CHECK(scene.bench.conflicts(false).size() == 1);
  CHECK(scene.bench.quarantine().empty());
  std::vector<store::QuarantineRow> settled;
  REQUIRE(scene.bench.store->transact([&](store::Tx& tx) -> Result<void> {
    store::QuarantineQuery query;
    query.state = "discarded";
    TRY(settled, tx.quarantine(query));
    return {};
  }));
  CHECK(settled.size() == 1);
  REQUIRE(store::forget_deleted(*scene.bench.store, false));
  CHECK_FALSE(scene.holds("Asha of the"));
}

TEST_CASE("an account of the removal stays, with a keyed hash and no value")
{
  Scene scene;
  REQUIRE(scene.erase());
  const auto done = scene.bench.store->transact([](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, store::removals(tx, 0, 10));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].kind == "erasure");
    CHECK(rows[0].key == "P1");
    CHECK(rows[0].rule == "name account");
    CHECK(rows[0].by == "clerk");
    TRY(const auto mark, store::erasure_of(tx, "person", "P1"));
    REQUIRE(mark);
    CHECK(mark->hashes.find("\"name\":\"") != std::string::npos);
    CHECK(mark->hashes.find("Asha") == std::string::npos);
    return {};
  });
  REQUIRE(done);
}

TEST_CASE("not without a reason, not of nobody, and not while a write of it has no outcome")
{
  Scene scene;
  CHECK(scene.erase("P9").error().kind == ErrorKind::not_found);
  CHECK(engine::erase_personal(scene.bench.entity(), {"P1", "clerk", "", "secret"},
                               scene.bench.services())
            .error()
            .kind == ErrorKind::invalid);
  scene.central->world.faults.drop_answers = 1;
  REQUIRE(scene.bench.edit("P1", {{"status", "seen"}}));
  scene.run();
  const auto refused = scene.erase();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::precondition);
  CHECK(scene.bench.get("P1", "name") == kCanary);
  scene.run();
  CHECK(scene.erase().has_value());
}

TEST_CASE("what a run has read of a person who is erased before it is applied does not come back")
{
  Scene scene(true);
  scene.central->world.put("P1", {{"name", "Asha Devi, moved"}, {"status", "done"}});
  scene.bench.clock.advance(std::chrono::hours(1));
  scene.central->world.now_ms = scene.bench.clock.now().time_since_epoch().count();
  scene.central->world.put("P2", {{"status", "done"}});
  scene.bench.on_step = [&](engine::Stage stage) {
    if (stage != engine::Stage::apply) return;
    scene.bench.on_step = {};
    CHECK(scene.erase());
  };
  scene.run();
  CHECK(scene.bench.get("P1", "name").empty());
  CHECK(scene.bench.get("P2", "status") == "done");
  REQUIRE(store::forget_deleted(*scene.bench.store, false));
  CHECK_FALSE(scene.holds("Asha Devi"));
  // What else was said of the person is heard anew, though the endpoint is asked only for what is new.
  scene.run();
  CHECK(scene.bench.get("P1", "status") == "done");
  CHECK(scene.bench.get("P1", "name").empty());
}
