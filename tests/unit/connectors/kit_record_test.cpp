// Recording what speaks no HTTP: a table, a tap, the folder of an SFTP server.
#include "connectors/kit/checks.hpp"
#include "connectors/kit/record.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/script_server.hpp"
#include "tests/support/ssh_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::connectors;
using test::TempDir;

namespace {

struct Bench {
  TempDir dir;
  schema::Entities entities;
  std::vector<schema::Finding> findings;
  kit::System system;
  test::FakeClock clock;
  NullSink sink;
  EndpointSettings settings;

  explicit Bench(const std::string& manifest)
  {
    entities.add(schema::parse_document("entity: thing\ntitle: Thing\nkey: [code]\n"
                                        "authority: [central]\nrule: newest\nfields:\n"
                                        "  code: { type: text, privacy: open, help: Code }\n"
                                        "  owner: { type: text, privacy: personal, help: Owner }\n"
                                        "  fee: { type: money, privacy: open, help: Fee }\n"
                                        "  open: { type: boolean, privacy: open, help: Open }\n",
                                        "thing.yaml", findings),
                 findings);
    system = kit::read_system(
        schema::parse_document("connector: test\ntitle: Test\nrole: central\n" + manifest,
                               "test.yaml", findings),
        entities, findings);
    for (const auto& finding : findings)
      FAIL(to_text(finding));
    settings.name = "test";
    settings.manifest = system.manifest;
  }

  // The fixture as a file's text, after it has passed its own test.
  std::string record(std::size_t records = 2)
  {
    const Services services{clock, Log(clock, sink), "hub"};
    const auto fixture = kit::record(
        {settings, system.manifest->streams.front(), {"all", {}}, 2, records, services, "seed"});
    REQUIRE_MESSAGE(fixture, (fixture ? "" : fixture.error().what));
    CHECK(fixture->pull->outcome.records.size() == records);
    for (const auto& check : kit::check_fixture(system, *fixture))
      CHECK_MESSAGE(check.state != kit::Check::State::failed, check.what << ": " << check.text);
    return kit::write_fixture(*fixture);
  }
};

bool has(const std::string& text, const std::string& piece)
{
  return text.find(piece) != text.npos;
}

const std::string kFields =
    "    fields: { code: code, owner: owner, fee: { from: fee, as: rupees },"
    " open: open }\n";

} // namespace

TEST_CASE("documents that records name are recorded as asked for, and nothing of what is in them")
{
  Bench bench("transport: http\nstreams:\n  things:\n    entity: thing\n"
              "    attachment: { field: /doc, url: /at, type: application/pdf }\n"
              "    pull: { request: { path: /things }, records: /list }\n" +
              kFields);
  const auto server = test::serve(
      {test::answer(200, R"({"list":[{"code":"a","owner":"Asha Devi","at":"/docs/1.pdf"}]})"),
       test::answer(200, "%PDF of Asha Devi", "", "application/pdf")});
  bench.settings.url = server->url();
  const auto text = bench.record(1);
  CHECK_FALSE(has(text, "Asha"));
  CHECK_FALSE(has(text, "%PDF"));
  CHECK(has(text, "/docs/1.pdf"));
  CHECK(server->heard().size() == 2);
}

TEST_CASE("of a table some rows are recorded, as the SQL of one like it, without persons")
{
  Bench bench("transport: sql\nstreams:\n  things:\n    entity: thing\n"
              "    pull: { table: [main, things], key: [code], where: { kind: A } }\n" +
              kFields);
  bench.settings.path = bench.dir.file("local.db");
  REQUIRE(std::system(("sqlite3 '" + bench.settings.path +
                       "' \"CREATE TABLE things (code TEXT PRIMARY KEY, owner TEXT, fee TEXT, "
                       "open BOOLEAN, kind TEXT, secret TEXT);"
                       "INSERT INTO things VALUES ('a', 'Asha Devi''s', '1.50', 1, 'A', 'x'),"
                       "('b', 'Binod Roy', NULL, 0, 'A', 'x'), ('c', 'Chaya', '2.00', 1, 'B', "
                       "'x'), ('d', 'Dilip', '2.00', 1, 'A', 'x');\"")
                          .c_str()) == 0);
  const auto text = bench.record();
  CHECK_FALSE(has(text, "Asha"));
  CHECK_FALSE(has(text, "Binod"));
  CHECK_FALSE(has(text, "secret")); // a column that nobody reads
  CHECK_FALSE(has(text, "'d'"));    // two were asked for
  CHECK(has(text, "CREATE TABLE \"things\" ("));
  CHECK(has(text, "\"open\" BOOLEAN"));
  CHECK(has(text, "'1.50', 1, 'A');"));
}

TEST_CASE("of a tap its messages are recorded, without persons and without its secrets")
{
  Bench bench("transport: exec\noptions: { script: { type: text } }\n"
              "tap:\n  command: [ /bin/sh, \"{options.script}\" ]\n"
              "  config: { token: \"{auth.token}\" }\n"
              "streams:\n  things:\n    entity: thing\n    cursor: state\n"
              "    pull: { stream: public-things, keys: [ code ] }\n" +
              kFields);
  const std::string record = R"({"type":"RECORD","stream":"public-things","record":)";
  bench.settings.auth.kind = Auth::Kind::bearer;
  bench.settings.auth.value = Secret("canary-token");
  bench.settings.options["script"] = bench.dir.write(
      "tap.sh",
      "cat <<'END'\n"
      R"({"type":"SCHEMA","stream":"others","key_properties":[],"schema":{"properties":{}}})"
      "\n"
      R"({"type":"SCHEMA","stream":"public-things","key_properties":["code"],"schema":)"
      R"({"properties":{"code":{},"owner":{},"fee":{},"open":{}}}})"
      "\n" +
          record + R"({"code":"a","owner":"Asha Devi","fee":1.50,"open":true}})" + "\n" +
          R"({"type":"RECORD","stream":"others","record":{"code":"z"}})" + "\n" +
          R"({"type":"STATE","value":{"at":"2026-06-14T10:00:00Z"}})" + "\n" + record +
          R"({"code":"b","owner":"Binod Roy","fee":2,"open":false}})" + "\n" + record +
          R"({"code":"c","owner":"Chaya","fee":2,"open":false}})" + "\n" +
          R"({"type":"STATE","value":{"at":"2026-06-15T10:00:00Z","with":"canary-token"}})" +
          "\nEND\n");
  const auto text = bench.record();
  CHECK_FALSE(has(text, "Asha"));
  CHECK_FALSE(has(text, "canary"));
  CHECK_FALSE(has(text, "others"));
  CHECK_FALSE(has(text, R"("code":"c")"));
  CHECK(has(text, R"("fee":1.50)"));
  CHECK(has(text, "2026-06-15T10:00:00Z"));
  CHECK_FALSE(has(text, "2026-06-14T10:00:00Z")); // the last state covers all
}

TEST_CASE("of an SFTP server some files are recorded, and stay where they are")
{
  if (!test::SshServer::is_there()) {
    MESSAGE("skipped: there is no sshd; ./dev setup installs it");
    return;
  }
  const test::SshServer server;
  Bench bench("transport: sftp\nstreams:\n  things:\n    entity: thing\n    deletes: never\n"
              "    pull: { path: \"in/*.csv\", format: csv, drop: { archive: taken, "
              "ready: \"{file}.done\" } }\n" +
              kFields);
  bench.dir.write("in/day.csv", "code,owner,fee,open\na,Asha Devi,1.50,true\nb,Binod Roy,,false\n"
                                "c,Chaya,2.00,true\n");
  bench.dir.write("in/day.csv.done", "");
  bench.settings.url = server.url(bench.dir.path());
  bench.settings.host_keys = {server.fingerprint()};
  bench.settings.auth.kind = Auth::Kind::ssh_key;
  bench.settings.auth.user = server.user();
  bench.settings.auth.value = Secret(server.key());
  const auto text = bench.record();
  CHECK_FALSE(has(text, "Asha"));
  CHECK_FALSE(has(text, "Chaya"));
  CHECK(has(text, "in/day.csv.done"));
  CHECK(std::filesystem::exists(bench.dir.file("in/day.csv")));
  CHECK(server.connections() == 1);
}
