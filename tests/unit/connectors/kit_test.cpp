// The kit: what a fixture proves, what is taken out of a recording, what is made of a sample.
#include "connectors/kit/checks.hpp"
#include "connectors/kit/looks.hpp"
#include "connectors/kit/propose.hpp"
#include "connectors/kit/pseudonyms.hpp"
#include "connectors/kit/rows.hpp"
#include "connectors/kit/scrub.hpp"
#include "schema/aadhaar.hpp"
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
                           "  owner: { type: text, privacy: personal, help: Owner }\n"
                           "  born: { type: date, privacy: personal, help: Birth of the owner }\n"
                           "  fee: { type: money, privacy: open, help: Fee }\n";

// One endpoint with one stream of things, and fixtures of it.
struct Bench {
  TempDir dir;
  schema::Entities entities;
  std::vector<schema::Finding> findings;
  kit::System system;

  explicit Bench(const std::string& more, const std::string& fields = "{ code: code, fee: fee }")
  {
    entities.add(schema::parse_document(kThing, "thing.yaml", findings), findings);
    const std::string text = "connector: test\ntitle: Test\nrole: central\ntransport: http\n"
                             "streams:\n  things:\n    entity: thing\n"
                             "    pull: { request: { path: /things }, records: /list }\n" +
                             more + "    fields: " + fields + "\n";
    system =
        kit::read_system(schema::parse_document(text, "test.yaml", findings), entities, findings);
    for (const auto& finding : findings)
      FAIL(to_text(finding));
  }

  std::vector<kit::Check> check(const std::string& fixture)
  {
    dir.write("one.yaml", "# A fixture of the test.\nstream: things\n" + fixture);
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
  return (passed                                      ? "passed: "
          : found->state == kit::Check::State::failed ? "failed: "
                                                      : "skipped: ") +
         found->text;
}

std::string pull_fixture(const std::string& expected)
{
  return "pull: { records: '" + expected +
         "' }\n"
         "exchanges:\n  - request: { path: /things }\n    answer:\n"
         "      headers: { Content-Type: application/json }\n"
         "      body: '{\"list\":[{\"code\":\"a\",\"fee\":\"1.50\"}]}'\n";
}

const std::string kPush = "    push:\n      update: { path: \"/things/{id}\", version: /v }\n";
const std::string kKey = "      idempotency: { header: Key, retention: 1h }\n";
const std::string kProbe = "      probe: { by_id: { path: \"/things/{id}\" } }\n";

std::string push_fixture(const std::string& looked)
{
  return "push:\n  - { verb: update, key: a, id: i1, record: '{\"code\":\"a\",\"fee\":150}',"
         " new_version: \"2\" }\n"
         "exchanges:\n  - request: { method: PUT, path: /things/i1 }\n"
         "    answer: { headers: { Content-Type: application/json }, body: '{\"v\":\"2\"}' }\n" +
         looked;
}

schema::Value json(const std::string& text)
{
  auto value = schema::parse_json(text);
  REQUIRE(value);
  return std::move(*value);
}

bool has(const std::string& text, const std::string& piece)
{
  return text.find(piece) != text.npos;
}

} // namespace

TEST_CASE("a fixture passes when what comes out is what it says, and fails when it is not")
{
  Bench bench("");
  CHECK(state_of(bench.check(pull_fixture(R"({"code":"a","fee":150})")), "pull: as recorded") ==
        "passed: 1 records");
  CHECK(state_of(bench.check(pull_fixture(R"({"code":"a","fee":151})")), "pull: as recorded") ==
        "failed: record 1: fee: 150 came, 151 expected");
  CHECK(has(state_of(bench.check(pull_fixture("")), "pull: as recorded"), "failed: record 1 came"));
}

TEST_CASE("a request that the fixture does not have fails it, and says how it differs")
{
  Bench bench("");
  auto fixture = pull_fixture(R"({"code":"a","fee":150})");
  fixture.replace(fixture.find("{ path: /things }"), 17, "{ path: /things, query: { a: b } }");
  CHECK(has(state_of(bench.check(fixture), "play"),
            "failed: GET /things: the fixture has another: the query is ''"));
}

TEST_CASE("reading is tried with every fault, and each has what must hold of it")
{
  Bench bench("");
  const auto checks = bench.check(pull_fixture(R"({"code":"a","fee":150})"));
  for (const auto* what :
       {"429", "half a page", "doubled page", "unknown field", "missing field", "changed type"})
    CHECK(has(state_of(checks, std::string("pull: ") + what), "passed"));
  CHECK(has(state_of(checks, "pull: changed type"), "wrong_type at /fee"));
}

TEST_CASE("a manifest that takes a refusal for an empty answer fails under 429")
{
  Bench bench("");
  bench.findings.clear();
  const std::string text = "connector: test\ntitle: Test\nrole: central\ntransport: http\n"
                           "errors: [{ status: 429, action: empty }]\n"
                           "streams:\n  things:\n    entity: thing\n"
                           "    pull: { request: { path: /things }, records: /list }\n"
                           "    fields: { code: code, fee: fee }\n";
  bench.system = kit::read_system(schema::parse_document(text, "test.yaml", bench.findings),
                                  bench.entities, bench.findings);
  CHECK(state_of(bench.check(pull_fixture(R"({"code":"a","fee":150})")), "pull: 429") ==
        "failed: it was taken for a page of 0 records");
}

TEST_CASE("a write that nobody answers is unknown, and a look or its key settles it")
{
  const std::string looked = "  - request: { path: /things/i1 }\n"
                             "    answer: { headers: { Content-Type: application/json },"
                             " body: '{\"code\":\"a\",\"fee\":\"1.50\",\"v\":\"2\"}' }\n";
  Bench both("    version: /v\n" + kPush + kKey + kProbe);
  auto fixture = push_fixture(looked) +
                 "probe: [{ id: i1, version: \"2\", record: '{\"code\":\"a\",\"fee\":150}' }]\n";
  CHECK(state_of(both.check(fixture), "push: lost answer") ==
        "passed: unknown, then found by a look; 1 effect");
  Bench keyed(kPush + kKey);
  CHECK(state_of(keyed.check(push_fixture("")), "push: lost answer") ==
        "passed: unknown, then settled by its key; 1 effect");
  Bench neither(kPush);
  CHECK(state_of(neither.check(push_fixture("")), "push: lost answer") ==
        "passed: unknown, and nothing tells: a person is asked; 1 effect");
  CHECK(state_of(neither.check(push_fixture("")), "push: 429") ==
        "passed: not sent: the next run sends it");
}

TEST_CASE("a look that shows the old version does not settle a write")
{
  const std::string looked = "  - request: { path: /things/i1 }\n"
                             "    answer: { headers: { Content-Type: application/json },"
                             " body: '{\"code\":\"a\",\"fee\":\"1.50\",\"v\":\"1\"}' }\n";
  Bench bench("    version: /v\n" + kPush + kProbe);
  CHECK(has(state_of(bench.check(push_fixture(looked)), "push: lost answer"),
            "failed: a look does not find it: a has version 1, not 2"));
}

TEST_CASE("what a fixture is written as reads back as the same")
{
  Bench bench("    version: /v\n" + kPush);
  bench.dir.write("one.yaml",
                  "# Notes\n# of two lines\nstream: things\nslice: { a: \"01\" }\n" +
                      push_fixture("") +
                      "pull: { since: \"5\", unknown: [/x], cursor: \"c: #\", pages: 2 }\n");
  const auto first =
      kit::read_fixture(bench.dir.file("one.yaml"), *bench.system.manifest, bench.findings);
  const auto text = kit::write_fixture(first);
  bench.dir.write("two.yaml", text);
  const auto second =
      kit::read_fixture(bench.dir.file("two.yaml"), *bench.system.manifest, bench.findings);
  REQUIRE(bench.findings.empty());
  CHECK(kit::write_fixture(second) == text);
  CHECK(second.slice.at("a") == "01");
  CHECK(second.pull->outcome.cursor == "c: #");
  CHECK(second.push.front().record == R"({"code":"a","fee":150})");
  CHECK(has(text, "# of two lines\nstream: things\n"));
}

TEST_CASE("a pseudonym keeps shape and script, and is the same for the same")
{
  kit::Pseudonyms names("seed");
  const std::string name = "Asha Devi", hindi = "आशा देवी", phone = "9876543210";
  CHECK(names.of(name) == names.of(name));
  CHECK(names.of(name) != name);
  CHECK(names.of(name).size() == name.size());
  CHECK(names.of(name)[4] == ' ');
  CHECK(names.of(hindi) != hindi);
  CHECK(names.of(hindi).size() == hindi.size());
  CHECK(schema::is_utf8(names.of(hindi)));
  CHECK(names.of(phone).size() == 10);
  CHECK(names.of(phone).front() >= '6');
  CHECK(names.of("-") == "-");
  CHECK(kit::Pseudonyms("other").of(name) != names.of(name));
  CHECK(schema::is_utf8(names.of("முருகன் علی Müller")));
  const auto day = names.date("14/06/1985", "dd/MM/yyyy");
  CHECK(day != "14/06/1985");
  CHECK(day.size() == 10);
  CHECK(names.sweep("of " + name + ", tel. " + phone) ==
        "of " + names.of(name) + ", tel. " + names.of(phone));
}

TEST_CASE("different values get different pseudonyms, and no Aadhaar comes out")
{
  kit::Pseudonyms names("seed");
  std::vector<std::string> made;
  for (int i = 1000; i < 3000; ++i)
    made.push_back(names.of("P-" + std::to_string(i)));
  std::sort(made.begin(), made.end());
  CHECK(std::adjacent_find(made.begin(), made.end()) == made.end());
  for (int i = 0; i < 50; ++i)
    CHECK_FALSE(schema::passes_verhoeff(names.of("2345678901" + std::to_string(10 + i))));
}

TEST_CASE("Aadhaar numbers, telephones, addresses and accounts are known by their form")
{
  for (const auto* text : {"9876543210", "+91 98765 43210", "asha@example.in", "ABCDE1234F",
                           "00000012345678", "123456789"})
    CHECK_MESSAGE(kit::looks_personal(text), text);
  for (const auto* text :
       {"245101", "2025-2026", "14/06/2025", "XVFC/2025-26/P/1", "1,25,000.50", ""})
    CHECK_MESSAGE(!kit::looks_personal(text), text);
}

TEST_CASE("a record is scrubbed by the classes of its fields, and unmapped members by their looks")
{
  Bench bench(
      "", "{ code: code, owner: ownerName, born: { from: dob, format: dd/MM/yyyy }, fee: fee }");
  kit::Pseudonyms names("seed");
  kit::Scrubber scrubber(bench.system.manifest->streams.front(), names);
  auto record = json(R"({"code":"A-17","ownerName":"Asha","dob":"14/06/1985","fee":"1.50",
      "father":"Ram","note":"seen at home","grade":"B","tel":9876543210,
      "createdTime":1761078202098,"inner":{"aadhaarNo":"x1y2","flag":true,"n":7}})");
  scrubber.record(record);
  const auto text = schema::to_json(record);
  for (const auto* gone : {"Asha", "14/06/1985", "Ram", "seen", "9876543210", "x1y2"})
    CHECK_MESSAGE(!has(text, gone), text);
  for (const auto* kept : {R"("code":"A-17")", R"("fee":"1.50")", R"("grade":"B")", "1761078202098",
                           R"("flag":true,"n":7)"})
    CHECK_MESSAGE(has(text, kept), text);
}

TEST_CASE("rows of CSV are changed where they stand, and a column that nobody has is gone")
{
  kit::RowShape shape;
  shape.kind = kit::RowShape::Kind::csv;
  const auto edited =
      kit::edit_rows("a,b\n1,\"x, \"\"y\"\"\"\n2,z\n", shape, [](schema::List& rows) {
        for (auto& row : rows) {
          row.object().erase("a");
          row.object().set("c", "new");
        }
      });
  REQUIRE(edited);
  CHECK(*edited == "b,c\n\"x, \"\"y\"\"\",new\nz,new\n");
}

TEST_CASE("of a sample come pointer, id, fields, formats and words")
{
  std::vector<schema::Finding> findings;
  const auto entities =
      schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
  kit::Proposal proposal{
      "works", "http", entities.find("voucher"),
      R"({"ok":true,"data":{"rows":[{"id":"7","voucherId":"V1","gpLgdCode":245101,
      "voucherDate":"14/06/2025","voucherType":"P","amount":"1,250.00",
      "finYear":"2025-26","colour":"red"}]}})",
      "sample.json"};
  const auto text = kit::propose(proposal);
  REQUIRE(text);
  CAPTURE(*text);
  for (const auto* line :
       {"records: \"/data/rows\"", "id: \"/id\"", "voucher_id: voucherId",
        "date: { from: voucherDate, format: \"dd/MM/yyyy\" }", "as: lgd.local_body",
        "amount: { from: amount, as: rupees }", "values: { P: payment }, pull_only: true",
        "financial_year: { from: finYear, format: \"2025-26\" }", "# colour"})
    CHECK_MESSAGE(has(*text, line), line);
  kit::read_system(schema::parse_document(*text, "works.yaml", findings), entities, findings);
  for (const auto& finding : findings)
    FAIL_CHECK(to_text(finding));
}

TEST_CASE("a manifest can be begun for every entity, over http and over files, and has no findings")
{
  std::vector<schema::Finding> findings;
  const auto entities =
      schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
  for (const auto* entity : entities.all())
    for (const auto* transport : {"http", "files"}) {
      CAPTURE(entity->name);
      const auto text = kit::propose({"new-one", transport, entity, "", ""});
      REQUIRE(text);
      kit::read_system(schema::parse_document(*text, "new.yaml", findings), entities, findings);
      for (const auto& finding : findings)
        FAIL_CHECK(to_text(finding));
      findings.clear();
    }
}
