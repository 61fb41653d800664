// A hub whose store went back in time: what it sends only after it has asked.
#include "tests/support/engine_bench.hpp"

#include "daemon/store/care.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// A side that is only written to. The backup is older than what it was sent.
struct Restored {
  TempDir dir;
  EngineBench bench;
  Spoke* central;

  Restored(bool probes, bool keys)
  {
    SpokeOptions options;
    options.pulls = false;
    central = &bench.add(options);
    central->world.probes = probes;
    central->world.idempotent = keys;
    (void)bench.edit("a", {{"title", "one"}});
    const auto backup = dir.file("backup.db");
    REQUIRE(store::copy_to(*bench.store, {backup, {{store::kRewoundFact, "{}"}}, {}}, {}));
    (void)bench.run(*central);
    REQUIRE(effects() == 1);
    auto opened = store::open_store({backup, {}, 8 << 20});
    REQUIRE(opened);
    bench.store = std::move(*opened);
  }

  std::size_t effects() const { return central->world.ledger.size(); }
  engine::Report run() { return bench.run(*central); }

  // Changes that wait to be sent.
  std::size_t pending()
  {
    const auto flows = bench.totals().flows;
    return flows.empty() ? 0 : flows.front().pending;
  }

  void accept()
  {
    const auto done =
        bench.store->transact([](store::Tx& tx) { return tx.erase_fact(store::kRewoundFact); });
    REQUIRE(done);
  }
};

} // namespace

TEST_CASE("what the endpoint shows to have is not sent a second time, without keys either")
{
  Restored restored(true, false);
  const auto report = restored.run();
  CHECK(restored.effects() == 1);
  CHECK(restored.pending() == 0); // followed, not only held back
  (void)restored.bench.edit("b", {{"title", "two"}});
  (void)restored.run();
  CHECK(restored.effects() == 2); // what it does not have goes out, accepted or not
  CHECK(report.reason.empty());
}

TEST_CASE("what the endpoint cannot be asked about waits for a person, and says so")
{
  Restored restored(false, false);
  (void)restored.bench.edit("b", {{"title", "two"}}); // which the endpoint never had
  for (int again = 0; again < 2; ++again) {
    const auto report = restored.run();
    CHECK(restored.effects() == 1);
    CHECK(report.reason.find("2 changes are not sent: the store was rewound") == 0);
  }
  CHECK(restored.pending() == 2);
  restored.accept();
  const auto report = restored.run();
  CHECK(restored.effects() == 2); // that was the person's decision
  CHECK(report.reason.empty());
}
