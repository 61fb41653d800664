// Fixtures of transports without HTTP: databases, programs, sealed messages; and pulls that must fail.
#include "connectors/kit/checks.hpp"
#include "connectors/kit/rows.hpp"
#include "connectors/kit/sealed.hpp"
#include "schema/json.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace gramsetu;
using namespace gramsetu::connectors;
using test::TempDir;

namespace {

const std::string kThing = "entity: thing\ntitle: Thing\nkey: [code]\n"
                           "authority: [central]\nrule: newest\nfields:\n"
                           "  code: { type: text, privacy: open, help: Code }\n"
                           "  name: { type: text, privacy: open, help: Name }\n"
                           "  fee: { type: money, privacy: open, help: Fee }\n";

struct Bench {
  TempDir dir;
  schema::Entities entities;
  std::vector<schema::Finding> findings;
  kit::System system;

  explicit Bench(const std::string& manifest)
  {
    entities.add(schema::parse_document(kThing, "thing.yaml", findings), findings);
    const auto text = "connector: test\ntitle: Test\nrole: central\n" + manifest;
    system =
        kit::read_system(schema::parse_document(text, "test.yaml", findings), entities, findings);
    for (const auto& finding : findings)
      FAIL(to_text(finding));
  }

  std::vector<kit::Check> check(const std::string& fixture)
  {
    dir.write("one.yaml", "stream: things\n" + fixture);
    const auto read = kit::read_fixture(dir.file("one.yaml"), *system.manifest, findings);
    for (const auto& finding : findings)
      FAIL(to_text(finding));
    return kit::check_fixture(system, read);
  }
};

std::string state_of(const std::vector<kit::Check>& checks, const std::string& what)
{
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const auto& check) { return check.what == what; });
  if (found == checks.end()) return "not there";
  const bool passed = found->state == kit::Check::State::passed;
  return (passed ? "passed: " : "failed: ") + found->text;
}

std::string all_of(const std::vector<kit::Check>& checks)
{
  std::string text;
  for (const auto& check : checks)
    if (check.state != kit::Check::State::passed) text += check.what + ": " + check.text + "\n";
  return text;
}

const std::string kExec =
    "transport: exec\n"
    "tap:\n  command: [ /no/such/tap ]\n  catalog: discover\n"
    "  config: { user: \"{auth.user}\", secret: \"{auth.password}\", n: 5 }\n"
    "target:\n  command: [ /no/such/target ]\n  config: { token: x }\n"
    "streams:\n  things:\n    entity: thing\n    cursor: state\n"
    "    pull: { stream: public-things, keys: [ code ] }\n"
    "    push:\n      keys: [ code ]\n      upserts: true\n"
    "      schema: { code: string, name: string, fee: number }\n"
    "      deletes: { field: gone_at }\n"
    "    fields: { code: code, name: name, fee: { from: fee, as: rupees } }\n";

const std::string kSays =
    "messages: |\n"
    "  {\"type\":\"SCHEMA\",\"stream\":\"public-things\",\"key_properties\":[\"code\"],"
    "\"schema\":{\"properties\":{\"code\":{\"type\":\"string\"}}}}\n"
    "  {\"type\":\"RECORD\",\"stream\":\"public-things\","
    "\"record\":{\"code\":\"a\",\"name\":\"A\",\"fee\":1.50}}\n"
    "  {\"type\":\"RECORD\",\"stream\":\"others\",\"record\":{\"code\":\"z\"}}\n"
    "  {\"type\":\"RECORD\",\"stream\":\"public-things\","
    "\"record\":{\"code\":\"b\",\"name\":\"B\",\"fee\":2}}\n"
    "  {\"type\":\"STATE\",\"value\":{\"at\":7}}\n";

const std::string kSql =
    "transport: sql\n"
    "streams:\n  things:\n    entity: thing\n    version: /row_version\n    cursor: captured\n"
    "    deletes: snapshot\n    pull: { table: things, key: [code] }\n    push: { batch: 10 }\n"
    "    fields: { code: code, name: name, fee: { from: fee, as: paise } }\n";

const std::string kTable =
    "script: |\n"
    "  CREATE TABLE things (code TEXT PRIMARY KEY, name TEXT, fee INTEGER, row_version INTEGER"
    " NOT NULL DEFAULT 1);\n"
    "  INSERT INTO things (code, name, fee) VALUES ('a', 'A', 150), ('b', 'B', 200);\n";

} // namespace

TEST_CASE("a tap is a process that says the fixture's messages, as they are and with faults")
{
  Bench bench(kExec);
  const auto checks = bench.check("pull:\n  since: '{\"at\":5}'\n  cursor: '{\"at\":7}'\n"
                                  "  records: |\n"
                                  "    {\"code\":\"a\",\"name\":\"A\",\"fee\":150}\n"
                                  "    {\"code\":\"b\",\"name\":\"B\",\"fee\":200}\n" +
                                  kSays);
  CHECK(all_of(checks) == "");
  CHECK(state_of(checks, "pull: as recorded") == "passed: 2 records");
  CHECK(state_of(checks, "pull: half a page") ==
        "passed: an error, never an empty page; asked again, all is there");
  CHECK(state_of(checks, "pull: doubled page") == "passed: the same records, each once or more");
  CHECK(state_of(checks, "pull: unknown field") ==
        "passed: reported as /driftedField; the records are the same");
  CHECK(state_of(checks, "pull: changed type") ==
        "passed: one record goes to quarantine (wrong_type at /fee), the rest goes on");
  CHECK(state_of(checks, "pull: missing field") ==
        "passed: nothing is said of it, and nothing made up");
}

TEST_CASE(
    "a target is a process that keeps what it is sent; without its answer the outcome is unknown")
{
  Bench bench(kExec);
  const std::string pushed =
      "push:\n  - { verb: create, key: a, record: '{\"code\":\"a\",\"fee\":150}', new_id: a }\n"
      "  - { verb: remove, key: b, new_id: b }\n"
      "written:\n  things: |\n";
  const auto checks = bench.check(pushed + "    {\"code\":\"a\",\"fee\":1.50}\n"
                                           "    {\"code\":\"b\",\"gone_at\":\"{now}\"}\n");
  CHECK(all_of(checks) == "");
  CHECK(state_of(checks, "push: as recorded") == "passed: 2 sent");
  CHECK(state_of(checks, "push: lost answer") ==
        "passed: unknown, then settled by its key; 2 effects");
  CHECK(state_of(bench.check(pushed + "    {\"code\":\"a\",\"fee\":1.51}\n"), "push: as recorded")
            .starts_with("failed: things holds other text"));
}

TEST_CASE("a database is a file that the fixture's script makes")
{
  Bench bench(kSql);
  const auto checks = bench.check("pull:\n  cursor: \"*\"\n  records: |\n"
                                  "    {\"code\":\"a\",\"name\":\"A\",\"fee\":150}\n"
                                  "    {\"code\":\"b\",\"name\":\"B\",\"fee\":200}\n" +
                                  kTable);
  CHECK(all_of(checks) == "");
  CHECK(state_of(checks, "pull: unknown field") ==
        "passed: it is not asked for; the records are the same");
  CHECK(state_of(checks, "pull: missing field").starts_with("passed: refused: "));
  CHECK(state_of(checks, "pull: changed type")
            .starts_with("passed: one record goes to quarantine ("));
  const auto pushed = bench.check(
      "push:\n  - { verb: update, key: a, version: \"1\", new_version: \"2\","
      " record: '{\"code\":\"a\",\"name\":\"A\",\"fee\":175}' }\n  - { verb: remove, key: b,"
      " version: \"1\" }\nwritten:\n  things: |\n"
      "    {\"code\":\"a\",\"name\":\"A\",\"fee\":175,\"row_version\":2}\n" +
      kTable);
  CHECK(all_of(pushed) == "");
  CHECK(state_of(pushed, "push: sent again") == "passed: sent again it is known; 2 effects");
}

TEST_CASE("a pull that must fail passes when it fails so, and in no other case")
{
  Bench bench(kSql);
  const std::string bare = "script: CREATE TABLE other (code TEXT)\n";
  CHECK(state_of(bench.check("pull: { fails: things }\n" + bare), "pull: fails")
            .starts_with("passed: failed: "));
  CHECK(state_of(bench.check("pull: { fails: too many rows }\n" + bare), "pull: fails")
            .starts_with("failed: it fails otherwise, not with 'too many rows': "));
  CHECK(state_of(bench.check("pull: { fails: things }\n" + kTable), "pull: fails") ==
        "failed: it does not fail: things");
}

TEST_CASE("sealed exchanges stand in the fixture in clear, and are sealed on the way")
{
  for (const std::string kind : {"csc_bridge", "napix"}) {
    CAPTURE(kind);
    const bool bridge = kind == "csc_bridge";
    Bench bench("transport: http\nseal: { kind: " + kind +
                " }\nstreams:\n  things:\n    entity: thing\n    pull:\n" +
                (bridge ? "      request: { method: POST, path: /t, json: { code: a } }\n"
                          "      records: \"\"\n"
                        : "      request: { path: /t, query: { code: a, q: \"a b\" } }\n"
                          "      records: /list\n") +
                "    fields: { code: code, fee: { from: fee, as: rupees } }\n");
    const std::string body = R"({"code":"a","fee":"1.50"})";
    const auto fixture = [&](const std::string& code) {
      return "pull: { records: '{\"code\":\"a\",\"fee\":150}' }\nexchanges:\n  - request: { " +
             (bridge ? "method: POST, path: /t, body: '{\"code\":\"" + code + "\"}' }\n"
                     : "path: /t, query: { code: " + code + ", q: \"a b\" } }\n") +
             "    answer: { headers: { Content-Type: application/json }, body: '" +
             (bridge ? body : "{\"list\":[" + body + "]}") + "' }\n";
    };
    const auto checks = bench.check(fixture("a"));
    CHECK(all_of(checks) == "");
    CHECK(checks.size() == (bridge ? 6 : 7)); // the bridge's messages hold one record
    CHECK(state_of(bench.check(fixture("b")), "play").starts_with("failed: "));
  }
}

TEST_CASE("records are changed where they stand in XML, in a list's item and in messages")
{
  using kit::RowShape;
  const auto renamed = [](const std::string& text, RowShape::Kind kind, const std::string& at) {
    RowShape shape;
    shape.kind = kind;
    shape.records = at;
    return kit::edit_rows(text, shape,
                          [](schema::List& rows) {
                            for (auto& row : rows)
                              row.object().set("n", "x");
                            rows.push_back(rows.front());
                          })
        .value_or("");
  };
  const auto xml = renamed("<B><H>1</H><P c='1'><n>a</n></P></B>", RowShape::Kind::xml, "/B/P");
  CHECK(xml.find("<H>1</H><P c=\"1\"><n>x</n></P><P c=\"1\"><n>x</n></P></B>") != xml.npos);
  CHECK(renamed("<B><P><n>a</n></P></B>", RowShape::Kind::xml, "/B/P").find("<n>x</n>") !=
        std::string::npos);
  const auto json = schema::parse_json(
      renamed(R"([{"a":1},{"rows":[{"n":"a"}]}])", RowShape::Kind::json, "/1/rows"));
  REQUIRE(json);
  CHECK(schema::to_json(*json) == R"([{"a":1},{"rows":[{"n":"x"},{"n":"x"}]}])");
  CHECK(renamed("{\"type\":\"RECORD\",\"stream\":\"s\",\"record\":{\"n\":\"a\"}}\n"
                "{\"type\":\"STATE\",\"value\":1}\n",
                RowShape::Kind::messages, "s") ==
        "{\"type\":\"RECORD\",\"stream\":\"s\",\"record\":{\"n\":\"x\"}}\n"
        "{\"type\":\"RECORD\",\"stream\":\"s\",\"record\":{\"n\":\"x\"}}\n"
        "{\"type\":\"STATE\",\"value\":1}\n");
}
