// Writing rows: over which version, once, and what is said when it fails.
#include "tests/unit/sql/bench.hpp"

#include "connectors/api/connector.hpp"
#include "tests/support/cut_line.hpp"
#include "tests/support/postgres.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <thread>

using namespace gramsetu;
using namespace gramsetu::test;
using connectors::Intent;
using connectors::Receipt;
using connectors::Verb;
using Outcome = connectors::Receipt::Outcome;

namespace {

const std::string kFields = "    fields: { code: code, name: name }\n";

std::string versioned(const std::string& push)
{
  return "    version: /row_version\n    pull: { table: things, key: [code] }\n    push: " + push +
         "\n" + kFields;
}

Intent intent_of(Verb verb, const std::string& key, const std::string& idempotency_key)
{
  Intent intent;
  intent.verb = verb;
  intent.key = key;
  intent.idempotency_key = idempotency_key;
  schema::Object body;
  body.append("code", key);
  body.append("name", "name of " + key);
  if (verb != Verb::remove) intent.body = schema::Value(std::move(body));
  return intent;
}

std::string text(SqlBench& bench, const std::string& sql)
{
  const auto rows = bench.rows(sql);
  return rows.empty() ? "" : rows[0][0].text;
}

bool has(const Receipt& receipt, const std::string& piece)
{
  return receipt.error.what.find(piece) != std::string::npos;
}

} // namespace

TEST_CASE("a version moves with every write, whoever writes, and is never had twice")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
    bench.run("INSERT INTO things VALUES ('A', 'old')");
    bench.describe(versioned("{}"));
    REQUIRE(bench.prepare(true)); // adds the column, too
    const auto first = text(bench, "SELECT row_version FROM things");
    CHECK(bench.push(Verb::update, "A", R"({"code":"A","name":"x"})", "77").outcome ==
          Outcome::moved);
    const auto written = bench.push(Verb::update, "A", R"({"code":"A","name":"x"})", first);
    REQUIRE_MESSAGE(written.outcome == Outcome::applied, written.error.what);
    CHECK(written.version != first);
    bench.run("UPDATE things SET name = 'theirs'"); // by an application that knows no versions
    CHECK(bench.push(Verb::update, "A", R"({"code":"A","name":"y"})", written.version).outcome ==
          Outcome::moved);
    CHECK(bench.push(Verb::remove, "A", "", written.version).outcome == Outcome::moved);
    CHECK(text(bench, "SELECT name FROM things") == "theirs");
    // Many applications save by deleting and inserting: the version must not begin anew.
    const auto now = text(bench, "SELECT row_version FROM things");
    bench.run("DELETE FROM things; INSERT INTO things (code, name) VALUES ('A', 'saved')");
    CHECK(bench.push(Verb::update, "A", R"({"code":"A","name":"z"})", now).outcome ==
          Outcome::moved);
    CHECK(text(bench, "SELECT name FROM things") == "saved");
  }
}

TEST_CASE("a constraint refuses its record alone, in the database's words and without values")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text CONSTRAINT not_secret CHECK "
              "(name <> 'Secret Person'), phone text UNIQUE)");
    bench.run("INSERT INTO things VALUES ('X', 'x', '9876543210')");
    bench.describe("    pull: { table: things, key: [code] }\n    push: {}\n"
                   "    fields: { code: code, name: name, phone: phone }\n");
    REQUIRE(bench.prepare(true));
    const auto push = [&](const std::string& body, const std::string& key = "A") {
      return bench.push(Verb::create, key, body);
    };
    const auto secret = push(R"({"code":"A","name":"Secret Person"})");
    CHECK(secret.outcome == Outcome::refused);
    CHECK(has(secret, "not_secret"));
    CHECK_FALSE(has(secret, "Secret Person"));
    const auto unique = push(R"({"code":"A","name":"y","phone":"9876543210"})");
    CHECK(unique.outcome == Outcome::refused);
    CHECK(has(unique, "phone"));
    CHECK_FALSE(has(unique, "9876543210"));
    CHECK(push(R"({"code":"X","name":"y","phone":"1"})", "X").outcome == Outcome::moved);
    CHECK(text(bench, "SELECT count(*) FROM things") == "1");
  }
}

TEST_CASE("a constraint that is looked at in the end refuses the culprit alone")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE places (code text PRIMARY KEY)");
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text, place text REFERENCES places "
              "DEFERRABLE INITIALLY DEFERRED)");
    bench.run("INSERT INTO places VALUES ('name of A'), ('name of C')");
    bench.describe("    pull: { table: things, key: [code] }\n    push: {}\n"
                   "    fields: { code: code, name: place }\n");
    REQUIRE(bench.prepare(true));
    std::vector<Intent> intents;
    for (const std::string key : {"A", "B", "C"}) {
      intents.push_back(intent_of(Verb::create, key, "idem-" + key));
      intents.back().body.object().erase("name");
      intents.back().body.object().append("place", "name of " + key);
    }
    const auto receipts = bench.connector().push(bench.stream(), intents, {});
    CHECK(receipts[0].outcome == Outcome::applied);
    CHECK_MESSAGE(receipts[1].outcome == Outcome::refused, receipts[1].error.what);
    CHECK(receipts[2].outcome == Outcome::applied);
    CHECK(text(bench, "SELECT count(*) FROM things") == "2");
  }
}

TEST_CASE("what was done once under a key is told again, also when the row has moved on")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
    bench.describe(versioned("{}"));
    REQUIRE(bench.prepare(true));
    const std::vector once = {intent_of(Verb::create, "A", "one")};
    const auto first = bench.connector().push(bench.stream(), once, {});
    REQUIRE_MESSAGE(first[0].outcome == Outcome::applied, first[0].error.what);
    bench.run("UPDATE things SET name = 'theirs'");
    const auto again = bench.open().push(bench.stream(), once, {});
    CHECK(again[0].outcome == Outcome::applied);
    CHECK(again[0].version == first[0].version);
    CHECK(text(bench, "SELECT name FROM things") == "theirs");
    // Receipts go when nobody relies on them any more.
    bench.run("UPDATE gramsetu_receipts SET at = 1");
    const std::vector other = {intent_of(Verb::create, "B", "two")};
    CHECK(bench.connector().push(bench.stream(), other, {})[0].outcome == Outcome::applied);
    CHECK(text(bench, "SELECT count(*) FROM gramsetu_receipts") == "1");
  }
}

TEST_CASE("a record that is marked as deleted is gone, and comes back when it is created anew")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text, gone text)");
    bench.describe("    deletes: { field: /gone, values: [\"Y\"] }\n"
                   "    pull: { table: things, key: [code] }\n"
                   "    push: { delete: { column: gone, set: \"Y\" } }\n" +
                   kFields);
    REQUIRE(bench.prepare(true));
    const std::string body = R"({"code":"A","name":"x"})";
    CHECK(bench.push(Verb::create, "A", body).outcome == Outcome::applied);
    CHECK(bench.push(Verb::remove, "A", "").outcome == Outcome::applied);
    CHECK(text(bench, "SELECT gone FROM things") == "Y");
    CHECK(bench.keys() == std::vector<std::string>{"-A"});
    CHECK(bench.push(Verb::update, "A", body).outcome == Outcome::moved);
    CHECK(bench.push(Verb::create, "A", body).outcome == Outcome::applied);
    CHECK(bench.keys() == std::vector<std::string>{"A"});
  }
}

TEST_CASE("a row whose key the database makes is known by it")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run(bench.is_postgres()
                  ? "CREATE TABLE things (id serial PRIMARY KEY, code text UNIQUE, name text)"
                  : "CREATE TABLE things (id INTEGER PRIMARY KEY, code text UNIQUE, name text)");
    bench.describe("    id: /id\n    pull: { table: things }\n    push: {}\n" + kFields);
    REQUIRE(bench.prepare(true));
    const auto made = bench.push(Verb::create, "A", R"({"code":"A","name":"x"})");
    REQUIRE_MESSAGE(made.outcome == Outcome::applied, made.error.what);
    CHECK(made.remote_id == "1");
    CHECK(bench.push(Verb::create, "A", R"({"code":"A","name":"y"})").outcome == Outcome::moved);
    CHECK(bench.push(Verb::update, "A", R"({"code":"A","name":"z"})").outcome == Outcome::applied);
    CHECK(bench.all() == std::vector<std::string>{R"(1  {"id":1,"code":"A","name":"z"})"});
  }
}

TEST_CASE("who holds a lock makes the write wait, and then it is not sent")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
    bench.describe("    pull: { table: things, key: [code] }\n    push: {}\n" + kFields);
    REQUIRE(bench.prepare(true));
    bench.settings.limits.connect_timeout = std::chrono::milliseconds(150);
    bench.settings.limits.first_byte_timeout = std::chrono::milliseconds(150);
    bench.open();
    const auto holder = bench.session();
    REQUIRE(holder->script(bench.is_postgres() ? "BEGIN; LOCK TABLE things" : "BEGIN IMMEDIATE"));
    const auto receipt = bench.push(Verb::create, "A", R"({"code":"A","name":"x"})");
    CHECK_MESSAGE(receipt.outcome == Outcome::not_sent, receipt.error.what);
    CHECK(receipt.error.kind == ErrorKind::transient);
    REQUIRE(holder->script("ROLLBACK"));
    CHECK(bench.push(Verb::create, "A", R"({"code":"A","name":"x"})").outcome == Outcome::applied);
  }
}

TEST_CASE("a connection that is lost in COMMIT leaves an unknown outcome, and the same again tells")
{
  if (dialects().size() < 2) return;
  SqlBench bench(Dialect::postgres);
  bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
  bench.describe("    pull: { table: things, key: [code] }\n    push: {}\n" + kFields);
  REQUIRE(bench.prepare(true));
  CutLine line(Postgres::get()->socket());
  const auto direct = bench.settings.url;
  bench.settings.url = fmt::format("postgresql://gramsetu@127.0.0.1:{}/{}", line.port(),
                                   direct.substr(direct.rfind('/') + 1));
  bench.open();
  using Cut = CutLine::Cut;
  for (const auto cut : {Cut::before_commit, Cut::after_commit}) {
    const auto key = fmt::format("K{}", static_cast<int>(cut));
    const std::vector intents = {intent_of(Verb::create, key, "1" + key),
                                 intent_of(Verb::create, key + "b", "2" + key)};
    line.cut(cut);
    const auto lost = bench.connector().push(bench.stream(), intents, {});
    CHECK(line.is_cut());
    for (const auto& receipt : lost)
      CHECK_MESSAGE(receipt.outcome == Outcome::unknown, receipt.error.what);
    const auto there = text(bench, "SELECT count(*) FROM things WHERE code LIKE '" + key + "%'");
    CHECK(there == (cut == Cut::after_commit ? "2" : "0"));
    const auto again = bench.open().push(bench.stream(), intents, {});
    for (const auto& receipt : again)
      CHECK_MESSAGE(receipt.outcome == Outcome::applied, receipt.error.what);
    CHECK(text(bench, "SELECT count(*) FROM things WHERE code LIKE '" + key + "%'") == "2");
  }
  // Before COMMIT nothing is in doubt.
  line.cut(Cut::before_any);
  const std::vector early = {intent_of(Verb::create, "E", "early")};
  CHECK(bench.connector().push(bench.stream(), early, {})[0].outcome == Outcome::not_sent);
}

TEST_CASE("a server that ends the session in the middle of COMMIT leaves an unknown outcome")
{
  if (dialects().size() < 2) return;
  SqlBench bench(Dialect::postgres);
  bench.run("CREATE TABLE things (code text PRIMARY KEY, name text);"
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " PERFORM pg_sleep(20); RETURN NULL; END $$;"
            "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION slow()");
  bench.describe("    pull: { table: things, key: [code] }\n    push: {}\n" + kFields);
  REQUIRE(bench.prepare(true));
  std::jthread killer([&] {
    const std::string find = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = "
                             "'COMMIT' AND state = 'active' AND datname = current_database()";
    for (int i = 0; i < 500 && bench.rows(find).empty(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  });
  const auto receipt = bench.push(Verb::create, "A", R"({"code":"A","name":"x"})");
  killer.join();
  CHECK_MESSAGE(receipt.outcome == Outcome::unknown, receipt.error.what);
  CHECK(text(bench, "SELECT count(*) FROM things") == "0");
}
