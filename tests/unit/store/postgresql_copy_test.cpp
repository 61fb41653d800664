// Rows that go out by COPY: which ones do, that they are what was put, and what is left when one is refused.
#include "tests/unit/store/in_postgresql.hpp"

#include <fmt/format.h>

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::has;
using gramsetu::test::in_postgresql;
using gramsetu::test::kNow;
using gramsetu::test::sql_in_database;
using gramsetu::test::voucher;

namespace {

constexpr int kEnough = 256; // new rows of a table, for COPY
const std::string kFlow = "voucher@central";

std::vector<std::string> keys_to(int count)
{
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i)
    keys.push_back(fmt::format("{:05}", i));
  return keys;
}

ShadowRow agreed(const std::string& key, const std::string& flow = kFlow)
{
  ShadowRow row;
  row.flow = flow;
  row.key = key;
  row.slice = "2026-27";
  row.remote_id = key;
  return row;
}

RecordQuery vouchers(const std::string& after = "")
{
  RecordQuery query;
  query.entity = "voucher";
  query.after_key = after;
  return query;
}

ChangeQuery changes_after(std::int64_t sequence)
{
  ChangeQuery query;
  query.entity = "voucher";
  query.after = sequence;
  return query;
}

ChangeRow creation(const std::string& key)
{
  ChangeRow row;
  row.entity = "voucher";
  row.key = key;
  row.kind = "created";
  row.fields = "null";
  row.at = kNow;
  return row;
}

// As the engine takes in a page: it looks, and writes record, change and shadow.
Result<void> take_in(Tx& tx, const std::vector<std::string>& keys)
{
  TRY_VOID(tx.marks(kFlow, keys));
  for (const auto& key : keys) {
    auto row = voucher(key);
    TRY(row.sequence, tx.add_change(creation(key)));
    TRY_VOID(tx.put_record(row));
    TRY_VOID(tx.put_shadow(agreed(key)));
  }
  return {};
}

// What writes into the large tables is noted from here on: "gs_change COPY, gs_record INSERT".
void watch(const test::StoreFixture& at)
{
  std::string sql = "CREATE TABLE said (what text); CREATE FUNCTION note() RETURNS trigger "
                    "LANGUAGE plpgsql AS $$ BEGIN INSERT INTO gramsetu.said VALUES "
                    "(TG_TABLE_NAME || ' ' || split_part(current_query(), ' ', 1)); "
                    "RETURN NULL; END $$;";
  for (const auto* table : {"gs_record", "gs_change", "gs_shadow"})
    sql += fmt::format("CREATE TRIGGER note AFTER INSERT ON {} FOR EACH STATEMENT "
                       "EXECUTE FUNCTION note();",
                       table);
  CHECK(sql_in_database(at.options, sql).empty());
}

std::string seen(const test::StoreFixture& at)
{
  auto said = sql_in_database(at.options, "SELECT string_agg(what, ', ' ORDER BY what) FROM said");
  sql_in_database(at.options, "TRUNCATE said");
  return said;
}

std::string count(const test::StoreFixture& at, const std::string& table)
{
  return sql_in_database(at.options, "SELECT count(*) FROM " + table);
}

void check_nothing(const test::StoreFixture& at)
{
  for (const auto* table : {"gs_record", "gs_change", "gs_shadow", "gs_count", "gs_head"})
    CHECK_MESSAGE(count(at, table) == "0", table);
}

} // namespace

TEST_CASE("new rows go by COPY where they are enough, and by arrays where they are not")
{
  const auto at = in_postgresql();
  if (!at) return;
  watch(*at);
  std::string by;
  int rows = 0;
  SUBCASE("one below")
  {
    rows = kEnough - 1;
    by = "INSERT";
  }
  SUBCASE("just enough")
  {
    rows = kEnough;
    by = "COPY";
  }
  SUBCASE("one above")
  {
    rows = kEnough + 1;
    by = "COPY";
  }
  at->in([&](Tx& tx) { return take_in(tx, keys_to(rows)); });
  CHECK(seen(*at) == fmt::format("gs_change {0}, gs_record {0}, gs_shadow {0}", by));
  for (const auto* table : {"gs_record_of_voucher", "gs_change_of_voucher", "gs_shadow_of_1"})
    CHECK_MESSAGE(count(*at, table) == std::to_string(rows), table);
  CHECK(at->in([](Tx& tx) { return tx.count_records("voucher"); }) ==
        static_cast<std::size_t>(rows));
  CHECK(at->store->check().has_value());
}

TEST_CASE("rows that are there, or may be, are changed and not copied")
{
  const auto at = in_postgresql();
  if (!at) return;
  const auto keys = keys_to(kEnough + 50), more = keys_to(3 * kEnough);
  at->in([&](Tx& tx) { return take_in(tx, keys); });
  watch(*at);
  SUBCASE("old and new ones in one transaction")
  {
    at->in([&](Tx& tx) { return take_in(tx, more); });
    CHECK(seen(*at) == "gs_change COPY, gs_record COPY, gs_record INSERT, gs_shadow COPY, "
                       "gs_shadow INSERT");
    CHECK(count(*at, "gs_record") == std::to_string(more.size()));
    CHECK(count(*at, "gs_shadow") == std::to_string(more.size()));
    CHECK(sql_in_database(at->options, "SELECT max(sequence) FROM gs_record") ==
          std::to_string(keys.size() + more.size()));
  }
  SUBCASE("nobody has looked")
  {
    at->in([&](Tx& tx) -> Result<void> {
      for (const auto& key : keys)
        TRY_VOID(tx.put_shadow(agreed(key)));
      return {};
    });
    CHECK(seen(*at) == "gs_shadow INSERT");
  }
  SUBCASE("they went by COPY before, in the same transaction")
  {
    at->in([&](Tx& tx) -> Result<void> {
      TRY_VOID(take_in(tx, more));
      TRY_VOID(tx.records(vouchers())); // all that waits goes out
      for (const auto& key : more) {
        auto row = voucher(key);
        row.revision = 2;
        TRY_VOID(tx.put_record(row));
        TRY_VOID(tx.put_shadow(agreed(key)));
      }
      return {};
    });
    CHECK(seen(*at) == "gs_change COPY, gs_record COPY, gs_record INSERT, gs_record INSERT, "
                       "gs_shadow COPY, gs_shadow INSERT, gs_shadow INSERT");
    CHECK(sql_in_database(at->options, "SELECT min(revision) FROM gs_record") == "2");
  }
  SUBCASE("one was erased, and is new again")
  {
    at->in([&](Tx& tx) -> Result<void> {
      for (const auto& key : keys)
        TRY_VOID(tx.erase_shadow(kFlow, key));
      for (const auto& key : keys)
        TRY_VOID(tx.put_shadow(agreed(key)));
      return {};
    });
    CHECK(seen(*at) == "gs_shadow COPY");
    CHECK(count(*at, "gs_shadow") == std::to_string(keys.size()));
  }
  CHECK(at->store->check().has_value());
}

TEST_CASE("a transaction reads what it copied")
{
  const auto at = in_postgresql();
  if (!at) return;
  const auto keys = keys_to(5000); // changes go out before the end, too
  at->in([&](Tx& tx) -> Result<void> {
    TRY_VOID(take_in(tx, keys));
    TRY(const auto shadows, tx.count_shadows(kFlow, ""));
    CHECK(shadows == keys.size());
    TRY(const auto rows, tx.records(vouchers("04989")));
    REQUIRE(rows.size() == 10);
    CHECK(rows[9].sequence == 5000);
    TRY(const auto changes, tx.changes(changes_after(4990)));
    CHECK(changes.size() == 10);
    TRY(const auto marks, tx.marks(kFlow, {"04999", "05000"}));
    CHECK(marks[0].has_value());
    CHECK_FALSE(marks[1].has_value());
    TRY(auto one, tx.record("voucher", "00007"));
    REQUIRE(one.has_value());
    one->revision = 9;
    return tx.put_record(*one);
  });
  CHECK(at->in([](Tx& tx) { return tx.record("voucher", "00007"); })->revision == 9);
  CHECK(count(*at, "gs_change") == "5000");
  CHECK(at->store->check().has_value());
}

TEST_CASE(
    "a row that is refused in the middle of a COPY undoes its transaction, and the store goes on")
{
  const auto at = in_postgresql();
  if (!at) return;
  std::string table;
  bool is_heard = true;
  SUBCASE("in the first table")
  {
    table = "gs_record";
  }
  SUBCASE("in the last table")
  {
    table = "gs_shadow";
  }
  SUBCASE("before its end, and its work does not mind")
  {
    table = "gs_change";
    is_heard = false;
  }
  CHECK(sql_in_database(at->options, fmt::format("ALTER TABLE {} ADD CONSTRAINT not_this CHECK "
                                                 "(key <> '00700')",
                                                 table))
            .empty());
  const auto done = at->store->transact([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_fact("name", "value"));
    TRY_VOID(take_in(tx, keys_to(4000)));
    if (!is_heard) CHECK_FALSE(tx.records(vouchers()).has_value());
    return {};
  });
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::invalid);
  CHECK_MESSAGE(has(done.error(), "violates check constraint \"not_this\" (23514)"),
                done.error().what);
  check_nothing(*at);
  CHECK_FALSE(at->in([](Tx& tx) { return tx.fact("name"); }).has_value());
  CHECK(at->in([&](Tx& tx) { return tx.add_change(creation("a")); }) == 1); // not given out yet
  at->in([&](Tx& tx) { return take_in(tx, keys_to(600)); });
  CHECK(count(*at, "gs_shadow") == "600");
  CHECK(at->store->check().has_value());
}

TEST_CASE("a transaction that takes back its work takes back what it copied")
{
  const auto at = in_postgresql();
  if (!at) return;
  const auto done = at->store->transact([&](Tx& tx) -> Result<void> {
    TRY_VOID(take_in(tx, keys_to(600)));
    TRY_VOID(tx.records(vouchers()));
    return fail(ErrorKind::cancelled, "enough");
  });
  CHECK(done.error().what == "enough");
  check_nothing(*at);
}

TEST_CASE("a line that breaks before a COPY ends the store, and the next start has none of it")
{
  const auto at = in_postgresql();
  if (!at) return;
  const auto done = at->store->transact([&](Tx& tx) -> Result<void> {
    TRY_VOID(take_in(tx, keys_to(600)));
    sql_in_database(at->options, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                 "datname = current_database() AND pid <> pg_backend_pid()");
    return {};
  });
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::corrupt);
  at->reopen();
  check_nothing(*at);
}

TEST_CASE("all that a row can hold comes back from a COPY")
{
  const auto at = in_postgresql();
  if (!at) return;
  using namespace std::string_literals;
  const std::vector<std::string> texts = {"",           "\\N",
                                          "\\.",        "a\tb\nc\r\n",
                                          "\"'\\ ,;",   "a\0b"s,
                                          "\xff\xfe",   "\xf4\x8f\xbc\x80",
                                          "ग्राम पंचायत", "PGCOPY\n\xff\r\n\0"s,
                                          "\xff\xff"s,  std::string(100'000, 'x')};
  const auto keys = keys_to(300);
  const auto text = [&](std::size_t i) { return texts[i % texts.size()]; };
  at->in([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.marks(kFlow, keys));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto row = voucher(keys[i], text(i));
      row.place = text(i + 1).substr(0, 6);
      if (i % 2 == 0) row.dead_until = kNow;
      row.deleted = i % 3 == 0;
      row.revision = i % 2 == 0 ? INT64_MIN : INT64_MAX;
      TRY_VOID(tx.put_record(row));
      auto shadow = agreed(keys[i]);
      shadow.base = text(i);
      shadow.mark = {test::digest_of(text(i)), text(i + 1), i % 3 == 0, text(i + 2)};
      TRY_VOID(tx.put_shadow(shadow));
      auto change = creation(keys[i]);
      change.note = text(i);
      TRY_VOID(tx.add_change(change));
    }
    return {};
  });
  at->reopen();
  const auto marks = at->in([&](Tx& tx) { return tx.marks(kFlow, keys); });
  const auto changes = at->in([&](Tx& tx) { return tx.changes(changes_after(0)); });
  REQUIRE(changes.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto row = at->in([&](Tx& tx) { return tx.record("voucher", keys[i]); });
    REQUIRE(row.has_value());
    CHECK(row->body == text(i));
    CHECK(row->place == text(i + 1).substr(0, 6));
    CHECK(row->dead_until.has_value() == (i % 2 == 0));
    CHECK(row->deleted == (i % 3 == 0));
    CHECK(row->revision == (i % 2 == 0 ? INT64_MIN : INT64_MAX));
    CHECK(at->in([&](Tx& tx) { return tx.shadow(kFlow, keys[i]); })->base == text(i));
    REQUIRE(marks[i].has_value());
    CHECK(marks[i]->digest == test::digest_of(text(i)));
    CHECK(marks[i]->version == text(i + 1));
    CHECK(marks[i]->fingerprint == text(i + 2));
    CHECK(changes[i].note == text(i));
  }
  CHECK(at->store->check().has_value());
}

TEST_CASE("one COPY reaches many partitions, those that it made itself, and none")
{
  const auto at = in_postgresql();
  if (!at) return;
  at->store.reset();
  at->options.views = {{"voucher", {}}, {"work", {}}, {"asset", {}}};
  at->store = at->open();
  watch(*at);
  const std::vector<std::string> entities = {"voucher", "work", "asset", "unknown"};
  const auto keys = keys_to(100); // each alone is not enough
  at->in([&](Tx& tx) -> Result<void> {
    for (const auto& entity : entities) {
      const auto flow = entity + "@central";
      TRY_VOID(tx.marks(flow, keys));
      for (const auto& key : keys) {
        auto row = voucher(key);
        row.entity = entity;
        TRY_VOID(tx.put_record(row));
        TRY_VOID(tx.put_shadow(agreed(key, flow)));
      }
    }
    return {};
  });
  CHECK(seen(*at) == "gs_record COPY, gs_shadow COPY");
  for (const auto* table : {"gs_record_of_voucher", "gs_record_of_work", "gs_record_of_asset",
                            "gs_record_other", "gs_shadow_of_1", "gs_shadow_of_4"})
    CHECK_MESSAGE(count(*at, table) == "100", table);
  CHECK(count(*at, "gs_shadow_other") == "0");
  CHECK(at->store->check().has_value());
}
