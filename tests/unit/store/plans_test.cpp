// Plans and remarks.
#include "tests/unit/store/fixture.hpp"
#include "tests/unit/store/outside.hpp"

using namespace gramsetu;
using namespace gramsetu::store;
using namespace std::chrono_literals;
using gramsetu::test::kNow;
using gramsetu::test::StoreFixture;

namespace {

PlannedRow planned(std::string key, std::string run = "run-1")
{
  PlannedRow row;
  row.run = std::move(run);
  row.key = std::move(key);
  row.change = "update";
  row.verb = "create";
  row.revision = 3;
  row.news = sha256("news");
  row.push = sha256("push");
  row.digest = sha256("all");
  row.state = "open";
  return row;
}

} // namespace

TEST_CASE("a planned change comes back whole, and its state is what it was last said to be")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return tx.put_planned(planned("a")); });
  auto done = planned("a");
  done.state = "done";
  fixture.in([&](Tx& tx) { return tx.put_planned(done); });
  fixture.reopen();
  const auto found = fixture.in([](Tx& tx) { return tx.planned_of("run-1", "a"); });
  REQUIRE(found.has_value());
  CHECK(found->change == "update");
  CHECK(found->verb == "create");
  CHECK(found->revision == 3);
  CHECK(found->news == sha256("news"));
  CHECK(found->shadow == Digest{});
  CHECK(found->push == sha256("push"));
  CHECK(found->digest == sha256("all"));
  CHECK(found->state == "done");
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.planned_of("run-2", "a"); }).has_value());
}

TEST_CASE("a plan is read in key order, page by page, and is of one run")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (const auto* key : {"c", "a", "b"})
      TRY_VOID(tx.put_planned(planned(key)));
    return tx.put_planned(planned("d", "run-2"));
  });
  const auto read = [&](const char* after, std::size_t limit) {
    std::string keys;
    for (const auto& row : fixture.in([&](Tx& tx) { return tx.planned("run-1", after, limit); }))
      keys += row.key;
    return keys;
  };
  CHECK(read("", 9) == "abc");
  CHECK(read("", 2) == "ab");
  CHECK(read("b", 9) == "c");
}

TEST_CASE("a planned change that something else altered is noticed")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return tx.put_planned(planned("a")); });
  CHECK(test::sql(fixture.options, "UPDATE gs_planned SET state = 'done'").empty());
  const auto read = fixture.store->transact([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.planned_of("run-1", "a"));
    return {};
  });
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == ErrorKind::corrupt);
  CHECK(fixture.store->check().error().kind == ErrorKind::corrupt);
}

TEST_CASE("a remark is said once for a record and field, and the last word counts")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_remark({0, "run-1", "a", "phone", true, "changed"}));
    TRY_VOID(tx.put_remark({0, "run-1", "a", "", false, "may not last"}));
    TRY_VOID(tx.put_remark({0, "run-2", "a", "", true, "other"}));
    return tx.put_remark({0, "run-1", "a", "phone", true, "changed again"});
  });
  const auto rows = fixture.in([](Tx& tx) { return tx.remarks("run-1", 0, 9); });
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].field == "phone");
  CHECK(rows[0].why == "changed again");
  CHECK(rows[0].left);
  CHECK_FALSE(rows[1].left);
  CHECK(fixture.in([](Tx& tx) { return tx.count_left("run-1"); }) == 1);
  const auto next = fixture.in([&](Tx& tx) { return tx.remarks("run-1", rows[0].id, 9); });
  REQUIRE(next.size() == 1);
  CHECK(next[0].id == rows[1].id);
}

TEST_CASE("old plans go, remarks go with their run, at most so many at a time")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    RunRow run;
    run.id = "old";
    run.started_at = kNow - 8 * 24h;
    TRY_VOID(tx.put_run(run));
    run.id = "new";
    run.started_at = kNow;
    TRY_VOID(tx.put_run(run));
    for (const auto* key : {"a", "b", "c"}) {
      TRY_VOID(tx.put_planned(planned(key, "old")));
      TRY_VOID(tx.put_planned(planned(key, "new")));
      TRY_VOID(tx.put_remark({0, "old", key, "", true, ""}));
      TRY_VOID(tx.put_remark({0, "gone", key, "", true, ""}));
    }
    return {};
  });
  PurgeLimits limits;
  limits.plans = kNow - 7 * 24h;
  limits.rows_max = 2;
  const auto left = [&](const char* run) {
    return fixture.in([&](Tx& tx) { return tx.planned(run, "", 9); }).size();
  };
  fixture.in([&](Tx& tx) { return tx.purge(limits); });
  CHECK(left("old") == 1);
  fixture.in([&](Tx& tx) { return tx.purge(limits); });
  CHECK(left("old") == 0);
  CHECK(left("new") == 3);
  CHECK(fixture.in([](Tx& tx) { return tx.remarks("old", 0, 9); }).size() == 3);
  CHECK(fixture.in([](Tx& tx) { return tx.remarks("gone", 0, 9); }).empty());
}
