// Schemes, and service requests as the manifest that ships has them, in SQLite and in PostgreSQL, prepared as an
// operator would.
#include "tests/contract/sql_world.hpp"
#include "tests/contract/made_records.hpp"
#include "tests/contract/schemes.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/sql/postgres.hpp"
#include "connectors/sql/sql.hpp"
#include "connectors/sql/sqlite.hpp"
#include "tests/support/cut_line.hpp"
#include "tests/support/postgres.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

using namespace gramsetu::connectors;

namespace gramsetu::contract {

namespace {

constexpr int kRecords = 8;

std::shared_ptr<const Manifest> manifest_of(SqlKind kind, const std::string& table)
{
  if (kind == SqlKind::shipped) return shipped_manifest("sql");
  const bool captured = kind == SqlKind::captured;
  const auto text = fmt::format(
      "connector: local\ntitle: Local\nrole: local\ntransport: sql\nzone: \"+05:30\"\n"
      "streams:\n  schemes:\n    entity: scheme\n    version: /row_version\n    cursor: {}\n"
      "    deletes: {}\n    pull: {{ table: {}, key: [scheme_code], page_size: 3 }}\n"
      "    push: {{ batch: 10, {} }}\n"
      "    fields: {{ scheme_code: scheme_code, name: name, is_tied: is_tied,\n"
      "              valid_from: valid_from }}\n",
      captured ? "captured" : "{ field: /changed_at, type: timestamp }",
      captured ? "snapshot" : "{ field: /is_deleted, values: [\"true\"] }", table,
      captured
          ? "delete: row"
          : "version_by: hub, delete: { column: is_deleted, set: \"true\", clear: \"false\" }");
  std::vector<schema::Finding> findings;
  auto manifest = read_manifest(schema::parse_document(text, "local.yaml", findings),
                                shipped_entities(), findings);
  sql::transport_type().check_manifest(*manifest, findings);
  for (const auto& finding : findings)
    FAIL(schema::to_text(finding));
  return manifest;
}

constexpr const char* kSchemes =
    "CREATE TABLE S_schemes (scheme_code text PRIMARY KEY, name text NOT NULL,"
    " is_tied boolean, valid_from date, is_deleted text NOT NULL DEFAULT 'false',"
    " changed_at timestamp NOT NULL DEFAULT '2026-11-23 12:00:00',"
    " row_version integer NOT NULL DEFAULT 1)";

// As its fixtures have it, under the other table's name.
constexpr const char* kRequests =
    "CREATE TABLE S_schemes (reference_number text PRIMARY KEY, local_body text NOT NULL,"
    " service_code text NOT NULL, applicant_name text, phone text, address text, status text,"
    " status_at timestamp, fee text, submitted_at timestamp, remarks text,"
    " row_version integer NOT NULL DEFAULT 1)";

std::string insert_of(const schema::Value& row)
{
  std::string names, values;
  for (const auto& member : row.object().members()) {
    names += (names.empty() ? "" : ", ") + member.name;
    values += (values.empty() ? "" : ", ") + sql::literal(scalar_text(member.value));
  }
  return "INSERT INTO S_schemes (" + names + ") VALUES (" + values + ")";
}

// What both databases have in common. `S` in a statement stands for the world's schema and its dot.
class SqlWorld : public World {
public:
  std::unique_ptr<Connector> open() override
  {
    auto opened = sql::transport_type().open(settings_, {clock_, Log(clock_, sink_), "hub"});
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    return std::move(*opened);
  }

  const Stream& stream() const override { return settings_.manifest->streams.front(); }

  void touch() override
  {
    execute(shipped_ ? "UPDATE S_schemes SET remarks = 'touched', row_version = row_version + 1"
                       " WHERE reference_number LIKE '%3'"
                     : "UPDATE S_schemes SET name = 'touched', row_version = row_version + 1,"
                       " changed_at = '2026-11-24 10:00:00' WHERE scheme_code = 'S3'");
  }

  void empty() override { execute("DELETE FROM S_schemes"); }
  void calm() override { holder_.reset(); }
  bool tells_total() const override { return false; }

  bool strike_slow(std::chrono::milliseconds) override
  {
    holder_ = session();
    const auto locked = holder_->script(written(lock_));
    REQUIRE_MESSAGE(locked, (locked ? "" : locked.error().what));
    return true;
  }

  std::size_t effects() override { return count("S_audit", ""); }

  std::size_t effects_of(const std::string& idempotency_key) override
  {
    return count("S_gramsetu_receipts",
                 " WHERE idempotency_key = " + sql::literal(idempotency_key));
  }

  Intent fresh(int number) override
  {
    if (shipped_) return made_intent(stream(), number);
    auto intent = fresh_scheme(number);
    auto& body = intent.body.object();
    body.set("name", "नई योजना's \"fresh\"");
    body.append("is_tied", true);
    body.append("valid_from", "2026-04-01");
    return intent;
  }

  schema::Value changed(const schema::Value& body, int number) override
  {
    return shipped_ ? changed_body(stream(), body, number) : renamed(body, number);
  }

  std::string unknown_key() override { return "nowhere"; }

protected:
  // A session of the test's own, past the connector and its line.
  virtual std::unique_ptr<sql::Session> session() = 0;

  void fill(SqlKind kind, const std::string& table, const std::string& schema)
  {
    schema_ = schema;
    settings_.name = "local";
    settings_.manifest = manifest_of(kind, table);
    shipped_ = kind == SqlKind::shipped;
    if (shipped_) settings_.options = {{"table", table}, {"page_size", "3"}};
    execute(shipped_ ? kRequests : kSchemes);
    execute("CREATE TABLE S_audit (what text)");
    for (int i = 0; i < kRecords; ++i)
      execute(shipped_ ? insert_of(made_body(stream(), fmt::format("{:05}", i)))
                       : fmt::format("INSERT INTO S_schemes (scheme_code, name, changed_at) VALUES"
                                     " ('S{0}', 'Scheme {0}', '2026-11-23 10:0{0}:00')",
                                     i));
    const auto prepared =
        sql::transport_type().prepare(settings_, {clock_, Log(clock_, sink_), "hub"}, true, {});
    REQUIRE_MESSAGE(prepared, (prepared ? "" : prepared.error().what));
  }

  std::string written(std::string statement) const
  {
    for (auto at = statement.find("S_"); at != statement.npos; at = statement.find("S_", at + 1))
      statement.replace(at, 2, schema_);
    return statement;
  }

  void execute(const std::string& statement)
  {
    const auto done = session()->script(written(statement));
    REQUIRE_MESSAGE(done, (done ? "" : done.error().what));
  }

  std::size_t count(const std::string& table, const std::string& where)
  {
    const auto own = session();
    sql::Statement statement(own->dialect());
    const auto answer =
        own->run(statement.add(written("SELECT count(*) FROM " + table)).add(where));
    REQUIRE_MESSAGE(answer, (answer ? "" : answer.error().what));
    return std::stoul(answer->rows[0][0].text);
  }

  SystemClock clock_;
  NullSink sink_;
  EndpointSettings settings_;
  std::string schema_, lock_;
  bool shipped_ = false;
  std::unique_ptr<sql::Session> holder_; // keeps others waiting
};

class SqliteWorld final : public SqlWorld {
public:
  explicit SqliteWorld(SqlKind kind)
  {
    settings_.path = folder_.write("data/local.db", "");
    lock_ = "BEGIN EXCLUSIVE";
    fill(kind, "schemes", "");
    for (const auto& verb : {std::string("INSERT"),
                             std::string(kind == SqlKind::shipped ? "UPDATE OF service_code"
                                                                  : "UPDATE OF name, is_deleted"),
                             std::string("DELETE")})
      execute(fmt::format("CREATE TRIGGER \"audit {0}\" AFTER {0} ON schemes BEGIN"
                          " INSERT INTO audit VALUES ('{0}'); END",
                          verb));
  }

  ~SqliteWorld() override { holder_.reset(); }

  bool strike(Mishap mishap, int skip) override
  {
    if (mishap != Mishap::refused || skip > 0) return false;
    std::filesystem::rename(folder_.file("data"), away());
    return true;
  }

  void calm() override
  {
    SqlWorld::calm();
    if (std::filesystem::exists(away())) std::filesystem::rename(away(), folder_.file("data"));
  }

  bool is_remote() const override { return false; }

private:
  std::string away() const { return folder_.file("away"); }

  std::unique_ptr<sql::Session> session() override
  {
    EndpointSettings own = settings_;
    if (std::filesystem::exists(away())) own.path = away() + "/local.db";
    databases_.push_back(sql::sqlite_database(own, clock_, true));
    auto session = databases_.back()->connect({});
    REQUIRE_MESSAGE(session, (session ? "" : session.error().what));
    return std::move(*session);
  }

  test::TempDir folder_;
  std::vector<std::unique_ptr<sql::Database>> databases_; // sessions look into them
};

class PostgresWorld final : public SqlWorld {
public:
  PostgresWorld(SqlKind kind, test::Postgres& server) : line_(server.socket())
  {
    static int number = 0;
    const auto schema = fmt::format("w{}", ++number);
    settings_.url = server.url();
    direct_ = *sql::postgres_database(settings_, {clock_, Log(clock_, sink_), "test"}, true);
    execute("CREATE SCHEMA " + schema);
    lock_ = "BEGIN; LOCK TABLE S_schemes";
    fill(kind, schema + ".schemes", schema + ".");
    execute(fmt::format("CREATE FUNCTION S_audited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        " INSERT INTO {}.audit VALUES (TG_OP); RETURN NULL; END $$;"
                        "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON S_schemes"
                        " FOR EACH ROW EXECUTE FUNCTION S_audited()",
                        schema));
    settings_.url = fmt::format("postgresql://gramsetu@127.0.0.1:{}/postgres", line_.port());
    settings_.limits.connect_timeout = std::chrono::milliseconds(5'000);
  }

  ~PostgresWorld() override { holder_.reset(); }

  bool strike(Mishap mishap, int skip) override
  {
    using Cut = test::CutLine::Cut;
    if (skip > 0) return false;
    switch (mishap) {
    case Mishap::closed: line_.cut(Cut::before_any); return true;
    case Mishap::truncated: line_.cut(Cut::in_answer); return true;
    case Mishap::answer_lost: line_.cut(Cut::after_commit); return true;
    case Mishap::refused: line_.refuse(true); return true;
    default: return false;
    }
  }

  void calm() override
  {
    SqlWorld::calm();
    line_.cut(test::CutLine::Cut::none);
    line_.refuse(false);
  }

private:
  std::unique_ptr<sql::Session> session() override
  {
    auto session = direct_->connect({});
    REQUIRE_MESSAGE(session, (session ? "" : session.error().what));
    return std::move(*session);
  }

  test::CutLine line_;
  std::unique_ptr<sql::Database> direct_;
};

} // namespace

MakeWorld sqlite_world(SqlKind kind)
{
  return [kind] { return std::make_unique<SqliteWorld>(kind); };
}

MakeWorld postgres_world(SqlKind kind)
{
  auto* server = test::Postgres::get();
  if (!server) return nullptr;
  return [kind, server] { return std::make_unique<PostgresWorld>(kind, *server); };
}

} // namespace gramsetu::contract
