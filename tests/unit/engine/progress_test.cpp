// What shows that a flow got further, by which deaths of its runs are told apart.
#include "daemon/engine/progress.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

std::string progress(EngineBench& bench, const Spoke& spoke)
{
  std::string noted;
  const auto read = bench.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(noted, engine::noted_progress(tx, spoke.flow.id));
    return {};
  });
  REQUIRE(read);
  return noted;
}

} // namespace

TEST_CASE("a flow gets further with each page of its first load, also when the run dies after it")
{
  EngineBench bench;
  auto& central = bench.add({});
  central.world.page_size = 10;
  for (int i = 10; i < 40; ++i)
    central.world.put("n" + std::to_string(i), {{"title", "t"}});
  int pages = 0;
  bench.on_step = [&](engine::Stage stage) {
    if (stage == engine::Stage::stage && ++pages == 3) throw pages;
  };
  CHECK_THROWS(bench.run(central));
  const auto died = progress(bench, central);
  CHECK_FALSE(died.empty());
  // Dying at the same page again is no progress: what was read before is there.
  pages = 0;
  CHECK_THROWS(bench.run(central));
  CHECK(progress(bench, central) == died);
  bench.on_step = {};
  bench.run(central);
  CHECK(progress(bench, central) != died);
}

TEST_CASE("a flow gets further when changes are applied, and not when all is read again")
{
  EngineBench bench;
  auto& central = bench.add({});
  auto& state = bench.add({"state", "state"});
  central.world.put("a", {{"title", "old"}});
  bench.run(central);
  const auto loaded = progress(bench, central);
  bench.run(central);
  CHECK(progress(bench, central) == loaded);
  CHECK(progress(bench, state).empty()); // each for itself
  central.world.put("a", {{"title", "new"}});
  bench.run(central);
  CHECK(progress(bench, central) != loaded);
}
