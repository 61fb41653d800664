// What a run has read and not applied yet is in its memory, and nothing is lost with it.
#include "daemon/engine/stage/news.hpp"

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/store/erasure.hpp"
#include "tests/support/engine_bench.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <set>
#include <utility>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

store::InboxRow news_of(const std::string& key, const std::string& slice, std::size_t bytes = 10)
{
  store::InboxRow row;
  row.flow = "note@central";
  row.key = key;
  row.slice = slice;
  row.body = std::string(bytes, 'x');
  return row;
}

// Notes that the hub has, of which the endpoint changes some.
struct Scene {
  EngineBench bench;
  Spoke& central;

  explicit Scene(bool feed = true) : central(bench.add({.feed = feed}))
  {
    // What a rail might hold is put into the store before it looks closer: here none does.
    central.flow.rails.max_deletes = central.flow.rails.max_changes = schema::Limit{};
    central.flow.rails.max_creates = schema::Limit{};
    central.flow.rails.null_rate = 1'000'000;
    for (int i = 10; i < 30; ++i)
      central.world.put("n" + std::to_string(i), {{"title", "old"}});
    bench.run(central);
    bench.clock.advance(std::chrono::hours(1));
    central.world.now_ms = bench.clock.now().time_since_epoch().count();
  }

  std::size_t in_store()
  {
    std::size_t rows = 0;
    CHECK(bench.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto inbox, tx.inbox(central.flow.id, "", "", 1000));
      rows = inbox.size();
      return {};
    }));
    return rows;
  }

  std::string cursor()
  {
    std::string cursor;
    CHECK(bench.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto slices, tx.slices(central.flow.id));
      REQUIRE(slices.size() == 1);
      cursor = slices.front().cursor;
      return {};
    }));
    return cursor;
  }

  // What is in the store's inbox when the run begins to apply.
  std::size_t stored_at_apply()
  {
    std::size_t rows = 0;
    bool first = true;
    bench.on_step = [&](engine::Stage stage) {
      if (stage != engine::Stage::apply || !std::exchange(first, false)) return;
      rows = in_store();
    };
    CHECK(bench.run(central).state == engine::RunState::done);
    bench.on_step = {};
    return rows;
  }
};

} // namespace

TEST_CASE("held news is replaced by key, counted by slice, and taken in the order of its keys")
{
  engine::HeldNews news;
  news.open("note@central", "run-1");
  news.put(news_of("b", "s1"), {});
  news.put(news_of("a", "s1"), {});
  auto gone = news_of("c", "s2");
  gone.absent = true;
  news.put(gone, {});
  auto again = news_of("b", "s2");
  again.deleted = true;
  news.put(again, {});
  CHECK(news.slices() == std::set<std::string>{"s1", "s2"});
  CHECK(news.size("s1").there == 1);
  CHECK(news.size("s1").gone == 0);
  CHECK(news.size("s2").gone == 2);
  CHECK(news.has("s2"));
  CHECK_FALSE(news.has("s3"));
  REQUIRE(news.rows().size() == 3);
  CHECK(news.rows().at("b").deleted);
  news.drop(2);
  REQUIRE(news.rows().size() == 1);
  CHECK(news.rows().begin()->first == "c");
  CHECK_FALSE(news.has("s1"));
  CHECK(news.slices() == std::set<std::string>{"s2"});
  CHECK(news.size("s2").gone == 1);
  news.close();
  CHECK_FALSE(news.is_open());
  CHECK(news.rows().empty());
}

TEST_CASE("held news comes back as it was put, wherever its body lies")
{
  engine::HeldNews news;
  news.open("note@central", "run-1");
  const auto half = engine::kHeldWholeBytes / 2 - 200;
  std::vector<store::InboxRow> rows;
  for (const auto* key : {"a", "b", "c", "d"}) {
    auto row = news_of(key, "s", half);
    row.body.front() = *key;
    row.run = "run-1";
    row.remote_id = "id of " + row.key;
    row.version = "7";
    row.fingerprint = "print of " + row.key;
    row.modified = Instant(std::chrono::milliseconds(5));
    row.absent = row.key == "b";
    row.digest = sha256(row.key);
    row.received_at = Instant(std::chrono::milliseconds(rows.size()));
    news.put(row, {});
    rows.push_back(row);
  }
  CHECK_FALSE(news.rows().at("b").aside);
  // In a file, as those of two fill what memory there is for texts.
  CHECK(news.rows().at("c").aside);
  CHECK(news.rows().at("c").rest.capacity() < 100);
  for (const auto& row : rows) {
    const auto again = news.whole(*news.rows().find(row.key));
    REQUIRE(again);
    CHECK((again->key == row.key && again->flow == row.flow && again->run == row.run));
    CHECK((again->remote_id == row.remote_id && again->received_at == row.received_at));
    CHECK((again->version == row.version && again->fingerprint == row.fingerprint));
    CHECK((again->modified == row.modified && again->digest == row.digest));
    CHECK((again->absent == row.absent && again->deleted == row.deleted));
    CHECK((again->body == row.body)); // half a megabyte: not to be printed
  }
  news.put(news_of("a", "s", 0), {});
  news.put(news_of("e", "s", half), {});
  CHECK_FALSE(news.rows().at("e").aside); // the place of the first one
}

TEST_CASE("what is replaced or dropped does not count as much")
{
  engine::HeldNews news;
  std::size_t many = 0;
  const auto put = [&](std::size_t number) {
    news.put(news_of(std::to_string(1'000'000 + number), "s"), {});
  };
  while (!news.is_much())
    put(many++);
  CHECK(many > 10'000);
  news.drop(1);
  CHECK_FALSE(news.is_much());
  for (int again = 0; again < 5; ++again)
    put(1);
  CHECK_FALSE(news.is_much());
  put(many);
  CHECK(news.is_much());
  news.close();
  CHECK_FALSE(news.is_much());
}

TEST_CASE("bodies that fill their file are much")
{
  engine::HeldNews news;
  constexpr std::size_t kRow = 8 << 20, kBody = kRow - 100; // there is more to a row than its body
  for (std::int64_t bytes = 0; bytes <= engine::kHeldFileBytes; bytes += kRow) {
    CHECK_FALSE(news.is_much());
    news.put(news_of("a", "s", kBody), {});
  }
  CHECK(news.is_much());
  news.close();
  CHECK_FALSE(news.is_much());
}

TEST_CASE("a body that cannot be written to a file stays, and is much")
{
  const TempFolder none("/nowhere/at/all");
  engine::HeldNews news;
  news.put(news_of("a", "s", engine::kHeldWholeBytes - 100), {});
  CHECK_FALSE(news.is_much());
  news.put(news_of("b", "s", 100), {});
  CHECK(news.is_much());
  CHECK(news.whole(*news.rows().find("b"))->body == std::string(100, 'x'));
  news.close(); // it is in the store
  CHECK_FALSE(news.is_much());
}

TEST_CASE("little news never sees the store's inbox, and a run that dies with it loses nothing")
{
  Scene scene;
  scene.central.world.put("n15", {{"title", "new"}});
  const auto before = scene.cursor();
  scene.bench.on_step = [&](engine::Stage stage) {
    if (stage != engine::Stage::apply) return;
    CHECK(scene.in_store() == 0);
    throw stage;
  };
  CHECK_THROWS(scene.bench.run(scene.central));
  scene.bench.on_step = {};
  scene.bench.reopen();
  CHECK(scene.in_store() == 0);
  CHECK(scene.cursor() == before); // the endpoint is asked for it again
  CHECK(scene.bench.get("n15", "title") == "old");
  CHECK(scene.bench.run(scene.central).counts.updated == 1);
  CHECK(scene.bench.get("n15", "title") == "new");
  CHECK(scene.cursor() != before);
}

TEST_CASE("held news of several batches is applied record by record, each as it was said")
{
  Scene scene;
  scene.bench.read_ahead = true; // one batch is read while the one before is written
  const auto notes = 2 * engine::kBatchRecords + 20;
  for (std::size_t i = 1000; i < 1000 + notes; ++i)
    scene.central.world.put("n" + std::to_string(i), {{"title", "t" + std::to_string(i)}});
  CHECK(scene.stored_at_apply() == 0);
  for (std::size_t i = 1000; i < 1000 + notes; ++i)
    CHECK(scene.bench.get("n" + std::to_string(i), "title") == "t" + std::to_string(i));
}

TEST_CASE("more news than a run can hold goes through the store's inbox")
{
  Scene scene;
  const TempFolder none("/nowhere/at/all");
  const std::string words(3'000, 'w');
  const auto notes = engine::kHeldWholeBytes / words.size() + 100;
  for (std::size_t i = 100; i < 100 + notes; ++i)
    scene.central.world.put("n" + std::to_string(i), {{"title", words}});
  CHECK(scene.stored_at_apply() > 0);
  CHECK(scene.bench.get("n" + std::to_string(99 + notes), "title").size() == words.size());
  CHECK(scene.in_store() == 0);
  scene.central.world.put("n29", {{"title", "short"}});
  CHECK(scene.stored_at_apply() == 0);
}

TEST_CASE("where news waits already, what comes beside it waits there, too")
{
  Scene scene;
  CHECK(scene.bench.store->transact([&](store::Tx& tx) {
    auto row = news_of("n99", "", 0);
    row.deleted = true; // left by an earlier run
    return tx.put_inbox(row);
  }));
  scene.central.world.put("n15", {{"title", "new"}});
  CHECK(scene.stored_at_apply() == 2);
  CHECK(scene.bench.get("n15", "title") == "new");
}

TEST_CASE("what a rail holds is in the store, so that it outlives the run")
{
  Scene scene(false);
  scene.central.flow.rails.max_deletes = {0, std::nullopt};
  scene.central.flow.rails.at_least = 0;
  scene.central.world.erase("n15");
  CHECK(scene.bench.run(scene.central).state == engine::RunState::held);
  scene.bench.reopen();
  CHECK(scene.in_store() == 1);
  CHECK(scene.bench.alive("n15"));
}

namespace {

// What the change log has of a note after a run has read two words about it.
struct TwoWords {
  Scene scene;
  const engine::FlowsOf flows = scene.bench.flows();
  const engine::RunOptions options{};
  const engine::Services services = scene.bench.services();
  engine::Run run{scene.central.flow, flows, options, services, {}};
  store::InboxRow first = news_of("n10", ""), second = news_of("n10", "");

  TwoWords()
  {
    run.news.open(scene.central.flow.id, "");
    first.digest = sha256("first");
    second.digest = sha256("second");
    first.body = R"({"title":"first"})";
  }

  template <typename Between>
  std::vector<store::ChangeRow> read(Between between)
  {
    std::vector<store::ChangeRow> changes;
    CHECK(scene.bench.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY_VOID(engine::put_into_inbox(tx, run, first));
      TRY_VOID(between(tx));
      TRY_VOID(engine::put_into_inbox(tx, run, second));
      store::ChangeQuery query;
      query.entity = "note";
      query.key = "n10";
      query.newest_first = true;
      TRY(changes, tx.changes(query));
      return {};
    }));
    REQUIRE(run.news.rows().contains("n10"));
    CHECK(run.news.whole(*run.news.rows().find("n10"))->digest == second.digest);
    return changes;
  }
};

} // namespace

TEST_CASE("of a record that a run reads twice the later word counts, and the change log has both")
{
  TwoWords words;
  const auto changes =
      words.read([&](store::Tx& tx) { return engine::put_into_inbox(tx, words.run, words.first); });
  REQUIRE(changes.size() == 2); // its creation, and what was never applied
  CHECK(changes.front().kind == "superseded");
  CHECK(changes.front().fields == words.first.body);
}

TEST_CASE("what was erased between two words about it is kept nowhere")
{
  TwoWords words;
  const auto changes = words.read([&](store::Tx& tx) {
    store::ErasureRow row;
    row.entity = "note";
    row.key = "n10";
    row.fields = {"title"};
    row.at = words.scene.bench.clock.now();
    return store::put_erasure(tx, row);
  });
  CHECK(changes.size() == 1);
}
