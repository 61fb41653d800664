// The real hub between a centre's SQLite file and an office's PostgreSQL database.
#include "connectors/sql/postgres.hpp"
#include "connectors/sql/sqlite.hpp"
#include "tests/support/postgres.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace gramsetu;
using namespace gramsetu::test;
using connectors::sql::Session;

namespace {

// {0}: the hub's folder; {1}: the database's address.
constexpr const char* kConfig = R"(hub: {{ name: jalpaiguri, area: {{ state: 19, district: 309 }} }}
store: {{ sqlite: {{ path: {0}/hub.db }} }}
endpoints:
  centre:
    path: {0}/centre.db
    connector:
      title: The centre's register
      role: csc
      transport: sql
      streams: {{ requests: &stream }}
  office:
    url: "{1}"
    connector:
      title: The office's register
      role: state
      transport: sql
      streams: {{ requests: *stream }}
flows:
  service_request:
    centre: {{ direction: both, every: 1d }}
    office: {{ direction: both, every: 1d }}
api: {{ unix: {0}/api.sock }}
)";

// Aliases are refused on purpose, so the stream is put in twice.
constexpr const char* kStream =
    "{ entity: service_request, version: /row_version, cursor: captured, deletes: snapshot, "
    "pull: { table: requests, key: [ref_no] }, push: {}, fields: { reference_number: ref_no, "
    "local_body: { from: gp, as: lgd.local_body }, service_code: service, phone: phone, "
    "address: address, fee: { from: fee, as: rupees } } }";

std::string config(const std::string& folder, const std::string& url)
{
  auto text = fmt::format(kConfig, folder, url);
  for (const std::string mark : {"&stream", "*stream"})
    text.replace(text.find(mark), mark.size(), kStream);
  return text;
}

class Databases {
public:
  Databases(const std::string& folder, const std::string& url)
  {
    connectors::EndpointSettings centre, office;
    centre.path = folder + "/centre.db";
    office.url = url;
    centre_ = connectors::sql::sqlite_database(centre, clock_, true);
    office_ = *connectors::sql::postgres_database(office, {clock_, Log(clock_, sink_), "x"}, true);
  }

  void both(const std::string& sql)
  {
    centre(sql);
    office(sql);
  }
  void centre(const std::string& sql) { run(*centre_, sql); }
  void office(const std::string& sql) { run(*office_, sql); }

  // The whole table, a line a row.
  std::string at_centre() { return table(*centre_); }
  std::string at_office() { return table(*office_); }

private:
  static void run(connectors::sql::Database& database, const std::string& sql)
  {
    const auto session = database.connect({});
    REQUIRE_MESSAGE(session, (session ? "" : session.error().what));
    const auto done = (*session)->script(sql);
    REQUIRE_MESSAGE(done, sql, ": ", (done ? "" : done.error().what));
  }

  static std::string table(connectors::sql::Database& database)
  {
    const auto session = database.connect({});
    REQUIRE(session);
    connectors::sql::Statement statement((*session)->dialect());
    statement.add("SELECT ref_no, phone, address, fee FROM requests ORDER BY ref_no");
    const auto answer = (*session)->run(statement);
    REQUIRE(answer);
    std::string text;
    for (const auto& row : answer->rows)
      for (const auto& cell : row)
        text += cell.text + (&cell == &row.back() ? "\n" : " ");
    return text;
  }

  SystemClock clock_;
  NullSink sink_;
  std::unique_ptr<connectors::sql::Database> centre_, office_;
};

std::int64_t pushed(const schema::Value& answer)
{
  return number_at(run_of(answer, "service_request@centre"), "/counts/pushed") +
         number_at(run_of(answer, "service_request@office"), "/counts/pushed");
}

} // namespace

TEST_CASE("an SQLite file and a PostgreSQL database are kept in step, both ways")
{
  const auto* server = Postgres::get();
  if (!server) return;
  Hub hub;
  hub.folder().write("centre.db", "");
  hub.write_config(config(hub.folder().path(), server->url()));
  REQUIRE_MESSAGE(hub.run({"check"}).code == 0, hub.run({"check"}).out);
  Databases databases(hub.folder().path(), server->url());
  databases.both("CREATE TABLE requests (ref_no varchar(20) PRIMARY KEY, gp integer NOT NULL,"
                 " service text NOT NULL, phone text, address text, fee text)");
  databases.centre("INSERT INTO requests VALUES ('R1', 245101, 'INC', '1', 'ward 1', '10.50'),"
                   " ('R2', 245101, 'INC', '2', 'ward 2', NULL)");
  databases.office("ALTER TABLE requests ALTER fee TYPE numeric(12, 2) USING fee::numeric;"
                   "INSERT INTO requests VALUES ('R3', 245101, 'INC', '3', 'ward 3', 7)");

  // Nothing happens before both are prepared, and what is lacking is shown first.
  const auto early = hub.run({"sync"});
  CHECK(early.code == 1);
  CHECK_MESSAGE(has(early.out + early.err, "gramsetu connectors prepare centre"), early.out,
                early.err);
  CHECK(has(hub.run({"connectors", "prepare", "centre"}).out, "CREATE TRIGGER"));
  CHECK(hub.run({"connectors", "probe"}).code == 1);
  for (const std::string endpoint : {"centre", "office"}) {
    const auto made = hub.ask({"connectors", "prepare", endpoint, "--apply"});
    CHECK_FALSE(list_at(made, "/statements").empty());
  }
  CHECK(hub.run({"connectors", "probe"}).code == 0);

  hub.ask({"sync"});
  hub.ask({"sync"});
  CHECK(databases.at_centre() == "R1 1 ward 1 10.50\nR2 2 ward 2 \nR3 3 ward 3 7.00\n");
  CHECK(databases.at_office() == databases.at_centre());

  // Each side changes what it likes, by means that know nothing of a hub.
  databases.centre("UPDATE requests SET phone = '11' WHERE ref_no = 'R1'");
  databases.centre("DELETE FROM requests WHERE ref_no = 'R2'");
  databases.office("UPDATE requests SET address = 'ward 9' WHERE ref_no = 'R1'");
  databases.office("INSERT INTO requests VALUES ('R4', 245101, 'INC', '4', 'ward 4', 0.05)");
  hub.ask({"sync"});
  hub.ask({"sync"});
  CHECK(databases.at_centre() == "R1 11 ward 9 10.50\nR3 3 ward 3 7.00\nR4 4 ward 4 0.05\n");
  CHECK(databases.at_office() == databases.at_centre());

  // What came from the hub is no news, and nothing goes round.
  CHECK(pushed(hub.ask({"sync"})) == 0);
  CHECK(hub.run({"verify"}).code == 0);
}
