// Singer targets: what they are sent, and what may be concluded from how they end.
#include "tests/unit/connectors/exec_bench.hpp"

using namespace gramsetu;
using namespace gramsetu::connectors;
using Became = gramsetu::connectors::Receipt::Outcome;

namespace {

const std::string kManifest = R"(
connector: warehouse
transport: exec
role: local
target:
  command: [ sh, "{path}/target.sh" ]
streams:
  vouchers:
    entity: voucher
    push:
      stream: v
      keys: [ id ]
      schema:
        id: string
        amount: { type: [ "null", number ], multipleOf: 0.01 }
        count: integer
        on: date
      idempotency: _key
      batch: 2
    fields: { voucher_id: id, amount: amount, date: on, particulars: more }
)";

const std::string kKeep = "cat > got; ";
const std::string kEcho = "sed -n 's/.*\"STATE\",\"value\":\\(.*\\)}$/\\1/p' got; ";

std::string replaced(std::string text, const std::string& what, const std::string& by)
{
  text.replace(text.find(what), what.size(), by);
  return text;
}

struct Warehouse : test::ExecBench {
  explicit Warehouse(const std::string& manifest = kManifest) : ExecBench(manifest) {}

  static Intent intent(const std::string& body, const std::string& key = "V1")
  {
    Intent made;
    made.key = key;
    made.idempotency_key = "idem-" + key;
    made.body = *schema::parse_json(body);
    return made;
  }

  Receipt push_body(const std::string& script, const std::string& body = R"({"id":"V1"})")
  {
    dir.write("target.sh", script);
    return push(intent(body));
  }
};

} // namespace

TEST_CASE("a target is sent a schema, records and a state; digits stay digits")
{
  Warehouse bench;
  const auto receipt =
      bench.push_body(kKeep + kEcho, R"({"id":"V1","amount":"12345678901234567.10","count":3})");
  CHECK_MESSAGE(receipt.outcome == Became::applied, receipt.error.what);
  CHECK(receipt.remote_id == "V1");
  const auto got = bench.dir.read("got");
  CHECK(got.starts_with(
      R"({"type":"SCHEMA","stream":"v","schema":{"type":"object","properties":)"
      R"({"id":{"type":["string"]},"amount":{"type":["null","number"],"multipleOf":0.01},)"
      R"("count":{"type":["integer","null"]},"on":{"type":["string","null"],"format":"date"},)"
      R"("_key":{"type":["string","null"]}}},"key_properties":["id"]})"));
  CHECK(
      got.find(R"({"type":"RECORD","stream":"v","record":{"id":"V1","amount":12345678901234567.10,)"
               R"("count":3,"_key":"idem-V1"}})") != std::string::npos);
}

TEST_CASE("only an echoed state and a good end are an answer")
{
  Warehouse bench;
  CHECK(bench.push_body(kKeep + kEcho).outcome == Became::applied);
  CHECK(bench.push_body(kKeep).outcome == Became::unknown);
  CHECK(bench.push_body(kKeep + "echo '{\"gramsetu\":\"another\"}'").outcome == Became::unknown);
  const auto died = bench.push_body(kKeep + kEcho + "echo why >&2; exit 1");
  CHECK(died.outcome == Became::unknown);
  CHECK(died.error.what == "sh: it ended with code 1; its last words: 'why'");
  CHECK_FALSE(died.batch.empty());
  CHECK(bench.push_body(kKeep + kEcho + "kill -9 $$").outcome == Became::unknown);
}

TEST_CASE("what a target certainly did not read was certainly not sent")
{
  Warehouse bench;
  CHECK(bench.push_body("exit 1").outcome == Became::not_sent);
  CHECK(bench.push_body("head -c 1 > /dev/null; exit 1").outcome == Became::unknown);
  Warehouse gone(replaced(kManifest, "[ sh,", "[ /nowhere/target,"));
  const auto receipt = gone.push(Warehouse::intent(R"({"id":"V1"})"));
  CHECK(receipt.outcome == Became::not_sent);
  CHECK(receipt.error.kind == ErrorKind::invalid);
}

TEST_CASE("a record that the schema has no room for is refused, and its neighbours go on")
{
  Warehouse bench;
  bench.dir.write("target.sh", kKeep + kEcho);
  const std::vector intents = {
      Warehouse::intent(R"({"id":"V1","more":"text"})", "V1"),
      Warehouse::intent(R"({"id":"V2","amount":"a lot"})", "V2"),
      Warehouse::intent(R"({"id":null})", "V3"),
      Warehouse::intent(R"({"id":"V4","amount":null})", "V4"),
      Warehouse::intent(R"({"amount":1})", "V5"),
  };
  const auto receipts = bench.open().push(bench.stream(), intents, {});
  REQUIRE(receipts.size() == 5);
  CHECK(receipts[0].outcome == Became::refused);
  CHECK(receipts[0].error.what == "'more' is not in the schema of the manifest");
  CHECK(receipts[1].outcome == Became::refused);
  CHECK(receipts[2].outcome == Became::refused);
  CHECK(receipts[3].outcome == Became::applied);
  CHECK(receipts[4].outcome == Became::refused);
}

TEST_CASE("a target claims what its manifest says, and no more")
{
  Warehouse bench;
  auto can = bench.open().capabilities(bench.stream());
  CHECK(can.creates);
  CHECK(can.updates);
  CHECK_FALSE(can.removes);
  CHECK_FALSE(can.idempotent);
  CHECK_FALSE(can.probes);
  CHECK(can.batch_max == 2);
  auto intent = Warehouse::intent("{}");
  intent.verb = Verb::remove;
  CHECK(bench.push(intent).outcome == Became::refused);
  Warehouse other(replaced(kManifest, "batch: 2",
                           "upserts: true\n      retention: 3h\n      deletes: { field: gone }"));
  can = other.open().capabilities(other.stream());
  CHECK(can.removes);
  CHECK(can.idempotent);
  CHECK(can.retention == std::chrono::hours(3));
}

TEST_CASE("a record that is to be deleted goes as its key and a mark")
{
  Warehouse bench(replaced(kManifest, "batch: 2", "deletes: { field: gone }"));
  bench.dir.write("target.sh", kKeep + kEcho);
  auto intent = Warehouse::intent("{}", "V9");
  intent.verb = Verb::remove;
  intent.body = schema::Value();
  CHECK(bench.push(intent).outcome == Became::applied);
  CHECK(bench.dir.read("got").find(R"("record":{"id":"V9","_key":"idem-V9","gone":"20)") !=
        std::string::npos);
}

TEST_CASE("what is wrong with a manifest is found when it is read")
{
  schema::Entities entities;
  std::vector<schema::Finding> findings;
  entities =
      schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
  const auto document = schema::parse_document(R"(
connector: x
transport: exec
tap: { command: [ "{auth.password}" ], config: { a: "{options.none}" }, limits: { memory: much } }
streams:
  vouchers:
    entity: voucher
    pull: { cursor: /at }
    push: { upserts: true, schema: { id: text } }
    fields: { voucher_id: id }
)",
                                               "x.yaml", findings);
  const auto manifest = read_manifest(document, entities, findings);
  REQUIRE(findings.empty());
  exec::transport_type().check_manifest(*manifest, findings);
  std::string all;
  for (const auto& finding : findings)
    all += to_text(finding) + "\n";
  for (const auto* word :
       {"'{auth.password}'", "'{options.none}'", "'memory' must be a size", "its own state",
        "'text' is no type", "upserts by no key", "no target is named"})
    CHECK_MESSAGE(all.find(word) != std::string::npos, all);
}
