// Conflicts and quarantine.
#include "tests/unit/store/fixture.hpp"

using namespace gramsetu;
using namespace gramsetu::store;
using namespace std::chrono_literals;
using gramsetu::test::kNow;
using gramsetu::test::StoreFixture;

namespace {

ConflictRow conflict(std::string key, std::string outcome = "open")
{
  ConflictRow row;
  row.flow = "voucher@central";
  row.entity = "voucher";
  row.key = std::move(key);
  row.field = "amount";
  row.base = "100";
  row.hub = "200";
  row.remote = "300";
  row.outcome = std::move(outcome);
  row.rule = "manual";
  row.run = "run-1";
  row.opened_at = kNow;
  row.hub_origin = "local";
  row.remote_origin = "central";
  return row;
}

QuarantineRow bad(std::string key, std::string payload)
{
  QuarantineRow row;
  row.flow = "voucher@central";
  row.entity = "voucher";
  row.key = std::move(key);
  row.direction = "pull";
  row.slice = "s1";
  row.code = "type";
  row.reason = "amount is no number";
  row.pointer = "/amount";
  row.payload = std::move(payload);
  row.run = "run-1";
  row.first_at = row.last_at = kNow;
  row.state = "open";
  return row;
}

// The numbers of the conflicts that a query finds, in one text.
template <typename Ask>
std::string ids_of(StoreFixture& fixture, Ask ask)
{
  ConflictQuery query;
  ask(query);
  std::string text;
  for (const auto& row : fixture.in([&](Tx& tx) { return tx.conflicts(query); }))
    text += std::to_string(row.id);
  return text;
}

} // namespace

TEST_CASE("a conflict is added, found by what it is about, and settled with its loser kept")
{
  StoreFixture fixture;
  const auto first = fixture.in([](Tx& tx) { return tx.add_conflict(conflict("a")); });
  const auto second = fixture.in([](Tx& tx) { return tx.add_conflict(conflict("b", "remote")); });
  CHECK(second > first);
  auto row = fixture.in([&](Tx& tx) { return tx.conflict(first); }).value();
  CHECK(row.id == first);
  CHECK(row.hub == "200");
  CHECK(row.remote == "300");
  CHECK(row.opened_at == kNow);
  CHECK_FALSE(row.settled_at.has_value());
  row.outcome = "hub";
  row.winner = "200";
  row.settled_at = kNow + 1h;
  row.settled_by = "asha";
  row.note = "the bank slip says so";
  fixture.in([&](Tx& tx) { return tx.put_conflict(row); });
  fixture.reopen();
  const auto settled = fixture.in([&](Tx& tx) { return tx.conflict(first); }).value();
  CHECK(settled.outcome == "hub");
  CHECK(settled.remote == "300");
  CHECK(settled.winner == "200");
  CHECK(settled.settled_at == kNow + 1h);
  CHECK(settled.settled_by == "asha");
  CHECK(settled.note == "the bank slip says so");
  CHECK(settled.hub_origin == "local");
  CHECK(settled.remote_origin == "central");
}

TEST_CASE("conflicts are listed oldest first, by flow, record and whether they are open")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.add_conflict(conflict("a")));
    TRY_VOID(tx.add_conflict(conflict("b", "remote")));
    TRY_VOID(tx.add_conflict(conflict("a", "merged")));
    auto other = conflict("a");
    other.flow = "voucher@csc";
    TRY_VOID(tx.add_conflict(other));
    return {};
  });
  const auto ids = [&](auto ask) { return ids_of(fixture, ask); };
  CHECK(ids([](ConflictQuery&) {}) == "1234");
  CHECK(ids([](ConflictQuery& query) { query.flow = "voucher@central"; }) == "123");
  CHECK(ids([](ConflictQuery& query) { query.entity = "voucher", query.key = "a"; }) == "134");
  CHECK(ids([](ConflictQuery& query) { query.open = true; }) == "14");
  CHECK(ids([](ConflictQuery& query) { query.open = false, query.after_id = 2; }) == "3");
  CHECK(ids([](ConflictQuery& query) { query.limit = 2, query.after_id = 1; }) == "23");
}

TEST_CASE("settling what is not there is the caller's mistake")
{
  StoreFixture fixture;
  const auto done = fixture.store->transact([](Tx& tx) { return tx.put_conflict(conflict("a")); });
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::invalid);
  const auto also =
      fixture.store->transact([](Tx& tx) { return tx.put_quarantine(bad("a", "{}")); });
  CHECK(also.error().kind == ErrorKind::invalid);
}

TEST_CASE("a quarantined record keeps its payload byte for byte, text or not")
{
  StoreFixture fixture;
  const std::string payload("{\"a\":\"\xff\0\"}", 10);
  const auto id = fixture.in([&](Tx& tx) { return tx.add_quarantine(bad("a", payload)); });
  fixture.reopen();
  const auto row = fixture.in([&](Tx& tx) { return tx.quarantined(id); }).value();
  CHECK(row.payload == payload);
  CHECK(row.code == "type");
  CHECK(row.reason == "amount is no number");
  CHECK(row.pointer == "/amount");
  CHECK(row.direction == "pull");
  CHECK(row.slice == "s1");
  CHECK(row.first_at == kNow);
  CHECK(row.attempts == 1);
  CHECK(row.state == "open");
}

TEST_CASE("the same bad record again counts the attempt and tells the newest reason")
{
  StoreFixture fixture;
  auto row = bad("a", "{}");
  row.waits_for = "local_body/1";
  const auto id = fixture.in([&](Tx& tx) { return tx.add_quarantine(row); });
  row.last_at = kNow + 1h;
  row.first_at = kNow + 1h;
  row.waits_for = "";
  row.reason = "amount is missing";
  CHECK(fixture.in([&](Tx& tx) { return tx.add_quarantine(row); }) == id);
  auto found = fixture.in([&](Tx& tx) { return tx.quarantined(id); }).value();
  CHECK(found.attempts == 2);
  CHECK(found.first_at == kNow);
  CHECK(found.last_at == kNow + 1h);
  CHECK(found.reason == "amount is missing");
  CHECK(found.waits_for.empty());

  SUBCASE("another payload, key or direction is another row")
  {
    CHECK(fixture.in([](Tx& tx) { return tx.add_quarantine(bad("a", "[]")); }) != id);
    CHECK(fixture.in([](Tx& tx) { return tx.add_quarantine(bad("b", "{}")); }) != id);
    row.direction = "push";
    CHECK(fixture.in([&](Tx& tx) { return tx.add_quarantine(row); }) != id);
  }
  SUBCASE("after it was settled it is a new row")
  {
    found.state = "discarded";
    found.settled_by = "asha";
    fixture.in([&](Tx& tx) { return tx.put_quarantine(found); });
    CHECK(fixture.in([&](Tx& tx) { return tx.add_quarantine(row); }) != id);
  }
}

TEST_CASE("what waits for the same parent again is not written again")
{
  StoreFixture fixture;
  auto row = bad("a", "{}");
  row.waits_for = "local_body/1";
  row.run = "run-1";
  const auto id = fixture.in([&](Tx& tx) { return tx.add_quarantine(row); });
  row.run = "run-2";
  row.last_at = kNow + 1h;
  CHECK(fixture.in([&](Tx& tx) { return tx.add_quarantine(row); }) == id);
  auto found = fixture.in([&](Tx& tx) { return tx.quarantined(id); }).value();
  CHECK(found.attempts == 1);
  CHECK(found.run == "run-1");
  CHECK(found.last_at == kNow);
  row.waits_for = "local_body/2"; // another one is missing now
  fixture.in([&](Tx& tx) { return tx.add_quarantine(row); });
  found = fixture.in([&](Tx& tx) { return tx.quarantined(id); }).value();
  CHECK(found.attempts == 2);
  CHECK(found.waits_for == "local_body/2");
}

TEST_CASE("quarantine is listed oldest first, by flow, key, state and what it waits for")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.add_quarantine(bad("a", "1")));
    auto waiting = bad("b", "2");
    waiting.waits_for = "local_body/245101";
    TRY_VOID(tx.add_quarantine(waiting));
    auto settled = bad("a", "3");
    settled.state = "replayed";
    TRY_VOID(tx.add_quarantine(settled));
    auto other = bad("c", "4");
    other.flow = "plan@central";
    TRY_VOID(tx.add_quarantine(other));
    return {};
  });
  const auto ids = [&](auto ask) {
    QuarantineQuery query;
    ask(query);
    std::string text;
    for (const auto& row : fixture.in([&](Tx& tx) { return tx.quarantine(query); }))
      text += std::to_string(row.id);
    return text;
  };
  CHECK(ids([](QuarantineQuery&) {}) == "1234");
  CHECK(ids([](QuarantineQuery& query) { query.flow = "voucher@central"; }) == "123");
  CHECK(ids([](QuarantineQuery& query) { query.key = "a"; }) == "13");
  CHECK(ids([](QuarantineQuery& query) { query.state = "open"; }) == "124");
  CHECK(ids([](QuarantineQuery& query) { query.key = ""; }).empty()); // all have a key
  CHECK(ids([](QuarantineQuery& query) { query.waits_for = "local_body/245101"; }) == "2");
  CHECK(ids([](QuarantineQuery& query) { query.after_id = 1, query.limit = 2; }) == "23");
}

TEST_CASE("conflicts are narrowed by field, place, rule, time and number, newest first when asked")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (int i = 0; i < 4; ++i) {
      auto row = conflict(std::string(1, static_cast<char>('a' + i)));
      if (i == 1) row.field = "remarks";
      if (i == 2) row.rule = "newest: both changed within 4000 ms, the doubt of their clocks";
      row.opened_at = kNow + std::chrono::hours(i);
      row.hub_at = kNow;
      TRY_VOID(tx.add_conflict(row));
      RecordRow record;
      record.entity = "voucher";
      record.key = row.key;
      record.body = record.origin = "{}";
      record.place = i == 3 ? "245102" : "245101";
      TRY_VOID(tx.put_record(record));
    }
    return {};
  });
  const auto ids = [&](auto ask) { return ids_of(fixture, ask); };
  CHECK(ids([](ConflictQuery& query) { query.field = "remarks"; }) == "2");
  CHECK(ids([](ConflictQuery& query) { query.place = "245101"; }) == "123");
  CHECK(ids([](ConflictQuery& query) { query.rule = "newest"; }) == "3");
  CHECK(ids([](ConflictQuery& query) { query.rule = "west"; }) == "");
  CHECK(ids([](ConflictQuery& query) { query.since = kNow + 1h; }) == "234");
  CHECK(ids([](ConflictQuery& query) { query.up_to_id = 2; }) == "12");
  CHECK(ids([](ConflictQuery& query) { query.newest_first = true, query.limit = 2; }) == "43");
  CHECK(ids([](ConflictQuery& query) { query.newest_first = true, query.after_id = 3; }) == "21");
  const auto row = fixture.in([](Tx& tx) { return tx.conflict(1); }).value();
  CHECK(row.hub_at == kNow);
  CHECK_FALSE(row.remote_at);
}

TEST_CASE("the last decision on a field outlives its retention while its record is there")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    RecordRow record;
    record.entity = "voucher";
    record.key = "a";
    record.body = record.origin = "{}";
    TRY_VOID(tx.put_record(record));
    for (const auto* key : {"a", "a", "b"}) {
      auto row = conflict(key, "hub");
      row.settled_at = kNow - 48h;
      TRY_VOID(tx.add_conflict(row));
    }
    auto other = conflict("a", "remote");
    other.field = "remarks";
    other.settled_at = kNow - 48h;
    TRY_VOID(tx.add_conflict(other));
    return {};
  });
  PurgeLimits limits;
  limits.change_log = kNow - 24h;
  CHECK(fixture.in([&](Tx& tx) { return tx.purge(limits); }).conflicts == 2);
  std::string left;
  for (const auto& row : fixture.in([](Tx& tx) { return tx.conflicts({}); }))
    left += std::to_string(row.id);
  CHECK(left == "24"); // not the older one of its field, nor that of a record that is gone
}

TEST_CASE("what waits for a record is known, of whatever flow")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    int payload = 0;
    for (const auto* parent : {"local_body/1", "local_body/1", "local_body/2", ""}) {
      auto row = bad("k" + std::to_string(payload), std::to_string(payload));
      ++payload;
      row.waits_for = parent;
      TRY_VOID(tx.add_quarantine(row));
    }
    return {};
  });
  const auto waiting = fixture.in([](Tx& tx) { return tx.waiting_for("local_body/1", 10); });
  REQUIRE(waiting.size() == 2);
  CHECK(waiting[1].key == "k1");
}
