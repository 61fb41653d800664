// What a database lacks is shown, made when asked for, and missed when it is gone.
#include "tests/unit/sql/bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>

using namespace gramsetu;
using namespace gramsetu::test;
using connectors::Receipt;
using connectors::Verb;

namespace {

const std::string kEverything = "    version: /row_version\n    cursor: captured\n"
                                "    deletes: snapshot\n    pull: { table: things, key: [code] }\n"
                                "    push: {}\n    fields: { code: code, name: name }\n";

std::string everything_there(SqlBench& bench)
{
  const auto rows = bench.rows(
      bench.is_postgres() ? "SELECT count(*) FROM pg_class WHERE relname LIKE 'gramsetu%'"
                          : "SELECT count(*) FROM sqlite_master WHERE name LIKE 'gramsetu%'");
  return rows[0][0].text;
}

} // namespace

TEST_CASE("prepare shows what is lacking and changes nothing; applied, nothing is lacking any more")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
    bench.describe(kEverything);
    const auto shown = bench.prepare(false);
    REQUIRE_MESSAGE(shown, (shown ? "" : shown.error().what));
    CHECK_FALSE(shown->applied);
    CHECK(shown->statements.size() >= 6);
    CHECK(everything_there(bench) == "0");
    const auto made = bench.prepare(true);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().what));
    CHECK(made->applied);
    CHECK(made->statements == shown->statements);
    const auto again = bench.prepare(false);
    REQUIRE(again);
    CHECK(again->statements.empty());
    // What was printed does the same in other hands.
    const auto reach = bench.connector().reach({});
    CHECK_MESSAGE(reach, (reach ? "" : reach.error().what));
  }
}

TEST_CASE("a stream that is not prepared is refused, and the error names the command")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
    bench.describe(kEverything);
    const auto refuses = [&] {
      const auto page = bench.pull();
      REQUIRE_FALSE(page);
      CHECK(page.error().kind == ErrorKind::unsupported);
      CHECK(page.error().what.ends_with("gramsetu connectors prepare store"));
      const auto receipt = bench.push(Verb::create, "A", R"({"code":"A"})");
      CHECK(receipt.outcome == Receipt::Outcome::not_sent);
      CHECK(receipt.error.kind == ErrorKind::unsupported);
      CHECK_FALSE(bench.connector().reach({}));
    };
    refuses();
    bench.run("ALTER TABLE things ADD COLUMN row_version integer");
    refuses();
    REQUIRE(bench.prepare(true));
    CHECK(bench.pull());
    // A trigger that somebody dropped would be silence.
    const auto name =
        bench
            .rows(bench.is_postgres() ? "SELECT tgname::text FROM pg_trigger WHERE tgname LIKE "
                                        "'gramsetu_capture%'"
                                      : "SELECT name FROM sqlite_master WHERE name LIKE "
                                        "'gramsetu_capture_delete%'")[0][0]
            .text;
    bench.run("DROP TRIGGER " + name + (bench.is_postgres() ? " ON things" : ""));
    refuses();
    const auto mended = bench.prepare(true);
    REQUIRE_MESSAGE(mended, (mended ? "" : mended.error().what));
    REQUIRE(mended->remarks.size() == 1);
    CHECK(mended->remarks[0].find("--full") != std::string::npos);
    CHECK(bench.pull());
  }
}

TEST_CASE("triggers of another key give way to those of the present one")
{
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    bench.run("CREATE TABLE things (code text PRIMARY KEY, name text UNIQUE NOT NULL)");
    bench.describe(kEverything);
    REQUIRE(bench.prepare(true));
    auto other = kEverything;
    other.replace(other.find("[code]"), 6, "[name]");
    bench.describe(other);
    CHECK_FALSE(bench.pull());
    const auto made = bench.prepare(true);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().what));
    CHECK(bench.pull());
    CHECK(bench.prepare(false)->statements.empty());
  }
}

TEST_CASE("names are names, whatever they look like")
{
  const std::string table = "a\"b'; DROP TABLE things; --$gramsetu$@", key = "k\"' $1 ?1",
                    name = "select";
  for (const auto dialect : dialects()) {
    CAPTURE(static_cast<int>(dialect));
    SqlBench bench(dialect);
    const auto quoted = connectors::sql::quoted(table);
    bench.run("CREATE TABLE things (code text PRIMARY KEY)");
    bench.run("CREATE TABLE " + quoted + " (" + connectors::sql::quoted(key) +
              " text PRIMARY KEY, \"select\" text, \"v\"\"\" integer NOT NULL DEFAULT 1)");
    bench.describe("    version: \"/v\\\"\"\n    cursor: captured\n    pull: { table: [" +
                   std::string(bench.is_postgres() ? "public" : "main") + ", '" +
                   "a\"b''; DROP TABLE things; --$gramsetu$@'], key: ['k\"'' $1 ?1'] }\n"
                   "    push: {}\n    fields: { code: 'k\"'' $1 ?1', name: select }\n");
    const auto made = bench.prepare(true);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().what));
    CHECK(bench.keys().empty());
    const auto start = bench.cursor();
    schema::Object body;
    body.append(key, "x'; DROP TABLE things");
    body.append(name, "y");
    connectors::Intent intent;
    intent.key = "x'; DROP TABLE things";
    intent.idempotency_key = "it's";
    intent.body = schema::Value(std::move(body));
    const std::vector intents = {intent};
    const auto receipt = bench.connector().push(bench.stream(), intents, {}).front();
    REQUIRE_MESSAGE(receipt.outcome == Receipt::Outcome::applied, receipt.error.what);
    CHECK(bench.keys(start) == std::vector<std::string>{"x';"});
    bench.run("DELETE FROM " + quoted);
    CHECK(bench.keys(start) == std::vector<std::string>{"-x';"});
    CHECK(bench.rows("SELECT count(*) FROM things")[0][0].text == "0");
  }
}

TEST_CASE("a store that is only read is not written to, and its owner's faults are told apart")
{
  SqlBench bench(Dialect::sqlite);
  bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
  bench.describe("    pull: { table: things, key: [code] }\n"
                 "    fields: { code: code, name: name }\n");
  const auto path = bench.settings.path;
  const auto before = std::filesystem::last_write_time(path);
  CHECK(bench.pull());
  CHECK(std::filesystem::last_write_time(path) == before);
  bench.run("PRAGMA journal_mode = WAL; INSERT INTO things VALUES ('A', 'x')");
  CHECK(bench.keys() == std::vector<std::string>{"A"});
  const auto what = [&](const std::string& where) {
    bench.settings.path = where;
    bench.open();
    const auto page = bench.pull();
    REQUIRE_FALSE(page);
    return page.error().what;
  };
  const auto folder = std::filesystem::path(path).parent_path().string();
  CHECK(what(folder) == folder + " is a folder, not a database");
  CHECK(what(folder + "/none.db") == "there is no file " + folder + "/none.db");
  std::filesystem::create_symlink("nowhere.db", folder + "/link.db");
  CHECK(what(folder + "/link.db") == folder + "/link.db leads to a file that is not there");
  std::filesystem::copy_file("/bin/true", folder + "/true.db");
  CHECK(what(folder + "/true.db") == folder + "/true.db is no SQLite database");
}

TEST_CASE("an address is read, and a password in it is refused")
{
  SqlBench bench(Dialect::sqlite);
  bench.run("CREATE TABLE things (code text PRIMARY KEY, name text)");
  bench.describe("    pull: { table: things, key: [code] }\n"
                 "    fields: { code: code, name: name }\n");
  bench.settings.path.clear();
  const auto wrong = [&](const std::string& url) {
    bench.settings.url = url;
    SystemClock clock;
    NullSink sink;
    const auto opened =
        connectors::sql::transport_type().open(bench.settings, {clock, Log(clock, sink), "hub"});
    return opened ? std::string() : opened.error().what;
  };
  CHECK(wrong("postgresql://csc@db.example:5433/csc").empty());
  CHECK(wrong("postgresql://%2Frun%2Fpostgresql/csc").empty());
  CHECK(wrong("postgresql://[::1]/csc").empty());
  const auto told = wrong("postgresql://csc:geheim@db.example/csc");
  CHECK(told.find("password") != std::string::npos);
  CHECK(told.find("geheim") == std::string::npos);
  for (const std::string url : {"postgresql://db.example", "postgresql:///csc", "http://x/y",
                                "postgresql://db:99999/csc", "postgresql://db/csc?sslmode=disable"})
    CHECK_FALSE(wrong(url).empty());
}
