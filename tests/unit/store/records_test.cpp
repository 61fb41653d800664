// Records, their order, their counts, and what a transaction leaves behind.
#include "tests/unit/store/fixture.hpp"

#include <stdexcept>

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::kNow;
using gramsetu::test::StoreFixture;

namespace {

RecordRow voucher(std::string key, std::string body = R"({"amount":100})")
{
  RecordRow row;
  row.entity = "voucher";
  row.key = std::move(key);
  row.body = std::move(body);
  row.origin = R"({"amount":{"by":"central"}})";
  row.place = "245101";
  row.revision = 1;
  row.sequence = 7;
  row.changed_at = kNow;
  return row;
}

std::string keys_of(const std::vector<RecordRow>& rows)
{
  std::string keys;
  for (const auto& row : rows)
    keys += (keys.empty() ? "" : " ") + row.key;
  return keys;
}

} // namespace

TEST_CASE("a record comes back as it was put, also after a restart")
{
  StoreFixture fixture;
  auto row = voucher("V-1", R"({"payee":"ग्राम पंचायत क़"})");
  row.deleted = true;
  row.dead_until = kNow + std::chrono::hours(24);
  fixture.in([&](Tx& tx) { return tx.put_record(row); });
  fixture.reopen();
  const auto found = fixture.in([](Tx& tx) { return tx.record("voucher", "V-1"); });
  REQUIRE(found.has_value());
  CHECK(found->body == row.body);
  CHECK(found->origin == row.origin);
  CHECK(found->place == "245101");
  CHECK(found->revision == 1);
  CHECK(found->sequence == 7);
  CHECK(found->deleted);
  CHECK(found->changed_at == kNow);
  CHECK(found->dead_until == row.dead_until);
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.record("voucher", "V-2"); }).has_value());
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.record("plan", "V-1"); }).has_value());
}

TEST_CASE("putting a record again replaces all of it")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return tx.put_record(voucher("V-1")); });
  auto row = voucher("V-1", R"({"amount":200})");
  row.revision = 2;
  row.origin = "{}";
  fixture.in([&](Tx& tx) { return tx.put_record(row); });
  const auto found = fixture.in([](Tx& tx) { return tx.record("voucher", "V-1"); });
  CHECK(found->body == row.body);
  CHECK(found->origin == "{}");
  CHECK(found->revision == 2);
  CHECK(fixture.in([](Tx& tx) { return tx.count_records("voucher"); }) == 1);
}

TEST_CASE("a record that was looked for in vain is found once it is there, wherever its key stands")
{
  StoreFixture fixture;
  const auto is_there = [](Tx& tx, const std::string& key) {
    const auto found = tx.record("voucher", key);
    REQUIRE(found);
    return found->has_value();
  };
  fixture.in([](Tx& tx) { return tx.put_record(voucher("m")); });
  fixture.in([&](Tx& tx) -> Result<void> {
    for (const auto* key : {"a", "m1", "z", "za", "n"}) {
      CHECK_FALSE(is_there(tx, key));
      TRY_VOID(tx.put_record(voucher(key)));
      CHECK(is_there(tx, key));
    }
    CHECK(is_there(tx, "m"));
    CHECK_FALSE(is_there(tx, "zb"));
    CHECK_FALSE(tx.record("asset", "m").value());
    return {};
  });
  // What a transaction did not keep is not known to the next.
  const auto undone = fixture.store->transact([&](Tx& tx) -> Result<void> {
    CHECK_FALSE(is_there(tx, "zz"));
    TRY_VOID(tx.put_record(voucher("zz")));
    return fail(ErrorKind::cancelled, "on purpose");
  });
  CHECK_FALSE(undone);
  fixture.in([&](Tx& tx) -> Result<void> {
    CHECK_FALSE(is_there(tx, "zz"));
    CHECK(is_there(tx, "za"));
    return {};
  });
}

TEST_CASE("records are listed in key order, page by page, of one place or under one parent")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (const auto* key : {"c", "a", "d", "b"}) {
      auto row = voucher(key);
      if (row.key == "b") row.place = "245102";
      if (row.key == "c") row.deleted = true;
      row.body = row.key < "c" ? R"({"plan":"P-1","deep":{"in side":"x"}})" : R"({"plan":12})";
      TRY_VOID(tx.put_record(row));
    }
    auto other = voucher("a");
    other.entity = "plan";
    return tx.put_record(other);
  });
  const auto list = [&](auto... ask) {
    RecordQuery query;
    query.entity = "voucher";
    (ask(query), ...);
    return keys_of(fixture.in([&](Tx& tx) { return tx.records(query); }));
  };
  const auto first = [](std::size_t limit) {
    return [=](RecordQuery& query) { query.limit = limit; };
  };
  const auto after = [](const char* key) {
    return [=](RecordQuery& query) { query.after_key = key; };
  };
  const auto under = [](const char* pointer, const char* parent) {
    return [=](RecordQuery& query) { query.parent_pointer = pointer, query.parent = parent; };
  };
  CHECK(list() == "a b d");
  CHECK(list([](RecordQuery& query) { query.with_deleted = true; }) == "a b c d");
  CHECK(list(first(2)) == "a b");
  CHECK(list(after("b"), first(2)) == "d");
  CHECK(list([](RecordQuery& query) { query.place = "245102"; }) == "b");
  CHECK(list(under("/plan", "P-1")) == "a b");
  CHECK(list(under("/plan", "12")) == "d");
  CHECK(list(under("/deep/in side", "x")) == "a b");
  CHECK(list(first(0)) == "");
}

TEST_CASE("a pointer that is none is refused and harms nothing")
{
  StoreFixture fixture;
  for (const auto* pointer : {"plan", "/a\"b", "/x') OR 1=1 --\""}) {
    const auto done = fixture.store->transact([&](Tx& tx) -> Result<void> {
      RecordQuery query;
      query.entity = "voucher";
      query.parent_pointer = pointer;
      TRY_VOID(tx.records(query));
      return {};
    });
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().kind == ErrorKind::invalid);
  }
  CHECK(fixture.in([](Tx& tx) { return tx.count_records("voucher"); }) == 0);
}

TEST_CASE("the count of live records follows creation, deletion and return, and forgets a rollback")
{
  StoreFixture fixture;
  const auto count = [&] { return fixture.in([](Tx& tx) { return tx.count_records("voucher"); }); };
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(voucher("a")));
    TRY_VOID(tx.put_record(voucher("b")));
    TRY(const auto now, tx.count_records("voucher")); // sees its own writes
    CHECK(now == 2);
    return {};
  });
  CHECK(count() == 2);
  auto row = voucher("a");
  row.deleted = true;
  fixture.in([&](Tx& tx) { return tx.put_record(row); });
  fixture.in([&](Tx& tx) { return tx.put_record(row); });
  CHECK(count() == 1);
  const auto failed = fixture.store->transact([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(voucher("a")));
    return fail(ErrorKind::invalid, "no");
  });
  CHECK_FALSE(failed.has_value());
  CHECK(count() == 1);
  fixture.in([](Tx& tx) { return tx.put_record(voucher("a")); });
  CHECK(count() == 2);
  fixture.reopen();
  CHECK(count() == 2);
}

TEST_CASE("an error or an exception inside a transaction leaves nothing behind")
{
  StoreFixture fixture;
  const auto failed = fixture.store->transact([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(voucher("a")));
    TRY_VOID(tx.put_fact("name", "value"));
    return fail(ErrorKind::precondition, "the other side moved");
  });
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().kind == ErrorKind::precondition);
  CHECK(failed.error().what == "the other side moved");
  CHECK_THROWS_AS(static_cast<void>(fixture.store->transact([&](Tx& tx) -> Result<void> {
                    TRY_VOID(tx.put_record(voucher("a")));
                    throw std::runtime_error("death");
                  })),
                  std::runtime_error);
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.record("voucher", "a"); }).has_value());
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.fact("name"); }).has_value());
}

TEST_CASE("text with quotes, zero bytes and broken UTF-8 comes back byte for byte")
{
  StoreFixture fixture;
  auto row = voucher(std::string("k'\"\0;\xff", 6), std::string("{\"a\":\"\0\xc3\"}", 11));
  fixture.in([&](Tx& tx) { return tx.put_record(row); });
  const auto found = fixture.in([&](Tx& tx) { return tx.record("voucher", row.key); });
  REQUIRE(found.has_value());
  CHECK(found->key == row.key);
  CHECK(found->body == row.body);
}
