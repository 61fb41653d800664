// What is PostgreSQL's alone: the database as others find it, its lock, its line, and what waits to be sent.
#include "tests/support/cut_line.hpp"
#include "tests/unit/store/in_postgresql.hpp"

#include <fmt/format.h>

#include <csignal>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::CutLine;
using gramsetu::test::has;
using gramsetu::test::in_postgresql;
using gramsetu::test::kNow;
using gramsetu::test::Postgres;
using gramsetu::test::sql_in_database;
using gramsetu::test::voucher;

namespace {

Error refusal(const StoreOptions& options)
{
  auto opened = open_store(options);
  REQUIRE_FALSE(opened.has_value());
  return opened.error();
}

} // namespace

TEST_CASE("a second opener of a database is refused and told who has it")
{
  const auto at = in_postgresql();
  if (!at) return;
  const auto error = refusal(at->options);
  CHECK(error.kind == ErrorKind::invalid);
  CHECK_MESSAGE(has(error, "in use by gramsetu test (process "), error.what);
  at->reopen(); // the lock ends with its holder
}

TEST_CASE("a database that is of a newer program, of another one, or not there is refused")
{
  const auto at = in_postgresql();
  if (!at) return;
  at->store.reset();
  auto options = at->options;
  SUBCASE("newer")
  {
    sql_in_database(options, "INSERT INTO gs_schema VALUES (99, 'later')");
    const auto error = refusal(options);
    CHECK(error.kind == ErrorKind::unsupported);
    CHECK(has(error, "newer than this program"));
    CHECK(sql_in_database(options, "SELECT max(version) FROM gs_schema") == "99");
  }
  SUBCASE("another's")
  {
    sql_in_database(options, "DROP TABLE gs_schema");
    CHECK(refusal(options).kind == ErrorKind::corrupt);
  }
  SUBCASE("not there")
  {
    options.postgresql["dbname"] = "none";
    CHECK(refusal(options).kind == ErrorKind::invalid);
  }
  SUBCASE("nobody listens")
  {
    options.postgresql["host"] = at->dir.file("");
    CHECK(refusal(options).kind == ErrorKind::transient);
  }
  SUBCASE("a name of ours")
  {
    options.views = {{"gs_record", {}}};
    CHECK(refusal(options).kind == ErrorKind::invalid);
  }
  SUBCASE("not UTF-8")
  {
    sql_in_database(options, "CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    options.postgresql["dbname"] = "old";
    const auto error = refusal(options);
    CHECK(error.kind == ErrorKind::invalid);
    CHECK(has(error, "LATIN1"));
  }
}

TEST_CASE(
    "each entity is a plain view with typed columns in PostgreSQL, too, and has its partitions")
{
  const auto at = in_postgresql();
  if (!at) return;
  at->in([](Tx& tx) -> Result<void> {
    auto gone = voucher("b");
    gone.deleted = true;
    TRY_VOID(tx.put_record(gone));
    ShadowRow shadow;
    shadow.flow = "voucher@central";
    shadow.key = "a";
    TRY_VOID(tx.put_shadow(shadow));
    return tx.put_record(voucher("a"));
  });
  const auto ask = [&](const std::string& text) { return sql_in_database(at->options, text); };
  CHECK(ask("SELECT _key || ' ' || pg_typeof(amount) || ' ' || amount || ' ' || payee || ' ' || "
            "coalesce(\"order\", 'null') || ' ' || to_char(_changed_at AT TIME ZONE 'UTC', "
            "'YYYY-MM-DD HH24:MI') FROM voucher") == "a bigint 100000 Asha null 2026-11-23 04:30");
  CHECK(ask("SELECT count(*) FROM voucher") == "1");
  CHECK(ask("SELECT count(*) FROM gs_record_of_voucher") == "2");
  CHECK(ask("SELECT count(*) FROM gs_record_other") == "0");
  CHECK(ask("SELECT count(*) FROM gs_shadow_other") == "0");
  at->store.reset();
  at->options.views = {{"voucher", {{"payee", false}}}};
  at->reopen();
  CHECK(ask("SELECT amount FROM voucher").find("does not exist") != std::string::npos);
  CHECK(ask("SELECT payee FROM voucher") == "Asha");
  CHECK(at->store->check().has_value());
}

TEST_CASE("a digit that was changed in the database is found when it is read, and by the check")
{
  const auto at = in_postgresql();
  if (!at) return;
  at->in([](Tx& tx) { return tx.put_record(voucher("V-7")); });
  sql_in_database(at->options, "UPDATE gs_record SET body = replace(body, '1', '9')");
  const auto checked = at->store->check();
  REQUIRE_FALSE(checked.has_value());
  CHECK(checked.error().kind == ErrorKind::corrupt);
  CHECK(has(checked.error(), "record voucher/V-7"));
  const auto read = at->store->transact([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.record("voucher", "V-7"));
    return {};
  });
  CHECK_FALSE(read.has_value());
}

TEST_CASE("a count that is not what is there, and a shadow of no slice, are found by the check")
{
  const auto at = in_postgresql();
  if (!at) return;
  at->in([](Tx& tx) -> Result<void> {
    ShadowRow shadow;
    shadow.flow = "voucher@central";
    shadow.key = "a";
    TRY_VOID(tx.put_shadow(shadow));
    return tx.put_record(voucher("a"));
  });
  CHECK(at->store->check().has_value());
  SUBCASE("count")
  {
    sql_in_database(at->options, "UPDATE gs_count SET live = 5");
  }
  SUBCASE("shadow")
  {
    sql_in_database(at->options, "DELETE FROM gs_slice_name");
  }
  CHECK(at->store->check().error().kind == ErrorKind::corrupt);
}

TEST_CASE("a write that the database refuses undoes its transaction, and the store goes on")
{
  const auto at = in_postgresql();
  if (!at) return;
  sql_in_database(at->options, "ALTER TABLE gs_fact ADD CHECK (value <> 'bad')");
  const auto done = at->store->transact([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(voucher("a")));
    static_cast<void>(tx.put_fact("name", "bad")); // it has not been heard yet
    return tx.put_fact("other", "good");
  });
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::invalid);
  CHECK_FALSE(at->in([](Tx& tx) { return tx.record("voucher", "a"); }).has_value());
  CHECK(at->in([](Tx& tx) { return tx.count_records("voucher"); }) == 0);
  CHECK_FALSE(at->in([](Tx& tx) { return tx.fact("other"); }).has_value());
}

TEST_CASE("a line that breaks ends the store, and the next start has whole rows")
{
  const auto at = in_postgresql();
  if (!at) return;
  at->in([](Tx& tx) { return tx.put_fact("kept", "yes"); });
  sql_in_database(at->options, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                               "datname = current_database() AND pid <> pg_backend_pid()");
  const auto put = [](Tx& tx) { return tx.put_fact("lost", "yes"); };
  const auto first = at->store->transact(put), second = at->store->transact(put);
  REQUIRE_FALSE(first.has_value());
  REQUIRE_FALSE(second.has_value());
  CHECK(first.error().kind == ErrorKind::corrupt);
  CHECK(second.error().kind == ErrorKind::corrupt);
  at->reopen();
  CHECK(at->in([](Tx& tx) { return tx.fact("kept"); }) == "yes");
  CHECK_FALSE(at->in([](Tx& tx) { return tx.fact("lost"); }).has_value());
}

TEST_CASE("a commit whose answer does not come is unknown, and the next start finds out")
{
  const auto at = in_postgresql();
  if (!at) return;
  at->store.reset();
  CutLine line(Postgres::get()->socket());
  const auto direct = at->options.postgresql;
  at->options.postgresql["host"] = "127.0.0.1";
  at->options.postgresql["port"] = std::to_string(line.port());
  at->options.postgresql["sslmode"] = "disable";
  bool kept = false;
  CutLine::Cut where = CutLine::Cut::none;
  SUBCASE("it arrived")
  {
    where = CutLine::Cut::after_commit;
    kept = true;
  }
  SUBCASE("it did not")
  {
    where = CutLine::Cut::before_commit;
  }
  at->store = at->open();
  line.cut(where);
  const auto done = at->store->transact([](Tx& tx) { return tx.put_fact("name", "value"); });
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::corrupt);
  CHECK_MESSAGE(has(done.error(), "the outcome of a commit is unknown"), done.error().what);
  at->options.postgresql = direct;
  at->reopen();
  CHECK(at->in([](Tx& tx) { return tx.fact("name"); }).has_value() == kept);
}

TEST_CASE("a process killed at any moment leaves whole transactions only in the database")
{
  const auto at = in_postgresql();
  if (!at) return;
  std::mt19937 random(7);
  for (int kill = 0; kill < 5; ++kill) {
    at->store.reset();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto opened = open_store(at->options);
      for (int i = 0; opened; ++i)
        static_cast<void>((*opened)->transact([&](Tx& tx) -> Result<void> {
          TRY(const auto last, tx.fact("last"));
          const int next = last ? std::stoi(*last) + 1 : 1;
          for (int part = 0; part < 20; ++part)
            TRY_VOID(tx.put_record(voucher(fmt::format("{:06}-{:02}", next, part))));
          return tx.put_fact("last", std::to_string(next));
        }));
      ::_exit(1);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(60'000 + random() % 60'000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    at->store = at->open();
    const auto last = at->in([](Tx& tx) { return tx.fact("last"); });
    const auto whole = last ? static_cast<std::size_t>(std::stoi(*last)) * 20 : 0;
    REQUIRE(at->in([](Tx& tx) { return tx.count_records("voucher"); }) == whole);
  }
  CHECK(at->store->check().has_value());
}

TEST_CASE("what waits and what was read ahead is what a look at the database would say")
{
  const auto at = in_postgresql();
  if (!at) return;
  std::vector<std::string> keys;
  for (int i = 0; i < 9000; ++i) // more than a transaction holds in memory
    keys.push_back(fmt::format("{:05}", i));
  at->in([&](Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < keys.size(); i += 2)
      TRY_VOID(tx.put_record(voucher(keys[i])));
    return {};
  });
  at->in([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.marks("voucher@central", keys));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      TRY(auto row, tx.record("voucher", keys[i]));
      REQUIRE(row.has_value() == (i % 2 == 0));
      if (!row) row = voucher(keys[i]);
      row->revision = static_cast<std::int64_t>(i);
      TRY_VOID(tx.put_record(*row));
      if (i % 1000 > 0) continue;
      TRY(const auto again, tx.record("voucher", keys[i]));
      REQUIRE(again->revision == static_cast<std::int64_t>(i));
    }
    RecordQuery last;
    last.entity = "voucher";
    last.after_key = keys[8998];
    TRY(const auto rows, tx.records(last)); // sees what waited
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].revision == 8999);
    return {};
  });
  CHECK(at->in([](Tx& tx) { return tx.count_records("voucher"); }) == 9000);
  CHECK(at->store->check().has_value());
}

TEST_CASE("what a page's keys cost does not grow with what the flow has")
{
  const auto at = in_postgresql();
  if (!at) return;
  constexpr int kPages = 30, kKeys = 100;
  for (int page = 0; page < kPages; ++page) {
    std::vector<std::string> keys;
    for (int i = 0; i < kKeys; ++i)
      keys.push_back(fmt::format("{:05}", page * kKeys + i));
    at->in([&](Tx& tx) -> Result<void> {
      TRY_VOID(tx.marks("voucher@central", keys));
      for (const auto& key : keys) {
        TRY(const auto row, tx.record("voucher", key));
        REQUIRE_FALSE(row);
        TRY_VOID(tx.put_record(voucher(key)));
        ShadowRow shadow;
        shadow.flow = "voucher@central";
        shadow.key = key;
        TRY_VOID(tx.put_shadow(shadow));
      }
      return {};
    });
  }
  at->store.reset(); // a session that ends tells what it has read
  const auto read = sql_in_database(
      at->options, "SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes "
                   "WHERE relname LIKE 'gs_shadow%' OR relname LIKE 'gs_record%'");
  // All keys were new. Going through what is there for each page would be 45,000 entries for each table.
  CHECK_MESSAGE(std::stoll(read) < kPages * kKeys, read);
}
