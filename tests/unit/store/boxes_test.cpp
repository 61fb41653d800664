// Inbox and outbox.
#include "tests/unit/store/fixture.hpp"

using namespace gramsetu;
using namespace gramsetu::store;
using namespace std::chrono_literals;
using gramsetu::test::kNow;
using gramsetu::test::StoreFixture;

namespace {

InboxRow news(std::string key, std::string slice = "s1")
{
  InboxRow row;
  row.flow = "voucher@central";
  row.slice = std::move(slice);
  row.key = std::move(key);
  row.body = R"({"amount":1})";
  row.remote_id = "r1";
  row.version = "v1";
  row.digest = sha256("x");
  row.modified = kNow - 1h;
  row.received_at = kNow;
  row.run = "run-1";
  return row;
}

OutboxRow intent(std::string key, std::chrono::seconds age = 0s)
{
  OutboxRow row;
  row.flow = "voucher@central";
  row.key = std::move(key);
  row.payload = R"({"amount":"1.00"})";
  row.created_at = kNow - age;
  return row;
}

template <typename Rows>
std::string keys_of(const Rows& rows)
{
  std::string keys;
  for (const auto& row : rows)
    keys += (keys.empty() ? "" : " ") + row.key;
  return keys;
}

} // namespace

TEST_CASE("an inbox row comes back whole, and a newer one of the same key replaces it")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return tx.put_inbox(news("a")); });
  auto newer = news("a", "s2");
  newer.body = "";
  newer.deleted = true;
  newer.absent = true;
  newer.modified = std::nullopt;
  newer.version = "v2";
  fixture.in([&](Tx& tx) { return tx.put_inbox(newer); });
  fixture.reopen();
  const auto found = fixture.in([](Tx& tx) { return tx.inbox_of("voucher@central", "a"); });
  REQUIRE(found.has_value());
  CHECK(found->slice == "s2");
  CHECK(found->body.empty());
  CHECK(found->deleted);
  CHECK(found->absent);
  CHECK_FALSE(found->modified.has_value());
  CHECK(found->version == "v2");
  CHECK(found->digest == sha256("x"));
  CHECK(found->received_at == kNow);
  CHECK(found->run == "run-1");
  CHECK(fixture.in([](Tx& tx) { return tx.inbox_slices("voucher@central"); }) ==
        std::vector<std::string>{"s2"});
}

TEST_CASE("the inbox is read in key order, by slice or whole, and cleared by row")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_inbox(news("c", "s1")));
    TRY_VOID(tx.put_inbox(news("a", "s1")));
    TRY_VOID(tx.put_inbox(news("b", "s2")));
    auto other = news("d");
    other.flow = "plan@central";
    return tx.put_inbox(other);
  });
  const auto read = [&](const char* slice, const char* after, std::size_t limit) {
    return keys_of(
        fixture.in([&](Tx& tx) { return tx.inbox("voucher@central", slice, after, limit); }));
  };
  CHECK(read("", "", 9) == "a b c");
  CHECK(read("", "a", 1) == "b");
  CHECK(read("s1", "", 9) == "a c");
  CHECK(read("s1", "a", 9) == "c");
  CHECK(read("s3", "", 9) == "");
  CHECK(fixture.in([](Tx& tx) { return tx.inbox_slices("voucher@central"); }) ==
        std::vector<std::string>{"s1", "s2"});
  fixture.in([](Tx& tx) { return tx.erase_inbox("voucher@central", "a"); });
  CHECK(read("", "", 9) == "b c");
}

TEST_CASE(
    "how much waits is counted by what it says, of one slice and of what is current in one run")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (const auto* key : {"a", "b", "c", "d", "e"}) {
      auto row = news(key, "s1");
      row.deleted = row.key == "b";
      row.absent = row.key == "c";
      row.run = row.key == "d" ? "" : "run-1"; // one that came by no reading
      if (row.key == "e") row.run = "run-0";
      TRY_VOID(tx.put_inbox(row));
    }
    TRY_VOID(tx.put_inbox(news("f", "s2")));
    auto other = news("g", "s1");
    other.flow = "plan@central";
    return tx.put_inbox(other);
  });
  const auto size =
      fixture.in([](Tx& tx) { return tx.inbox_size("voucher@central", "s1", "run-1"); });
  CHECK(size.there == 2);
  CHECK(size.gone == 2);
}

TEST_CASE("an outbox row comes back whole through all of its states")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return tx.put_outbox(intent("a")); });
  for (const auto state :
       {OutboxState::in_flight, OutboxState::unknown, OutboxState::parked, OutboxState::pending}) {
    auto row = intent("a");
    row.state = state;
    row.again = true;
    row.verb = "update";
    row.idempotency_key = "key-1";
    row.base = R"({"amount":1})";
    row.digest = sha256("y");
    row.batch = "batch-1";
    row.first_sent = kNow - 2h;
    row.last_sent = kNow - 1h;
    row.sends = 2;
    row.expected_version = "v7";
    row.attempts = 3;
    row.not_before = kNow + 1min;
    row.error = "http 503";
    fixture.in([&](Tx& tx) { return tx.put_outbox(row); });
    fixture.reopen();
    const auto found = fixture.in([](Tx& tx) { return tx.outbox_of("voucher@central", "a"); });
    REQUIRE(found.has_value());
    CHECK(found->state == state);
    CHECK(found->again);
    CHECK(found->verb == "update");
    CHECK(found->idempotency_key == "key-1");
    CHECK(found->payload == row.payload);
    CHECK(found->base == row.base);
    CHECK(found->digest == sha256("y"));
    CHECK(found->batch == "batch-1");
    CHECK(found->first_sent == kNow - 2h);
    CHECK(found->last_sent == kNow - 1h);
    CHECK(found->sends == 2);
    CHECK(found->expected_version == "v7");
    CHECK(found->attempts == 3);
    CHECK(found->created_at == kNow);
    CHECK(found->not_before == kNow + 1min);
    CHECK(found->error == "http 503");
  }
  fixture.in([](Tx& tx) { return tx.erase_outbox("voucher@central", "a"); });
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.outbox_of("voucher@central", "a"); }).has_value());
}

TEST_CASE(
    "the outbox is read oldest first, by flow, state, batch and what is due, and page by page")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_outbox(intent("a", 10s)));
    auto together = intent("b", 30s);
    together.batch = "batch-1";
    TRY_VOID(tx.put_outbox(together));
    auto later = intent("c", 20s);
    later.not_before = kNow + 1s;
    TRY_VOID(tx.put_outbox(later));
    auto unknown = intent("d", 40s);
    unknown.state = OutboxState::unknown;
    TRY_VOID(tx.put_outbox(unknown));
    auto other = intent("e", 25s);
    other.flow = "voucher@csc";
    other.batch = "batch-1";
    return tx.put_outbox(other);
  });
  const auto read = [&](auto ask) {
    OutboxQuery query;
    ask(query);
    return keys_of(fixture.in([&](Tx& tx) { return tx.outbox(query); }));
  };
  CHECK(read([](OutboxQuery&) {}) == "d b e c a");
  CHECK(read([](OutboxQuery& query) { query.limit = 2; }) == "d b");
  CHECK(read([](OutboxQuery& query) { query.flow = "voucher@central"; }) == "d b c a");
  CHECK(read([](OutboxQuery& query) {
          query.flow = "voucher@central";
          query.state = OutboxState::pending;
          query.due = kNow;
        }) == "b a");
  CHECK(read([](OutboxQuery& query) {
          query.state = OutboxState::pending;
          query.due = kNow + 1s;
        }) == "b e c a");
  CHECK(read([](OutboxQuery& query) {
          query.flow = "voucher@central";
          query.after.emplace(kNow - 30s, "b");
        }) == "c a");
  CHECK(read([](OutboxQuery& query) {
          query.flow = "voucher@central";
          query.after.emplace(kNow - 30s, "a");
          query.limit = 2;
        }) == "b c");
  CHECK(read([](OutboxQuery& query) { query.batch = "batch-1"; }) == "b e");
}
