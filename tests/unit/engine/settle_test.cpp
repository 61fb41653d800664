// What people decide: it reaches every side, and says who and why.
#include "daemon/engine/origin.hpp"
#include "daemon/engine/settle.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

engine::Resolution decision(std::int64_t conflict, const std::string& choice)
{
  engine::Resolution resolution;
  resolution.conflict = conflict;
  resolution.choice = choice;
  resolution.by = "collector";
  resolution.note = "saw the papers";
  return resolution;
}

store::RecordRow row_of(EngineBench& bench, const std::string& key)
{
  std::optional<store::RecordRow> row;
  REQUIRE(bench.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(row, tx.record("note", key));
    return {};
  }));
  REQUIRE(row);
  return *row;
}

// Three sides, two of which changed one title.
struct Dispute {
  EngineBench bench{"manual"};
  Spoke &central, &csc, &state;

  Dispute()
      : central(bench.add({})), csc(bench.add({"csc", "csc"})), state(bench.add({"state", "state"}))
  {
    central.world.put("a", {{"title", "old"}, {"remark", "old"}});
    sync();
    sync();
    csc.world.put("a", {{"title", "from csc"}});
    state.world.put("a", {{"title", "from state"}});
    sync();
  }

  void sync()
  {
    bench.clock.advance(std::chrono::hours(1));
    for (auto* spoke : {&central, &csc, &state})
      bench.run(*spoke);
  }

  std::int64_t open()
  {
    const auto rows = bench.conflicts(true);
    REQUIRE(rows.size() == 1);
    return rows.front().id;
  }

  Result<void> resolve(const engine::Resolution& resolution)
  {
    return resolve_conflict(bench.flows(), resolution, bench.services());
  }
};

} // namespace

TEST_CASE("a decision reaches every side, whichever value it is")
{
  for (const std::string choice : {"ours", "theirs", "value"}) {
    CAPTURE(choice);
    Dispute dispute;
    auto how = decision(dispute.open(), choice);
    if (choice == "value") how.value = schema::Value("from neither");
    REQUIRE(dispute.resolve(how));
    dispute.sync();
    dispute.sync();
    const std::string expected = choice == "ours"     ? "from csc"
                                 : choice == "theirs" ? "from state"
                                                      : "from neither";
    CHECK(dispute.bench.get("a", "title") == expected);
    for (auto* spoke : {&dispute.central, &dispute.csc, &dispute.state}) {
      CHECK(spoke->world.get("a", "title") == expected);
      CHECK(dispute.bench.verify(*spoke).agree);
    }
    CHECK(dispute.bench.conflicts(true).empty());
  }
}

TEST_CASE("a conflict knows when each side changed it, and a decision who decided and why")
{
  Dispute dispute;
  const auto row = dispute.bench.conflicts(true).front();
  REQUIRE(row.hub_at);
  REQUIRE(row.remote_at);
  CHECK(row.hub_origin == "csc");
  CHECK(row.remote_origin == "state");
  REQUIRE(dispute.resolve(decision(row.id, "theirs")));
  const auto origin = engine::read_origins(row_of(dispute.bench, "a").origin).of("title");
  CHECK(origin.side.endpoint == "state");
  CHECK(origin.rule == "decided by a person");
  CHECK(origin.actor == "collector");
  CHECK(origin.note == "saw the papers");
  const auto settled = dispute.bench.conflicts(false);
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].note == "saw the papers");
}

TEST_CASE("who comes second is told who was first, and when")
{
  Dispute dispute;
  const auto id = dispute.open();
  REQUIRE(dispute.resolve(decision(id, "theirs")));
  const auto second = dispute.resolve(decision(id, "ours"));
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::precondition);
  CHECK(second.error().what == "conflict " + std::to_string(id) + " was settled by collector at " +
                                   to_rfc3339(dispute.bench.clock.now()) + ": remote won");
}

TEST_CASE("whether a record exists is decided by one side or the other, not by a value")
{
  EngineBench bench("manual");
  auto& central = bench.add({});
  central.world.put("a", {{"title", "old"}});
  bench.run(central);
  REQUIRE(bench.edit("a", {{"title", "new"}}));
  bench.clock.advance(std::chrono::minutes(1));
  central.world.now_ms = bench.clock.now().time_since_epoch().count();
  central.world.erase("a");
  bench.run(central);
  REQUIRE(bench.conflicts(true).size() == 1);
  auto how = decision(bench.conflicts(true)[0].id, "value");
  how.value = schema::Value(schema::Object());
  const auto refused = resolve_conflict(bench.flows(), how, bench.services());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  how.value.reset();
  how.choice = "theirs";
  REQUIRE(resolve_conflict(bench.flows(), how, bench.services()));
  CHECK_FALSE(bench.alive("a"));
}

TEST_CASE("many conflicts of one cause are told together and settled in bounded pieces")
{
  EngineBench bench("manual");
  auto& central = bench.add({});
  central.world.page_size = 1000;
  constexpr int kNotes = 1000;
  const auto key = [](int i) { return "n" + std::to_string(i); };
  for (int i = 0; i < kNotes; ++i)
    central.world.put(key(i), {{"title", "old"}, {"remark", "old"}});
  bench.run(central);
  for (int i = 0; i < kNotes; ++i) {
    REQUIRE(bench.edit(key(i), {{"title", "hub"}}));
    central.world.put(key(i), {{"title", "there"}});
  }
  REQUIRE(bench.edit("n1", {{"remark", "hub"}}));
  central.world.put("n1", {{"remark", "there"}});
  const auto shown = bench.run(central); // as after a restored backup: the rails hold it
  engine::RunOptions approved;
  approved.approval = {"collector", bench.clock.now(), shown.hold.found};
  bench.run(central, approved);
  std::vector<store::ConflictGroup> groups;
  store::ConflictQuery query;
  query.open = true;
  REQUIRE(bench.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(groups, tx.conflict_groups(query));
    return {};
  }));
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].count == kNotes);
  CHECK(groups[0].field == "title");
  CHECK(groups[0].rule == "manual");
  CHECK(groups[1].count == 1);
  engine::ResolveMany many;
  many.which.field = "title";
  many.which.up_to_id = groups[0].sample + 2 * kNotes;
  many.how = decision(0, "theirs");
  const auto flows_of = [&](const std::string&) { return bench.flows(); };
  std::size_t settled = 0, pieces = 0;
  for (bool more = true; more; ++pieces) {
    const auto done = engine::resolve_conflicts(flows_of, many, bench.services());
    REQUIRE(done);
    CHECK(done->failed.empty());
    CHECK(done->settled <= 200);
    settled += done->settled;
    many.which.after_id = done->after_id;
    more = done->more;
  }
  CHECK(settled == kNotes);
  CHECK(pieces >= kNotes / 200);
  CHECK(bench.get("n7", "title") == "there");
  REQUIRE(bench.conflicts(true).size() == 1);
  CHECK(bench.conflicts(true)[0].field == "remark");
  for (const auto& row : bench.conflicts(false)) {
    CHECK(row.settled_by == "collector");
    CHECK(row.note == "saw the papers");
  }
}

TEST_CASE("one of many that cannot be settled so is named and does not hold the others up")
{
  EngineBench bench("manual");
  auto& central = bench.add({});
  for (const auto* key : {"a", "b"})
    central.world.put(key, {{"title", "old"}, {"status", "open"}});
  bench.run(central);
  for (const auto* key : {"a", "b"}) {
    REQUIRE(bench.edit(key, {{"title", "hub"}}));
    central.world.put(key, {{"title", "there"}});
  }
  bench.run(central);
  REQUIRE(bench.conflicts(true).size() == 2);
  engine::ResolveMany many;
  many.how = decision(0, "value");
  many.how.value = schema::Value(7); // no title
  many.which.up_to_id = 1000;
  const auto flows_of = [&](const std::string&) { return bench.flows(); };
  const auto done = engine::resolve_conflicts(flows_of, many, bench.services());
  REQUIRE(done);
  CHECK(done->settled == 0);
  CHECK(done->failed.size() == 2);
  CHECK(bench.conflicts(true).size() == 2);
}
