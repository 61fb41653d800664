// Records that are known by their bytes, and everything that must make them read again.
#include "tests/support/engine_bench.hpp"
#include "tests/support/watched_connector.hpp"

#include "daemon/store/erasure.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// What the shadow of `key` is known by.
std::string fingerprint(EngineBench& bench, const Spoke& spoke, const std::string& key)
{
  std::string found;
  REQUIRE(bench.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto marks, tx.marks(spoke.flow.id, {key}));
    REQUIRE(marks.front());
    found = marks.front()->fingerprint;
    return {};
  }));
  return found;
}

struct Scene {
  EngineBench bench;
  Spoke& central;
  WatchedConnector* watched = nullptr;
  std::size_t given = 0, left_out = 0; // of all pages

  explicit Scene(const SpokeOptions& options = {}) : central(bench.add(options))
  {
    auto connector = std::make_unique<WatchedConnector>(std::move(central.connector));
    watched = connector.get();
    watched->on_page = [this](Result<connectors::Page>& page) {
      if (page) given += page->records.size(), left_out += page->left_out;
    };
    central.connector = std::move(connector);
    central.flow.connector = central.connector.get();
    for (int i = 10; i < 40; ++i)
      central.world.put("n" + std::to_string(i), {{"title", "t"}});
  }

  // Of the run's records, how many had to be read.
  std::size_t read()
  {
    given = left_out = 0;
    const auto report = bench.run(central);
    CHECK(report.state == engine::RunState::done);
    CHECK(report.counts.pulled == given + left_out);
    return given;
  }
};

} // namespace

TEST_CASE("what has not changed is known by its bytes and not read")
{
  Scene scene;
  CHECK(scene.read() == 30);
  const auto report = scene.bench.run(scene.central);
  CHECK(report.counts.pulled == 30);
  CHECK(report.counts.unchanged == 30);
  CHECK(scene.read() == 0);
}

TEST_CASE("one record that changes is read, and only that one")
{
  Scene scene;
  scene.read();
  scene.central.world.put("n20", {{"title", "new"}});
  CHECK(scene.read() == 1);
  CHECK(scene.bench.get("n20", "title") == "new");
  CHECK(scene.read() == 0);
}

TEST_CASE("what the hub wrote is read once, and known from then on")
{
  Scene scene;
  scene.read();
  REQUIRE(scene.bench.edit("n20", {{"title", "ours"}}));
  scene.bench.run(scene.central);
  CHECK(scene.central.world.get("n20", "title") == "ours");
  CHECK(scene.read() == 1);
  CHECK(scene.read() == 0);
}

TEST_CASE("known records are there: they are no absences")
{
  SpokeOptions options;
  options.snapshot = true;
  Scene scene(options);
  scene.read();
  CHECK(scene.read() == 0);
  for (int i = 0; i < 3; ++i)
    scene.read();
  CHECK(scene.bench.alive("n20"));
  scene.central.world.rows.erase("n20"); // no marker: gone from the list
  for (int i = 0; i < 3; ++i)
    scene.bench.run(scene.central);
  CHECK_FALSE(scene.bench.alive("n20"));
  CHECK(scene.bench.alive("n21"));
}

TEST_CASE("another mapping reads everything again")
{
  Scene scene;
  scene.read();
  auto changed = std::make_shared<connectors::Stream>(*scene.central.stream);
  changed->version_pointer = "/v2";
  scene.central.stream = changed;
  scene.central.flow.stream = changed.get();
  CHECK(scene.read() == 30);
  CHECK(scene.read() == 0);
}

TEST_CASE("an endpoint whose bytes are never the same twice costs no write for each record")
{
  Scene scene;
  scene.read();
  const auto before = fingerprint(scene.bench, scene.central, "n20");
  CHECK_FALSE(before.empty());
  for (auto& [key, row] : scene.central.world.rows)
    row.fields.set("served_at", schema::Value(std::string("now"))); // no mapping reads it
  CHECK(scene.read() == 30);
  CHECK(fingerprint(scene.bench, scene.central, "n20") == before);
}

TEST_CASE("while news waits for a person, everything is read")
{
  Scene scene;
  scene.read();
  scene.central.flow.rails.at_least = 0;
  scene.central.flow.rails.max_changes = {100, std::nullopt};
  for (int i = 10; i < 30; ++i)
    scene.central.world.put("n" + std::to_string(i), {{"title", "many"}});
  CHECK(scene.bench.run(scene.central).state == engine::RunState::held);
  // The endpoint takes it back: only who reads all sees that what waits is out of date.
  for (int i = 10; i < 30; ++i)
    scene.central.world.put("n" + std::to_string(i), {{"title", "t"}});
  scene.given = 0;
  CHECK(scene.bench.run(scene.central).state == engine::RunState::done);
  CHECK(scene.given == 30);
  CHECK(scene.bench.get("n15", "title") == "t");
}

TEST_CASE("of what was erased of a person no digest of its bytes is kept")
{
  Scene scene;
  scene.read();
  store::ErasureRow mark;
  mark.entity = "note";
  mark.key = "n20";
  mark.fields = {"remark"};
  mark.hashes = "{}";
  REQUIRE(scene.bench.store->transact([&](store::Tx& tx) { return store::put_erasure(tx, mark); }));
  scene.central.world.put("n20", {{"title", "t"}, {"remark", "9876543210"}});
  scene.read();
  CHECK(fingerprint(scene.bench, scene.central, "n20").empty());
  CHECK_FALSE(fingerprint(scene.bench, scene.central, "n21").empty());
  CHECK(scene.read() == 1); // each time
}
