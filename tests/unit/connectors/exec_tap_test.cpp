// Singer taps: what their messages mean, and which of them make a pull fail.
#include "tests/unit/connectors/exec_bench.hpp"

#include <algorithm>
#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::connectors;
using gramsetu::test::ExecBench;

namespace {

const std::string kManifest = R"(
connector: register
transport: exec
role: local
options:
  days: { type: integer, default: 30 }
  secret: { type: text }
tap:
  command: [ sh, "{path}/tap.sh" ]
  config:
    password: "{auth.password}"
    days: "{options.days}"
    pin: "0042"
    since: 2025
    rate: 0.10
    all: true
    note: "{options.secret} as {auth.user}"
streams:
  schemes:
    entity: scheme
    pull: { stream: schemes, keys: [ code ] }
    cursor: state
    deletes: { field: /_sdc_deleted_at, values: any }
    fields: { scheme_code: code, name: name }
)";

const std::string kSchema = R"({"type":"SCHEMA","stream":"schemes",)"
                            R"("schema":{"properties":{"code":{},"name":{},"_sdc_deleted_at":{}}},)"
                            R"("key_properties":["code"]})"
                            "\n";

std::string record(const std::string& body)
{
  return R"({"type":"RECORD","stream":"schemes","record":)" + body + "}\n";
}

std::string state(const std::string& value)
{
  return R"({"type":"STATE","value":)" + value + "}\n";
}

struct Register : ExecBench {
  explicit Register(const std::string& manifest = kManifest) : ExecBench(manifest)
  {
    settings.auth.kind = Auth::Kind::basic;
    settings.auth.user = "clerk";
    settings.auth.password = Secret("s3cret \"word\"");
    settings.options["secret"] = "a very hidden one";
    settings.secret_options.insert("secret");
  }

  Error failure(const std::string& words, const std::string& then = "")
  {
    tap_says(words, then);
    const auto page = pull("{\"at\":1}");
    REQUIRE_FALSE(page);
    return page.error();
  }
};

std::string replaced(std::string text, const std::string& what, const std::string& by)
{
  text.replace(text.find(what), what.size(), by);
  return text;
}

} // namespace

TEST_CASE("records come with their digits, and the last state is the cursor")
{
  Register bench;
  bench.tap_says(kSchema + state("{\"at\": 1}") +
                 record(R"({"code":"A","amount":1234567890123456789.10,"tiny":1e-7,"n":0.10})") +
                 R"({"type":"RECORD","stream":"others","record":{"code":"B"}})"
                 "\n" +
                 state(R"({"at": 2, "rate": 0.10})") + record(R"({"code":"C"})"));
  const auto page = bench.pull();
  REQUIRE(page);
  REQUIRE(page->records.size() == 2);
  CHECK(schema::to_json(page->records[0].body) ==
        R"({"code":"A","amount":1234567890123456789.10,"tiny":1e-7,"n":0.10})");
  CHECK(page->cursor == R"({"at":2,"rate":0.10})");
  CHECK(page->last);
  CHECK(page->total == 2);
  CHECK_FALSE(page->damaged);
}

TEST_CASE("the state goes back to the tap as it came, and stays when the tap sends none")
{
  Register bench;
  bench.tap_says(kSchema, "test \"$3\" = --state && cp \"$4\" seen");
  const std::string cursor = R"({"b":{"x":0.10,"a":null},"a":[1,"é"]})";
  const auto page = bench.pull(cursor);
  REQUIRE_MESSAGE(page, (page ? "" : page.error().what));
  CHECK(bench.dir.read("seen") == cursor);
  CHECK(page->cursor == cursor);
  CHECK_FALSE(bench.pull("2026-01-01T00:00:00Z")); // another connector's
  bench.tap_says(kSchema, "echo $# > count");
  REQUIRE(bench.pull());
  CHECK(bench.dir.read("count") == "2\n"); // no state at first
}

TEST_CASE(
    "the configuration is a private file, typed as written, and no secret shows anywhere else")
{
  Register bench;
  bench.tap_says(kSchema,
                 "cp \"$2\" seen; stat -c %a \"$2\" > mode; tr '\\0' '\\n' < /proc/$$/cmdline > "
                 "line; env >> line; echo \"$2\" > path");
  REQUIRE(bench.pull());
  CHECK(bench.dir.read("seen") ==
        R"({"password":"s3cret \"word\"","days":30,"pin":"0042","since":2025,"rate":0.10,)"
        R"("all":true,"note":"a very hidden one as clerk"})");
  CHECK(bench.dir.read("mode") == "600\n");
  CHECK(bench.dir.read("line").find("s3cret") == std::string::npos);
  CHECK(bench.dir.read("line").find("hidden") == std::string::npos);
  auto path = bench.dir.read("path");
  path.pop_back();
  CHECK(path.ends_with("/config.json"));
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
}

TEST_CASE("what a program says on stderr is logged without secrets and control characters")
{
  Register bench;
  const auto error = bench.failure(
      kSchema,
      "printf 'login with s3cret \"word\" failed\\n\\033[31mred: a very hidden one, \"s3cret "
      "\\\\\"word\\\\\"\"\\n' >&2; exit 4");
  CHECK(error.kind == ErrorKind::transient);
  CHECK(error.what ==
        "sh: it ended with code 4; its last words: ' [31mred: ********, \"********\"'");
  REQUIRE(bench.sink.lines.size() == 2);
  CHECK(bench.sink.lines[0].event == Event::program_said);
  CHECK(bench.sink.lines[0].text == "login with ******** failed");
}

TEST_CASE("a secret may not stand in a command, and what the manifest wants must be there")
{
  Register bench(
      replaced(kManifest, "\"{path}/tap.sh\" ]", "\"{path}/tap.sh\", \"{options.secret}\" ]"));
  auto opened = bench.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what.find("'{options.secret}' is a secret") != std::string::npos);
  Register other;
  other.settings.auth.kind = Auth::Kind::none;
  opened = other.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what.find("wants '{auth.password}'") != std::string::npos);
}

TEST_CASE("a malformed record is a bad piece, and the rest goes on")
{
  Register bench;
  bench.tap_says(kSchema + record(R"({"code":"A"})") + "{\"type\":\"RECORD\",\"stream\":\n" +
                 "Hello from the tap\n" + record("[1]") + record(R"({"code":"A","code":"B"})") +
                 record(R"({"code":"Z","rate":NaN})") + record(R"({"code":"C"})") +
                 state("{\"at\":2}"));
  const auto page = bench.pull();
  REQUIRE(page);
  CHECK(page->records.size() == 2);
  REQUIRE(page->bad.size() == 5);
  CHECK(page->bad[0].pointer == "line 3");
  CHECK(page->bad[1].bytes == "Hello from the tap");
  CHECK(page->bad[1].code == "malformed");
  CHECK(page->bad[2].text == "the RECORD holds no record");
}

TEST_CASE("a tap that ends badly, breaks off or says what cannot be relied on fails the pull")
{
  Register bench;
  const auto good = kSchema + record(R"({"code":"A"})");
  CHECK(bench.failure(good, "exit 1").kind == ErrorKind::transient);
  CHECK(bench.failure(good, "kill -9 $$").kind == ErrorKind::transient);
  const auto words = [&](const std::string& text, const std::string& then = "") {
    return bench.failure(text, then).what;
  };
  CHECK(words(good, "printf '{\"type\":\"RECORD\"'") == "sh: its last line has no end");
  CHECK(words(good + "{\"type\":\"STATE\",\"value\":{\n")
            .starts_with("sh: line 3: the line is no JSON"));
  CHECK(words(good + "{\"type\":\"STATE\"}\n") == "sh: line 3: the STATE has no value");
  CHECK(words(record("{}")) == "sh: line 1: a RECORD came before the SCHEMA of its stream");
  CHECK(words(replaced(kSchema, "[\"code\"]", "[\"other\"]")) ==
        "sh: line 1: its keys are [other], and the manifest says [code]");
  CHECK(words(good + state("\"" + std::string(300'000, 's') + "\"")) ==
        "sh: line 3: its STATE has more than 262144 bytes");
  CHECK(words(kSchema + "{\"type\":\"BATCH\",\"stream\":\"schemes\"}\n").find("BATCH") !=
        std::string::npos);
  bench.settings.limits.response_bytes = 100;
  bench.connector.reset();
  CHECK(words(good).find("more than 100 bytes") != std::string::npos);
}

TEST_CASE("a mark of deletion is whatever stands in its field")
{
  Register bench;
  bench.tap_says(kSchema + record(R"({"code":"A","_sdc_deleted_at":null})") +
                 record(R"({"code":"B","_sdc_deleted_at":"2026-01-02T03:04:05Z"})") +
                 record(R"({"code":"C"})"));
  const auto page = bench.pull();
  REQUIRE(page);
  REQUIRE(page->records.size() == 3);
  CHECK_FALSE(page->records[0].deleted);
  CHECK(page->records[1].deleted);
  CHECK_FALSE(page->records[2].deleted);
}

TEST_CASE("a tap that no longer sends what the manifest reads for itself is drift")
{
  Register bench;
  bench.tap_says(replaced(kSchema, ",\"_sdc_deleted_at\":{}", ""));
  REQUIRE(bench.pull());
  REQUIRE(bench.sink.lines.size() == 1);
  CHECK(bench.sink.lines[0].event == Event::schema_drift);
}

TEST_CASE("a field that vanished from the SCHEMA is drift, though its records go on without it")
{
  Register bench;
  bench.tap_says(replaced(kSchema, "\"name\":{},", "") + record(R"({"code":"A"})"));
  const auto page = bench.pull();
  REQUIRE(page);
  CHECK(page->records.size() == 1);
  REQUIRE(bench.sink.lines.size() == 1);
  CHECK(bench.sink.lines[0].event == Event::schema_drift);
  CHECK(bench.sink.lines[0].fields.back().value == "/name");
}

TEST_CASE("a snapshot of versions is whole only when the tap said so of the version it sent")
{
  const auto mark = [](int version) {
    return R"({"type":"ACTIVATE_VERSION","stream":"schemes","version":)" + std::to_string(version) +
           "}\n";
  };
  const auto versioned = [](const std::string& code, int version) {
    return R"({"type":"RECORD","stream":"schemes","version":)" + std::to_string(version) +
           R"(,"record":{"code":")" + code + "\"}}\n";
  };
  auto manifest = replaced(kManifest, "{ field: /_sdc_deleted_at, values: any }", "snapshot");
  manifest = replaced(manifest, "    cursor: state\n", "");
  manifest = replaced(manifest, "[ code ]", "[ code ], complete: activate_version");
  Register bench(manifest);
  const auto damaged = [&](const std::string& words) {
    bench.tap_says(kSchema + words);
    const auto page = bench.pull();
    REQUIRE(page);
    CHECK(page->cursor.empty());
    return page->damaged;
  };
  CHECK_FALSE(damaged(mark(7) + versioned("A", 7) + mark(7)));
  CHECK_FALSE(damaged(mark(7)));
  CHECK(damaged(mark(7) + versioned("A", 7)));
  CHECK(damaged(versioned("A", 7)));
  CHECK(damaged(versioned("A", 6) + versioned("A", 7) + mark(7)));
  CHECK(damaged(versioned("A", 6) + mark(7)));
}

TEST_CASE("a discovered catalog selects the one stream, and probing lists them all")
{
  auto manifest = replaced(kManifest, "  config:\n", "  catalog: discover\n  config:\n");
  manifest =
      replaced(manifest, "[ code ]", "[ code ], replication: { method: INCREMENTAL, key: at }");
  Register bench(manifest);
  bench.dir.write("words", kSchema);
  bench.dir.write("offer", R"({"streams":[{"stream":"schemes","tap_stream_id":"schemes","schema":{},
    "metadata":[{"breadcrumb":["properties","code"],"metadata":{"inclusion":"available"}}]},
    {"stream":"others","tap_stream_id":"others","schema":{}}]})");
  bench.dir.write("tap.sh",
                  "if [ \"$3\" = --discover ]; then printf '%s' \"$(cat offer)\"; exit; fi\n"
                  "test \"$3\" = --catalog && cp \"$4\" seen && cat words");
  REQUIRE(bench.pull());
  const auto catalog = schema::parse_json(bench.dir.read("seen"));
  REQUIRE(catalog);
  const auto at = [&](const char* pointer) {
    const auto* value = schema::at_pointer(*catalog, pointer);
    return value ? schema::to_json(*value) : "nothing";
  };
  CHECK(at("/streams/0/metadata/0") ==
        R"({"breadcrumb":[],"metadata":{"selected":true,)"
        R"("replication-method":"INCREMENTAL","replication-key":"at"}})");
  CHECK(at("/streams/0/metadata/1/metadata/selected") == "true");
  CHECK(at("/streams/1/metadata/0/metadata/selected") == "false");
  const auto reached = bench.connector->reach({});
  REQUIRE(reached);
  CHECK(reached->ends_with(", and offers schemes, others"));
  bench.dir.write("offer", R"({"streams":[]})");
  CHECK_FALSE(bench.pull());
}
