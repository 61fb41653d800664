// The SQLite store's file: lock, versions, views and others at it.
#include "daemon/store/care.hpp"
#include "tests/unit/store/outside.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::store;
using namespace std::chrono_literals;
using gramsetu::test::sql;
using gramsetu::test::StoreFixture;
using gramsetu::test::TempDir;
using gramsetu::test::voucher;

namespace {

std::string bytes_of(const std::string& path)
{
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Error refusal(const StoreOptions& options)
{
  auto opened = open_store(options);
  REQUIRE_FALSE(opened.has_value());
  return opened.error();
}

} // namespace

TEST_CASE("the store's files are their owner's alone")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return tx.put_fact("a", "b"); });
  for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat info = {};
    REQUIRE(::stat((fixture.options.path + suffix).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a second opener is refused and told who has the store")
{
  StoreFixture fixture;
  const auto error = refusal(fixture.options);
  CHECK(error.kind == ErrorKind::invalid);
  CHECK(error.what ==
        fmt::format("store {}: in use by process {}", fixture.options.path, ::getpid()));
  fixture.reopen(); // the lock ends with its holder
}

TEST_CASE("a folder that is not there is the operator's mistake")
{
  TempDir dir;
  const auto error = refusal({dir.file("none/hub.db"), {}, 8 << 20});
  CHECK(error.kind == ErrorKind::invalid);
  CHECK(error.what.find("none/hub.db") != std::string::npos);
}

TEST_CASE("a store of a newer program is refused and stays as it is")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return tx.put_record(voucher("a")); });
  fixture.store.reset();
  sql(fixture.options.path, "PRAGMA user_version = 99");
  const auto before = bytes_of(fixture.options.path);
  const auto error = refusal(fixture.options);
  CHECK(error.kind == ErrorKind::unsupported);
  CHECK(error.what.find("newer than this program") != std::string::npos);
  CHECK(bytes_of(fixture.options.path) == before);
}

TEST_CASE("a file that is no store is refused and stays as it is")
{
  TempDir dir;
  StoreOptions options{dir.file("hub.db"), {}, 8 << 20};
  SUBCASE("another program's database")
  {
    sql(options.path, "CREATE TABLE vch_master (id)");
  }
  SUBCASE("no database at all")
  {
    dir.write("hub.db", std::string(9000, 'x'));
  }
  const auto before = bytes_of(options.path);
  CHECK(refusal(options).kind == ErrorKind::corrupt);
  CHECK(bytes_of(options.path) == before);
}

TEST_CASE("opening again runs no migration twice")
{
  StoreFixture fixture;
  fixture.store.reset();
  CHECK(sql(fixture.options.path, "PRAGMA user_version") == "8");
  const auto schema = sql(fixture.options.path, "SELECT group_concat(sql) FROM sqlite_schema");
  fixture.reopen();
  fixture.store.reset();
  CHECK(sql(fixture.options.path, "SELECT group_concat(sql) FROM sqlite_schema") == schema);
  CHECK(sql(fixture.options.path, "PRAGMA journal_mode") == "wal");
}

TEST_CASE("what the log has is in the file itself once it was copied, and the log begins anew")
{
  StoreFixture fixture;
  const auto& path = fixture.options.path;
  const auto records_in_file = [&](const std::string& name) {
    const auto alone = fixture.dir.file(name);
    std::filesystem::copy_file(path, alone);
    return sql(alone, "SELECT count(*) FROM gs_record");
  };
  const auto log_bytes = [&] { return std::filesystem::file_size(path + "-wal"); };
  for (int i = 0; i < 100; ++i)
    fixture.in([&](Tx& tx) { return tx.put_record(voucher(std::to_string(i))); });
  CHECK(records_in_file("before.db") != "100");
  REQUIRE(copy_log(*fixture.store));
  CHECK(records_in_file("after.db") == "100");
  const auto full = log_bytes();
  for (int i = 0; i < 50; ++i)
    fixture.in([&](Tx& tx) { return tx.put_record(voucher(std::to_string(i), "{}")); });
  CHECK(log_bytes() == full);
  CHECK(fixture.store->check().has_value());
}

TEST_CASE("each entity is a plain view with typed columns, which follows the configuration")
{
  StoreFixture fixture;
  fixture.store.reset();
  fixture.options.views = {{"voucher", {{"amount", true}, {"payee", false}, {"order", false}}},
                           {"group", {{"name", false}}}};
  fixture.reopen();
  fixture.in([](Tx& tx) -> Result<void> {
    auto gone = voucher("b");
    gone.deleted = true;
    TRY_VOID(tx.put_record(gone));
    return tx.put_record(voucher("a"));
  });
  const auto& path = fixture.options.path;
  CHECK(sql(path, "SELECT _key || ' ' || typeof(amount) || ' ' || amount || ' ' || payee || ' ' || "
                  "ifnull(\"order\", 'null') || ' ' || _changed_at FROM voucher") ==
        "a integer 100000 Asha null 2026-11-23T04:30:00.000Z");
  CHECK(sql(path, "SELECT count(*) FROM voucher") == "1");
  CHECK(sql(path, "SELECT count(*) FROM \"group\"") == "0");
  CHECK(sql(path, "DELETE FROM voucher") == "cannot modify voucher because it is a view");

  fixture.store.reset();
  fixture.options.views = {{"voucher", {{"payee", false}}}};
  fixture.reopen();
  CHECK(sql(path, "SELECT amount FROM voucher") == "no such column: amount");
  CHECK(sql(path, "SELECT * FROM \"group\"") == "no such table: group");
}

TEST_CASE("an entity cannot take the name of a table of the store")
{
  TempDir dir;
  CHECK(refusal({dir.file("hub.db"), {{"gs_record", {}}}, 8 << 20}).kind == ErrorKind::invalid);
}

TEST_CASE("another process that holds the write lock makes us wait, not end")
{
  StoreFixture fixture;
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(fixture.options.path.c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  std::thread release([&] {
    std::this_thread::sleep_for(50ms);
    sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  });
  fixture.in([](Tx& tx) { return tx.put_fact("a", "b"); });
  release.join();
  sqlite3_close(other);
}

TEST_CASE("two threads lose no update of each other")
{
  StoreFixture fixture;
  const auto add = [&] {
    for (int i = 0; i < 100; ++i) {
      const auto done = fixture.store->transact([](Tx& tx) -> Result<void> {
        TRY(const auto now, tx.fact("counter"));
        return tx.put_fact("counter", std::to_string(std::stoi(now.value_or("0")) + 1));
      });
      if (!done) return;
    }
  };
  std::thread one(add), two(add);
  one.join();
  two.join();
  CHECK(fixture.in([](Tx& tx) { return tx.fact("counter"); }) == "200");
}
