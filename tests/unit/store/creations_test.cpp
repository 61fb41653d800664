// A record's creation is in its history, whichever of the two says so: the index of changes, or the record.
#include "daemon/store/doctor.hpp"

#include "tests/unit/store/outside.hpp"

#include <fmt/format.h>

using namespace gramsetu;
using namespace gramsetu::store;
using namespace std::chrono_literals;
using gramsetu::test::is_sqlite;
using gramsetu::test::kNow;
using gramsetu::test::sql;
using gramsetu::test::StoreFixture;
using gramsetu::test::voucher;

namespace {

ChangeRow change(const std::string& key, const std::string& kind = "created")
{
  ChangeRow row;
  row.entity = "voucher";
  row.key = key;
  row.kind = kind;
  row.origin = "central";
  row.at = kNow;
  return row;
}

// As the engine does it: the change first, then the record, which names it.
Result<void> write(Tx& tx, const std::string& key, const std::string& kind, std::int64_t revision)
{
  auto row = voucher(key);
  row.revision = revision;
  TRY(row.sequence, tx.add_change(change(key, kind)));
  row.deleted = kind == "deleted";
  if (row.deleted) row.dead_until = kNow - 1h;
  return tx.put_record(row);
}

Result<void> create(Tx& tx, const std::string& key)
{
  return write(tx, key, "created", 1);
}

// The kinds of all that happened to it, oldest first.
std::string history(StoreFixture& fixture, const std::string& key)
{
  ChangeQuery query;
  query.entity = "voucher";
  query.key = key;
  std::string kinds;
  for (const auto& row : fixture.in([&](Tx& tx) { return tx.changes(query); }))
    kinds += (kinds.empty() ? "" : " ") + row.kind;
  return kinds;
}

// How many changes the index leaves to their records.
std::string unlisted(StoreFixture& fixture)
{
  return sql(fixture.options.path, "SELECT count(*) FROM gs_change WHERE listed = 0");
}

} // namespace

TEST_CASE("what created a record is in its history, with all that came later")
{
  StoreFixture fixture;
  for (const auto* key : {"a", "b"})
    fixture.in([&](Tx& tx) { return create(tx, key); });
  CHECK(history(fixture, "a") == "created");
  fixture.in([](Tx& tx) { return write(tx, "a", "updated", 2); });
  fixture.in([](Tx& tx) { return write(tx, "a", "deleted", 3); });
  CHECK(history(fixture, "a") == "created updated deleted");
  CHECK(history(fixture, "b") == "created");
  CHECK(history(fixture, "c").empty());
  ChangeQuery query;
  query.entity = "voucher";
  query.key = "a";
  query.newest_first = true;
  query.after = 3;
  const auto before = fixture.in([&](Tx& tx) { return tx.changes(query); });
  REQUIRE(before.size() == 1);
  CHECK(before[0].sequence == 1);
  if (!is_sqlite(fixture)) return;
  CHECK(unlisted(fixture) == "2");
  CHECK(fixture.store->check().has_value());
}

TEST_CASE("a transaction finds the creations that it has just written")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    ChangeQuery query;
    query.entity = "voucher";
    query.key = "a";
    TRY_VOID(tx.add_change(change("a")));
    TRY(const auto alone, tx.changes(query));
    CHECK(alone.size() == 1);
    TRY_VOID(create(tx, "a"));
    TRY(const auto both, tx.changes(query));
    CHECK(both.size() == 2);
    return {};
  });
}

TEST_CASE("a creation that no new record names is found all the same")
{
  StoreFixture fixture;
  std::string found = "created";
  SUBCASE("nobody wrote a record")
  {
    fixture.in([](Tx& tx) { return tx.add_change(change("a")); });
  }
  SUBCASE("another record was written")
  {
    fixture.in([](Tx& tx) -> Result<void> {
      auto row = voucher("b");
      row.revision = 1;
      TRY(row.sequence, tx.add_change(change("a")));
      return tx.put_record(row);
    });
  }
  SUBCASE("the record names another change")
  {
    fixture.in([](Tx& tx) -> Result<void> {
      TRY_VOID(tx.add_change(change("a")));
      auto row = voucher("a");
      row.revision = 1;
      TRY(row.sequence, tx.add_change(change("a", "updated")));
      return tx.put_record(row);
    });
    found = "created updated";
  }
  SUBCASE("the record names none")
  {
    fixture.in([](Tx& tx) -> Result<void> {
      TRY_VOID(tx.add_change(change("a")));
      auto row = voucher("a");
      row.revision = 1;
      return tx.put_record(row);
    });
  }
  SUBCASE("another one was created next")
  {
    fixture.in([](Tx& tx) -> Result<void> {
      TRY_VOID(tx.add_change(change("a")));
      TRY_VOID(tx.add_change(change("c")));
      return {};
    });
  }
  SUBCASE("the record was there")
  {
    fixture.in([](Tx& tx) { return tx.put_record(voucher("a")); });
    fixture.in([](Tx& tx) { return create(tx, "a"); });
  }
  CHECK(history(fixture, "a") == found);
  CHECK(history(fixture, "b").empty());
  if (!is_sqlite(fixture)) return;
  CHECK(unlisted(fixture) == "0");
  CHECK(fixture.store->check().has_value());
}

TEST_CASE("a history outlives its record, and goes on when the record comes again")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return create(tx, "a"); });
  fixture.in([](Tx& tx) { return write(tx, "a", "deleted", 2); });
  fixture.in([](Tx& tx) -> Result<void> {
    PurgeLimits limits;
    limits.tombstones = kNow;
    TRY(const auto purged, tx.purge(limits));
    CHECK(purged.tombstones == 1);
    return {};
  });
  CHECK(history(fixture, "a") == "created deleted");
  CHECK(fixture.store->check().has_value());
  fixture.in([](Tx& tx) { return create(tx, "a"); });
  CHECK(history(fixture, "a") == "created deleted created");
  CHECK(fixture.store->check().has_value());
}

TEST_CASE("a history that was purged leaves a sound store")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return create(tx, "a"); });
  fixture.in([](Tx& tx) {
    PurgeLimits limits;
    limits.change_log = kNow + 1h;
    return tx.purge(limits);
  });
  CHECK(history(fixture, "a").empty());
  CHECK(fixture.store->check().has_value());
}

TEST_CASE(
    "a record that does not name its creation any more is noticed, and its history found again")
{
  StoreFixture fixture;
  if (!is_sqlite(fixture)) return;
  const auto& path = fixture.options.path;
  for (const auto* key : {"a", "b"})
    fixture.in([&](Tx& tx) { return create(tx, key); });
  fixture.store.reset();
  SUBCASE("it names none")
  {
    sql(path, "UPDATE gs_record SET created = 0 WHERE key = 'a'");
  }
  SUBCASE("it names another one's")
  {
    sql(path, "UPDATE gs_record SET created = 2");
  }
  const auto found = examine(path);
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK(found->front().kind == Damage::Kind::count);
  CHECK(found->front().what.find("2 creations are counted as said by their records, 1 are") !=
        std::string::npos);
  REQUIRE(mend(path, kNow));
  CHECK(examine(path)->empty());
  fixture.reopen();
  CHECK(history(fixture, "a") == "created");
  CHECK(history(fixture, "b") == "created");
}
