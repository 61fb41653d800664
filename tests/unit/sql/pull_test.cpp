// Reading tables: pages, ties, slices, captured changes.
#include "tests/unit/sql/bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

using Keys = std::vector<std::string>;

const std::string kCaptured = "    cursor: captured\n    deletes: snapshot\n"
                              "    pull: { table: things, key: [code], page_size: 2 }\n"
                              "    fields: { code: code, name: name }\n";

std::string by_column(const std::string& type)
{
  return "    cursor: { field: /changed, type: " + type +
         " }\n    pull: { table: things, key: [code], page_size: 2 }\n"
         "    fields: { code: code, name: name }\n";
}

} // namespace

TEST_CASE("rows that share a cursor's value are all read, in one reading and by the next")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text, changed integer)");
    for (int i = 0; i < 7; ++i)
      bench.run(fmt::format("INSERT INTO things VALUES ('T{}', 'x', {})", i, i < 2 ? 1 : 5));
    bench.describe(by_column("integer"));
    CHECK(bench.keys() == Keys{"T0", "T1", "T2", "T3", "T4", "T5", "T6"});
    REQUIRE(bench.cursor() == "5");
    CHECK(bench.keys("1") == Keys{"T0", "T1", "T2", "T3", "T4", "T5", "T6"});
    // One more of the value that was the highest: after `>` it would be lost.
    bench.run("INSERT INTO things VALUES ('T00', 'late', 5)");
    CHECK(bench.keys("5") == Keys{"T00", "T2", "T3", "T4", "T5", "T6"});
    CHECK(bench.keys("6").empty());
  }
}

TEST_CASE("what changes while a table is read comes up by the next reading")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text, changed integer)");
    for (int i = 0; i < 5; ++i)
      bench.run(fmt::format("INSERT INTO things VALUES ('T{0}', 'x', {0})", i));
    bench.describe(by_column("integer"));
    const auto first = bench.pull();
    REQUIRE(first);
    CHECK(first->cursor == "4");
    bench.run("UPDATE things SET changed = 9 WHERE code = 'T0'");
    bench.run("DELETE FROM things WHERE code = 'T1'"); // an offset would skip one now
    const auto second = bench.pull("", first->next);
    REQUIRE(second);
    CHECK(second->records.front().remote_id == "T2");
    CHECK(second->cursor == "4");
    CHECK(bench.keys("4") == Keys{"T4", "T0"});
  }
}

TEST_CASE("a number that is drawn early and committed late is not passed over")
{
  if (dialects().size() < 2) return;
  SqlBench bench(Dialect::postgres);
  bench.run("CREATE TABLE things (code text PRIMARY KEY, name text, changed bigint)");
  bench.describe(by_column("integer"));
  const auto slow = bench.session();
  REQUIRE(slow->script("BEGIN; INSERT INTO things VALUES ('A', 'slow', 1)"));
  bench.run("INSERT INTO things VALUES ('B', 'fast', 2)");
  CHECK(bench.keys() == Keys{"B"});
  CHECK(bench.cursor().empty()); // stays where it was
  REQUIRE(slow->script("COMMIT"));
  CHECK(bench.keys() == Keys{"A", "B"});
  CHECK(bench.cursor() == "2");
}

TEST_CASE("a slice is bound, whatever it holds")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text, body integer)");
    bench.run("INSERT INTO things VALUES ('A', 'x', 245101), ('B', 'it''s', 245101),"
              " ('C', 'it''s', 7)");
    bench.describe("    slices: { who: [a], where: [b] }\n"
                   "    pull: { table: things, key: [code], where: { name: \"{slice.who}\","
                   " body: \"{slice.where}\" } }\n    fields: { code: code, name: name }\n");
    const auto page = bench.pull("", "", {"x", {{"who", "it's"}, {"where", "245101"}}});
    REQUIRE_MESSAGE(page, (page ? "" : page.error().what));
    REQUIRE(page->records.size() == 1);
    CHECK(page->records[0].remote_id == "B");
    const auto none = bench.pull("", "", {"x", {{"who", "' OR '1'='1"}, {"where", "245101"}}});
    REQUIRE(none);
    CHECK(none->records.empty());
  }
}

TEST_CASE("triggers write down inserts, updates, deletes, and keys that change")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
    bench.run("INSERT INTO things VALUES ('A', '1'), ('B', '1'), ('C', '1'), ('D', '1')");
    bench.describe(kCaptured);
    REQUIRE(bench.prepare(true));
    CHECK(bench.keys() == Keys{"A", "B", "C", "D"});
    const auto start = bench.cursor();
    CHECK(bench.keys(start).empty());
    bench.run("UPDATE things SET name = '2' WHERE code = 'A'");
    bench.run("DELETE FROM things WHERE code = 'B'");
    bench.run("INSERT INTO things VALUES ('E', '1')");
    bench.run("UPDATE things SET code = 'F' WHERE code = 'C'");
    CHECK(bench.all(start) == Keys{R"(A  {"code":"A","name":"2"})", R"(-B  {"code":"B"})",
                                   R"(E  {"code":"E","name":"1"})", R"(-C  {"code":"C"})",
                                   R"(F  {"code":"F","name":"1"})"});
    // A row that went and came back is there; one that is changed again comes once, at its end.
    const auto next = bench.cursor();
    bench.run("UPDATE things SET name = '3' WHERE code = 'A'");
    bench.run("DELETE FROM things WHERE code = 'D'");
    bench.run("INSERT INTO things VALUES ('D', '2')");
    bench.run("UPDATE things SET name = '4' WHERE code = 'A'");
    CHECK(bench.keys(next) == Keys{"D", "A"});
    // What is read already is not read again.
    CHECK(bench.keys(bench.cursor()).empty());
  }
}

TEST_CASE("a row that leaves the stream is gone, and one that goes to another slice is not")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text, kind text, body integer)");
    bench.run("INSERT INTO things VALUES ('A', 'x', 'ours', 1), ('B', 'x', 'ours', 1),"
              " ('C', 'x', 'other', 1)");
    bench.describe("    cursor: captured\n    slices: { body: [1, 2] }\n"
                   "    pull: { table: things, key: [code], where: { kind: ours, body: "
                   "\"{slice.body}\" } }\n    fields: { code: code, name: name }\n");
    REQUIRE(bench.prepare(true));
    const auto first = bench.pull("", "", {"body=1", {{"body", "1"}}});
    REQUIRE_MESSAGE(first, (first ? "" : first.error().what));
    CHECK(first->records.size() == 2);
    bench.run("UPDATE things SET kind = 'other' WHERE code = 'A'");
    bench.run("UPDATE things SET body = 2 WHERE code = 'B'");
    const auto one = bench.pull(first->cursor, "", {"body=1", {{"body", "1"}}});
    REQUIRE_MESSAGE(one, (one ? "" : one.error().what));
    REQUIRE(one->records.size() == 1);
    CHECK(one->records[0].remote_id == "A");
    CHECK(one->records[0].deleted);
    const auto two = bench.pull(first->cursor, "", {"body=2", {{"body", "2"}}});
    REQUIRE(two);
    REQUIRE(two->records.size() == 2);
    CHECK(two->records[1].remote_id == "B");
    CHECK_FALSE(two->records[1].deleted);
  }
}

TEST_CASE("changes are captured whatever way a row is written")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
    bench.run("INSERT INTO things VALUES ('A', '1'), ('B', '1')");
    bench.describe(kCaptured);
    REQUIRE(bench.prepare(true));
    static_cast<void>(bench.keys());
    auto at = bench.cursor();
    if (bench.is_postgres()) {
      bench.run("TRUNCATE things");
      CHECK(bench.keys(at) == Keys{"-A", "-B"});
    } else {
      // The outer statement's way with conflicts holds inside triggers as well: it must not drop a change.
      bench.run("UPDATE things SET name = '2' WHERE code = 'A'");
      bench.run("INSERT OR IGNORE INTO things VALUES ('C', '1')");
      bench.run("UPDATE OR IGNORE things SET name = '3' WHERE code = 'A'");
      bench.run("INSERT OR REPLACE INTO things VALUES ('B', '2')");
      CHECK(bench.keys(at) == Keys{"C", "A", "B"});
    }
  }
}

TEST_CASE("a change of a transaction that takes long is not passed over")
{
  if (dialects().size() < 2) return;
  SqlBench bench(Dialect::postgres);
  bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
  bench.run("INSERT INTO things VALUES ('A', '1'), ('B', '1')");
  bench.describe(kCaptured);
  REQUIRE(bench.prepare(true));
  static_cast<void>(bench.keys());
  const auto start = bench.cursor();
  const auto slow = bench.session();
  REQUIRE(slow->script("BEGIN; UPDATE things SET name = 'slow' WHERE code = 'A'"));
  bench.run("UPDATE things SET name = 'fast' WHERE code = 'B'");
  const auto early = bench.keys(start);
  const auto between = bench.cursor();
  REQUIRE(slow->script("COMMIT"));
  auto seen = bench.keys(between);
  seen.insert(seen.end(), early.begin(), early.end());
  std::sort(seen.begin(), seen.end());
  CHECK(seen == Keys{"A", "B"});
}

TEST_CASE("a database that was set back says so instead of nothing")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
    bench.describe(kCaptured);
    REQUIRE(bench.prepare(true));
    const auto page = bench.pull("00000000009999999999");
    REQUIRE_FALSE(page);
    CHECK(page.error().what.find("set back") != std::string::npos);
    CHECK(page.error().what.find("--full") != std::string::npos);
  }
}

TEST_CASE("keys of several columns go on where they stopped")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (part text, number integer, code text, name text,"
              " PRIMARY KEY (part, number))");
    for (int i = 0; i < 6; ++i)
      bench.run(fmt::format("INSERT INTO things VALUES ('p/{0}', {1}, 'C{2}', 'x')", i / 3,
                            9 + i % 3, i));
    bench.describe("    cursor: captured\n"
                   "    pull: { table: things, key: [part, number], page_size: 2 }\n"
                   "    fields: { code: code, name: name }\n");
    REQUIRE(bench.prepare(true));
    CHECK(bench.keys() == Keys{"p~10/9", "p~10/10", "p~10/11", "p~11/9", "p~11/10", "p~11/11"});
    const auto start = bench.cursor();
    bench.run("DELETE FROM things WHERE number = 10 AND part = 'p/1'");
    CHECK(bench.all(start) == Keys{R"(-p~11/10  {"part":"p/1","number":10})"});
    const std::vector<connectors::Reference> one = {{"C2", ""}, {"C2", "p~10/11"}, {"C4", ""}};
    const auto seen = bench.connector().probe(bench.stream(), one, {});
    REQUIRE_MESSAGE(seen, (seen ? "" : seen.error().what));
    CHECK((*seen)[0].record.remote_id == "p~10/11");
    CHECK((*seen)[1].found);
    CHECK_FALSE((*seen)[2].found);
  }
}

TEST_CASE("rows that a key does not tell apart fail the reading, and rows without one damage it")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text, name text)");
    bench.run("INSERT INTO things VALUES ('A', '1'), ('B', '1'), ('C', '1'), (NULL, '1')");
    bench.describe("    pull: { table: things, key: [code], page_size: 2 }\n"
                   "    fields: { code: code, name: name }\n");
    const auto page = bench.pull();
    REQUIRE(page);
    REQUIRE(page->bad.size() == 1);
    CHECK(page->bad[0].pointer == "/code");
    bench.run("INSERT INTO things VALUES ('B', 'again')"); // on both sides of the page's end
    const auto twice = bench.pull();
    REQUIRE_FALSE(twice);
    CHECK(twice.error().what.find("do not tell the rows") != std::string::npos);
  }
}
