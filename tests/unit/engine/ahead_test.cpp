// The next page is fetched while the present one is stored.
#include "tests/support/engine_bench.hpp"
#include "tests/support/watched_connector.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// Thirty notes on pages of ten, read ahead.
struct Scene {
  EngineBench bench;
  Spoke& central = bench.add({});

  explicit Scene(int notes = 30, std::size_t page_size = 10)
  {
    bench.read_ahead = true;
    central.world.page_size = page_size;
    for (int i = 10; i < 10 + notes; ++i)
      central.world.put("n" + std::to_string(i), {{"title", "t" + std::to_string(i)}});
  }

  // How often a run begins to store something.
  int stages_of_a_run()
  {
    int stages = 0;
    bench.on_step = [&](engine::Stage stage) { stages += stage == engine::Stage::stage ? 1 : 0; };
    CHECK(bench.run(central).state == engine::RunState::done);
    bench.on_step = {};
    return stages;
  }
};

} // namespace

TEST_CASE("what is read ahead is stored all the same, page by page")
{
  Scene scene;
  const auto report = scene.bench.run(scene.central);
  CHECK(report.state == engine::RunState::done);
  CHECK(report.counts.created == 30);
  CHECK(scene.central.world.pages == 3);
  for (int i = 10; i < 40; ++i)
    CHECK(scene.bench.get("n" + std::to_string(i), "title") == "t" + std::to_string(i));
  scene.central.world.put("n25", {{"title", "new"}});
  CHECK(scene.bench.run(scene.central).counts.updated == 1);
  CHECK(scene.bench.get("n25", "title") == "new");
}

TEST_CASE(
    "a page that cannot be fetched fails its slice when its turn comes: the pages before are kept")
{
  Scene scene;
  auto watched = std::make_unique<WatchedConnector>(std::move(scene.central.connector));
  int pages = 0;
  watched->on_page = [&](Result<connectors::Page>& page) {
    if (++pages == 3) page = fail(ErrorKind::unauthorized, "no more");
  };
  scene.central.connector = std::move(watched);
  scene.central.flow.connector = scene.central.connector.get();
  const auto report = scene.bench.run(scene.central);
  CHECK(report.state == engine::RunState::failed);
  CHECK(report.counts.created == 20);
  CHECK(scene.bench.get("n29", "title") == "t29");
  CHECK_FALSE(scene.bench.alive("n39"));
  CHECK(scene.bench.run(scene.central).state == engine::RunState::done);
  CHECK(scene.bench.get("n39", "title") == "t39");
}

TEST_CASE("a run that dies while a page is on its way waits for it, and the next run has all")
{
  Scene scene(1500, 500); // pages that are stored one by one
  int stages = 0;
  scene.bench.on_step = [&](engine::Stage stage) {
    if (stage == engine::Stage::stage && ++stages == 2) throw stages;
  };
  CHECK_THROWS(scene.bench.run(scene.central));
  scene.bench.on_step = {};
  CHECK(scene.bench.run(scene.central).state == engine::RunState::done);
  CHECK(scene.bench.get("n1509", "title") == "t1509");
}

TEST_CASE("pages that hold little are stored together, others one by one")
{
  // One for the end of the slice. Of thirty little pages not each can be slow to come.
  CHECK(Scene(300, 10).stages_of_a_run() < 30);
  CHECK(Scene(1500, 500).stages_of_a_run() == 3 + 1);
}
