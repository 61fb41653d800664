// Deletes: in whatever order the sides run, and with absences that a manifest asks for in a row.
#include "connectors/api/manifest.hpp"
#include "daemon/engine/apply/apply.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// The stream of a manifest over an endpoint in memory that knows no deletion markers.
std::shared_ptr<const connectors::Manifest> snapshot_manifest(const schema::Entity& entity,
                                                              const std::string& deletes)
{
  std::vector<schema::Finding> findings;
  std::string text = "connector: lists\ntitle: Lists\nrole: directory\ntransport: memory\n"
                     "streams:\n  notes:\n    entity: note\n    pull:\n      deletes: " +
                     deletes + "\n    fields:\n";
  for (const auto& field : entity.fields)
    text += "      " + field.name + ": " + field.name + "\n";
  static const auto entities = note_entity();
  auto manifest = connectors::read_manifest(schema::parse_document(text, "lists.yaml", findings),
                                            *entities, findings);
  for (const auto& finding : findings)
    FAIL(schema::to_text(finding));
  return manifest;
}

struct Listing {
  EngineBench bench;
  Spoke* lists = nullptr;
  std::shared_ptr<const connectors::Manifest> manifest;

  explicit Listing(const std::string& deletes)
  {
    lists = &bench.add({"lists", "directory", true, false, true});
    manifest = snapshot_manifest(bench.entity(), deletes);
    auto stream = std::make_shared<connectors::Stream>(manifest->streams.front());
    stream->entity = &bench.entity();
    stream->mapping = lists->stream->mapping;
    lists->stream = stream;
    lists->flow.stream = stream.get();
    for (const auto* key : {"a", "b", "c"})
      lists->world.put(key, {{"title", key}});
    bench.run(*lists);
  }

  // A reading that breaks off in its middle: after "a" of three, or of what is left.
  void broken()
  {
    lists->world.faults.damage_pages = 1;
    bench.run(*lists);
  }
};

} // namespace

TEST_CASE("an absence is counted on complete slices only, as many in a row as the manifest says")
{
  Listing at("{ snapshot: true, absences: 3 }");
  at.lists->world.erase("c");
  at.bench.run(*at.lists);
  at.bench.run(*at.lists);
  CHECK(at.bench.alive("c"));
  at.broken(); // says nothing of "c": neither counts nor starts anew
  CHECK(at.bench.alive("c"));
  at.lists->world.faults.refuse_connect = 1;
  at.bench.run(*at.lists); // nor does one that failed
  CHECK(at.bench.alive("c"));
  const auto report = at.bench.run(*at.lists);
  CHECK(report.counts.deleted == 1);
  CHECK_FALSE(at.bench.alive("c"));
  CHECK(at.bench.alive("b"));
}

TEST_CASE("a record that is listed again in between is not absent in a row, even where the reading "
          "broke off")
{
  Listing at("{ snapshot: true, absences: 2 }");
  const auto row = at.lists->world.rows.at("a");
  at.lists->world.erase("a");
  at.bench.run(*at.lists); // once
  at.lists->world.rows["a"] = row;
  at.broken(); // but here it was, before the page broke off
  at.lists->world.erase("a");
  at.bench.run(*at.lists); // once again
  CHECK(at.bench.alive("a"));
  at.bench.run(*at.lists);
  CHECK_FALSE(at.bench.alive("a"));
}

TEST_CASE("however often a slice breaks off, what it lacks is not deleted")
{
  Listing at("snapshot");
  at.lists->world.erase("c");
  for (int i = 0; i < 5; ++i)
    at.broken();
  CHECK(at.bench.alive("c"));
  at.bench.run(*at.lists);
  CHECK_FALSE(at.bench.alive("c"));
}

TEST_CASE("what a complete list shows again after an absence lives again")
{
  Listing at("snapshot");
  const auto row = at.lists->world.rows.at("b");
  at.lists->world.erase("b");
  at.bench.run(*at.lists);
  CHECK_FALSE(at.bench.alive("b"));
  at.lists->world.rows["b"] = row; // unchanged, as it was
  at.bench.run(*at.lists);
  CHECK(at.bench.alive("b"));
}

namespace {

constexpr const char* kRules[] = {"manual", "newest", "{ owner: central }",
                                  "{ prefer: [central, csc, state, local] }"};

// Three sides: what each does, played in one order of runs. What comes of it may depend on the order; that
// all agree in the end, and nothing is lost, may not.
struct Race {
  EngineBench bench;
  std::vector<Spoke*> sides;

  explicit Race(const std::string& rule) : bench(rule)
  {
    for (const auto* name : {"central", "csc", "state"})
      sides.push_back(&bench.add({name, name}));
    run({0, 1, 2});
  }

  void run(const std::vector<std::size_t>& order)
  {
    for (const auto index : order) {
      bench.clock.advance(std::chrono::minutes(1));
      bench.run(*sides[index]);
    }
  }

  void enter(std::size_t side, const std::string& title)
  {
    sides[side]->world.now_ms = bench.clock.now().time_since_epoch().count();
    sides[side]->world.put("k", {{"title", title}});
  }

  void erase(std::size_t side)
  {
    sides[side]->world.now_ms = bench.clock.now().time_since_epoch().count();
    sides[side]->world.erase("k");
  }

  std::string accounts()
  {
    std::string all;
    REQUIRE(bench.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto record, tx.record("note", "k"));
      if (record) all += record->body;
      TRY(const auto log, tx.changes({}));
      for (const auto& row : log)
        all += row.fields;
      TRY(const auto conflicts, tx.conflicts({}));
      for (const auto& row : conflicts)
        all += row.hub + row.remote + row.base;
      return {};
    }));
    return all;
  }

  // Both values are accounted for, all sides agree or a person is asked, and it is quiet.
  void check(const std::vector<std::size_t>& order, const std::vector<std::string>& values)
  {
    for (int round = 0; round < 3; ++round)
      run(order);
    for (auto* side : sides)
      CHECK_MESSAGE(bench.verify(*side).agree, side->name);
    const auto all = accounts();
    for (const auto& value : values)
      CHECK_MESSAGE(all.find(value) != std::string::npos, value, " is gone without a trace");
    for (auto* side : sides) {
      const auto report = bench.run(*side);
      CHECK(report.counts.created + report.counts.updated + report.counts.deleted +
                report.counts.pushed ==
            0);
    }
  }
};

template <typename Play>
void in_all_orders(const Play& play)
{
  for (const auto* rule : kRules) {
    std::vector<std::size_t> order{0, 1, 2};
    do {
      const auto told = fmt::format("{}: {}{}{}", rule, order[0], order[1], order[2]);
      CAPTURE(told);
      play(rule, order);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

} // namespace

TEST_CASE(
    "a record that one side enters while another deletes the same number ends alike everywhere")
{
  in_all_orders([](const std::string& rule, const auto& order) {
    Race race(rule);
    race.enter(1, "first");
    race.run(order);
    race.run(order);
    race.bench.clock.advance(std::chrono::hours(1));
    race.erase(0);
    race.enter(2, "edited");
    race.run(order);
    race.check(order, {"first", "edited"});
  });
}

TEST_CASE("a deleted record stays deleted whatever order the other sides run in")
{
  in_all_orders([](const std::string& rule, const auto& order) {
    Race race(rule);
    race.enter(0, "once");
    race.run(order);
    race.run(order);
    race.bench.clock.advance(std::chrono::hours(1));
    race.erase(0);
    race.check(order, {"once"});
    CHECK_FALSE(race.bench.alive("k"));
    for (auto* side : race.sides)
      CHECK_FALSE(side->world.alive("k"));
  });
}

TEST_CASE("two sides enter one number, a third deleted it before anybody heard of it: all agree in "
          "the end")
{
  in_all_orders([](const std::string& rule, const auto& order) {
    Race race(rule);
    race.enter(0, "unheard");
    race.erase(0);
    race.enter(1, "of csc");
    race.enter(2, "of state");
    race.check(order, {"of csc", "of state"});
    CHECK(race.bench.alive("k"));
  });
}

TEST_CASE("a side that never agreed brings a stale record after the delete, in any order")
{
  in_all_orders([](const std::string& rule, const auto& order) {
    Race race(rule);
    race.enter(0, "once");
    race.bench.run(*race.sides[0]);
    race.bench.clock.advance(std::chrono::hours(1));
    race.erase(0);
    race.bench.run(*race.sides[0]);
    race.enter(1, "stale");
    race.enter(2, "stale too");
    race.check(order, {"once", "stale", "stale too"});
    CHECK_FALSE(race.bench.alive("k"));
  });
}

TEST_CASE(
    "a list that says that it is unchanged proves no absence, and is asked for anew when it is")
{
  Listing at("snapshot");
  auto& world = at.lists->world;
  world.tags = true;
  at.bench.run(*at.lists);
  CHECK(world.unchanged == 0);
  at.bench.run(*at.lists);
  CHECK(world.unchanged == 1);
  for (const auto* key : {"a", "b", "c"})
    CHECK(at.bench.alive(key));
  world.rows.erase("b");
  at.bench.run(*at.lists);
  CHECK(world.unchanged == 1);
  CHECK_FALSE(at.bench.alive("b"));
  engine::RunOptions full;
  full.full = true;
  at.bench.run(*at.lists, full);
  CHECK(world.unchanged == 1);
}

TEST_CASE("what a held run read is read again, tag or not, until it is applied")
{
  Listing at("snapshot");
  auto& world = at.lists->world;
  world.tags = true;
  at.bench.run(*at.lists);
  at.lists->flow.rails.max_deletes = schema::Limit{std::nullopt, 0};
  world.rows.erase("b");
  at.bench.run(*at.lists);
  CHECK(at.bench.alive("b"));
  at.bench.run(*at.lists);
  CHECK(world.unchanged == 0);
  CHECK(at.bench.alive("b"));
}

TEST_CASE("what was said before a deletion does not undo it, however often; what was said later "
          "waits for a person")
{
  EngineBench bench;
  const auto& central = bench.add({.feed = true});
  const auto flows = bench.flows();
  const engine::RunOptions options{};
  const auto services = bench.services();
  engine::Run run{central.flow, flows, options, services, {}};
  const auto hear = [&](int hour, const std::string& title) {
    store::InboxRow news;
    news.flow = central.flow.id;
    news.key = news.remote_id = "a";
    news.deleted = title.empty();
    if (!news.deleted) news.body = fmt::format(R"({{"title":"{}"}})", title);
    news.digest = sha256(news.body);
    news.received_at = bench.clock.now();
    news.modified = bench.clock.now() - std::chrono::hours(24 - hour);
    CHECK(bench.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY_VOID(engine::apply_news(tx, run, news));
      return {};
    }));
  };
  hear(1, "first");
  CHECK(bench.get("a", "title") == "first");
  hear(5, "");
  CHECK_FALSE(bench.alive("a"));
  hear(3, "late");
  CHECK_FALSE(bench.alive("a"));
  hear(4, "less late");
  CHECK_FALSE(bench.alive("a"));
  CHECK(run.counts().superseded == 2);
  hear(6, "again");
  CHECK(run.counts().superseded == 2);
  CHECK(run.counts().opened == 1);
}
