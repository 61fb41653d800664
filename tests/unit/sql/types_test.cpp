// What a column holds comes as it is, or says that it cannot.
#include "tests/unit/sql/bench.hpp"

#include "schema/json.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;
using connectors::Receipt;
using connectors::Verb;

namespace {

using Lines = std::vector<std::string>;

const std::string kAll =
    "    pull: { table: things, key: [code] }\n    push: { batch: 10 }\n"
    "    fields: { code: code, name: name, amount: { from: amount, as: rupees }, weight: weight,\n"
    "              count: count, seen: seen, day: day, good: good, details: details }\n";

const std::string kRecord =
    R"({"code":"A","name":"it's \"नाम\"; --","amount":"9007199254740993.01",)"
    R"("weight":"-0.000000001","count":9223372036854775807,)"
    R"("seen":"2026-11-23T04:30:00.123Z","day":"2026-11-23","good":true,)"
    R"("details":{"a":[1,"2"],"b":0.10}})";

// The first record's problem, as quarantine would show it.
std::string problem(SqlBench& bench)
{
  const auto page = bench.pull();
  REQUIRE_MESSAGE(page, (page ? "" : page.error().what));
  REQUIRE(page->records.size() == 1);
  CHECK(page->records[0].remote_id == "A"); // its key is known all the same
  const auto staged = bench.stream().mapping->to_record(page->records[0].body);
  REQUIRE_FALSE(staged.problems.empty());
  return staged.problems.front().pointer + " " + staged.problems.front().code;
}

} // namespace

TEST_CASE("PostgreSQL's types come as they are and go back as they came")
{
  if (dialects().size() < 2) return;
  SqlBench bench(Dialect::postgres);
  bench.run("CREATE DOMAIN rupees AS numeric(20, 2); CREATE TABLE things (code varchar(8) PRIMARY "
            "KEY, name text, amount rupees, weight numeric, count bigint, seen timestamptz,"
            " day date, good boolean, details jsonb)");
  bench.describe(kAll);
  REQUIRE(bench.prepare(true));
  const auto receipt = bench.push(Verb::create, "A", kRecord);
  CHECK_MESSAGE(receipt.outcome == Receipt::Outcome::applied, receipt.error.what);
  CHECK(
      bench.all() ==
      Lines{
          "A  {\"code\":\"A\",\"name\":\"it's \\\"नाम\\\"; --\",\"amount\":\"9007199254740993.01\","
          "\"weight\":\"-0.000000001\",\"count\":9223372036854775807,"
          "\"seen\":\"2026-11-23T04:30:00.123000Z\",\"day\":\"2026-11-23\",\"good\":true,"
          "\"details\":{\"a\":[1,\"2\"],\"b\":0.10}}"});
  bench.run("UPDATE things SET weight = 'NaN', details = 'null', good = NULL");
  CHECK(problem(bench) == "/weight bad_decimal");
}

TEST_CASE("money of PostgreSQL, and times without a zone, are read whatever the server's language")
{
  if (dialects().size() < 2) return;
  SqlBench bench(Dialect::postgres);
  bench.run("CREATE TABLE things (code text PRIMARY KEY, amount money, seen timestamp)");
  bench.run("INSERT INTO things VALUES ('A', '1234567.50', '2026-11-23 10:00:00.5')");
  bench.describe("    pull: { table: things, key: [code] }\n    push: {}\n    fields: { code: code,"
                 " amount: { from: amount, as: rupees }, seen: seen }\n");
  REQUIRE(bench.prepare(true));
  CHECK(bench.all() == Lines{R"(A  {"code":"A","amount":"1234567.50",)"
                             R"("seen":"2026-11-23T10:00:00.500000+05:30"})"});
  const auto written = bench.push(
      Verb::update, "A", R"({"code":"A","amount":"0.05","seen":"2026-11-23T04:30:00.000Z"})");
  CHECK_MESSAGE(written.outcome == Receipt::Outcome::applied, written.error.what);
  CHECK(bench.rows("SELECT amount::numeric, seen::text FROM things")[0][0].text == "0.05");
  CHECK(bench.rows("SELECT seen::text FROM things")[0][0].text == "2026-11-23 10:00:00");
}

TEST_CASE("without a zone in the manifest a time with one does not lose it in a column without")
{
  for (const auto dialect : dialects()) {
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, seen timestamp)");
    bench.describe("    pull: { table: things, key: [code] }\n    push: {}\n"
                   "    fields: { code: code, seen: seen }\n",
                   "");
    REQUIRE(bench.prepare(true));
    const auto receipt =
        bench.push(Verb::create, "A", R"({"code":"A","seen":"2026-11-23T04:30:00.000Z"})");
    CHECK(receipt.outcome == Receipt::Outcome::refused);
    CHECK(receipt.error.what.find("zone") != std::string::npos);
  }
}

TEST_CASE("SQLite's types come as they are and go back as they came")
{
  SqlBench bench(Dialect::sqlite);
  bench.run("CREATE TABLE things (code TEXT PRIMARY KEY, name VARCHAR(100), amount TEXT, weight"
            " TEXT, count INTEGER, seen TEXT, day DATE, good BOOLEAN, details JSON)");
  bench.describe(kAll);
  REQUIRE(bench.prepare(true));
  const auto receipt = bench.push(Verb::create, "A", kRecord);
  CHECK_MESSAGE(receipt.outcome == Receipt::Outcome::applied, receipt.error.what);
  CHECK(
      bench.all() ==
      Lines{
          "A  {\"code\":\"A\",\"name\":\"it's \\\"नाम\\\"; --\",\"amount\":\"9007199254740993.01\","
          "\"weight\":\"-0.000000001\",\"count\":9223372036854775807,"
          "\"seen\":\"2026-11-23T04:30:00.123Z\",\"day\":\"2026-11-23\",\"good\":true,"
          "\"details\":{\"a\":[1,\"2\"],\"b\":0.10}}"});
}

TEST_CASE("a value that no record can hold sends its record to quarantine, not the reading")
{
  SqlBench bench(Dialect::sqlite);
  bench.run(
      "CREATE TABLE things (code TEXT PRIMARY KEY, name TEXT, amount NUMERIC, count INTEGER)");
  bench.run("INSERT INTO things VALUES ('A', 'x', NULL, 1)");
  bench.describe("    pull: { table: things, key: [code] }\n    fields: { code: code, name: name,"
                 " amount: { from: amount, as: rupees }, count: count }\n");
  CHECK(bench.all() == Lines{R"(A  {"code":"A","name":"x","amount":null,"count":1})"});
  bench.run("UPDATE things SET amount = 12");
  CHECK(bench.all() == Lines{R"(A  {"code":"A","name":"x","amount":12,"count":1})"});
  bench.run("UPDATE things SET amount = '12.50'"); // SQLite makes floating point of it
  CHECK(problem(bench) == "/amount wrong_type");
  bench.run("UPDATE things SET amount = 1, name = x'00ff'");
  CHECK(problem(bench) == "/name wrong_type");
  bench.run("UPDATE things SET name = CAST(x'ff41' AS TEXT)");
  CHECK(problem(bench) == "/name wrong_type");
  bench.run("UPDATE things SET name = 'x', count = 'many'");
  CHECK(problem(bench) == "/count wrong_type");
  bench.run("UPDATE things SET count = 1e300");
  CHECK(problem(bench) == "/count wrong_type");
}

TEST_CASE("floating point is taken only where the manifest says so, and never for money")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, weight double precision)");
    bench.run("INSERT INTO things VALUES ('A', 26.5167)");
    const std::string fields = "    push: {}\n    fields: { code: code, weight: weight }\n";
    bench.describe("    pull: { table: things, key: [code] }\n" + fields);
    REQUIRE(bench.prepare(true));
    CHECK(problem(bench) == "/weight wrong_type");
    const std::string body = R"({"code":"A","weight":"88.75"})";
    const auto refused = bench.push(Verb::update, "A", body);
    CHECK(refused.outcome == Receipt::Outcome::refused);
    CHECK(refused.error.what.find("floating point") != std::string::npos);
    bench.describe("    pull: { table: things, key: [code], inexact: [weight] }\n" + fields);
    CHECK(bench.all() == Lines{R"(A  {"code":"A","weight":"26.5167"})"});
    CHECK(bench.push(Verb::update, "A", body).outcome == Receipt::Outcome::applied);
    CHECK(bench.all() == Lines{R"(A  {"code":"A","weight":"88.75"})"});
  }
}

TEST_CASE("what a column would not keep as it is is refused before it is written")
{
  SqlBench bench(Dialect::sqlite);
  bench.run("CREATE TABLE things (code STRING PRIMARY KEY, amount DECIMAL(14,2))");
  bench.describe("    pull: { table: things, key: [code] }\n    push: {}\n    fields: { code: code,"
                 " amount: { from: amount, as: rupees } }\n");
  REQUIRE(bench.prepare(true));
  const auto outcome = [&](const std::string& code, const std::string& amount) {
    return bench
        .push(Verb::create, code, "{\"code\":\"" + code + "\",\"amount\":\"" + amount + "\"}")
        .outcome;
  };
  CHECK(outcome("A", "12.00") == Receipt::Outcome::applied);
  CHECK(outcome("B", "12.50") == Receipt::Outcome::refused);
  CHECK(outcome("0042", "1.00") == Receipt::Outcome::refused); // would become 42
  CHECK(outcome("1e5", "1.00") == Receipt::Outcome::refused);
  CHECK(outcome("42", "1.00") == Receipt::Outcome::applied);
  CHECK(bench.rows("SELECT count(*) FROM things")[0][0].text == "2");
  if (dialects().size() < 2) return;
  SqlBench other(Dialect::postgres);
  other.run("CREATE TABLE things (code varchar(3) PRIMARY KEY, amount numeric(8, 1))");
  other.describe("    pull: { table: things, key: [code] }\n    push: {}\n    fields: { code: code,"
                 " amount: { from: amount, as: rupees } }\n");
  REQUIRE(other.prepare(true));
  const auto kept = [&](const std::string& code, const std::string& amount) {
    return other
        .push(Verb::create, code, "{\"code\":\"" + code + "\",\"amount\":\"" + amount + "\"}")
        .outcome;
  };
  CHECK(kept("A", "12.50") == Receipt::Outcome::applied);
  CHECK(kept("B", "12.55") == Receipt::Outcome::refused);
  CHECK(kept("LONG", "1.00") == Receipt::Outcome::refused);
}

TEST_CASE("a column that no record can hold, or that is not there, is named")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, nmae text)");
    bench.describe("    pull: { table: things, key: [code] }\n    fields: { code: code, name: name "
                   "}\n");
    const auto page = bench.pull();
    REQUIRE_FALSE(page);
    CHECK(page.error().what.ends_with("things has no column 'name'; did you mean 'nmae'?"));
    if (!bench.is_postgres()) continue;
    bench.run("ALTER TABLE things ADD COLUMN name bytea");
    const auto bytes = bench.pull();
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().what.find("bytea") != std::string::npos);
  }
}
