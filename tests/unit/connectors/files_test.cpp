// The files transport: pages, bad rows, changing files, changes out.
#include <doctest/doctest.h>

#include "tests/unit/connectors/files_bench.hpp"
#include "tests/unit/connectors/gzip_files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

using namespace gramsetu;
using namespace gramsetu::connectors;
using gramsetu::test::FilesBench;
using gramsetu::test::gzip;
using gramsetu::test::many_rows;
namespace fs = std::filesystem;

TEST_CASE("a CSV file comes as records of texts, header by name")
{
  FilesBench bench("{ path: things.csv }");
  bench.dir.write("things.csv", "\xEF\xBB\xBF"
                                "code, Full   name ,code\r\n007,\"Rampur, East\",x\r\n\r\n8,,\r\n");
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 2);
  CHECK(bench.total == 2u);
  CHECK(bench.json(0) == R"x({"code":"007","Full name":"Rampur, East","code (2)":"x"})x");
  CHECK(bench.json(1) == R"x({"code":"8","Full name":"","code (2)":""})x");
}

TEST_CASE("a header without rows is an empty slice, a missing or empty file is an error")
{
  FilesBench bench("{ path: \"things*.csv\" }");
  CHECK(bench.page().error().kind == ErrorKind::not_found);
  bench.dir.write("things.csv", "");
  CHECK(bench.page().error().kind == ErrorKind::invalid);
  bench.dir.write("things.csv", "id,name\n");
  const auto page = bench.page();
  REQUIRE(page);
  CHECK(page->last);
  CHECK_FALSE(page->damaged);
  CHECK(page->records.empty());
  CHECK(page->total == 0u);
}

TEST_CASE("bad rows are kept with their line, the others go on")
{
  FilesBench bench("{ path: things.csv }");
  bench.dir.write("things.csv",
                  "id,name\n1,a\n2\n3,\"two\nlines\"\n4,c,d\n5,\xFD\xFD\n6,\"x\" y\n7,e\n");
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 3);
  REQUIRE(bench.bad == 4);
  CHECK(bench.total == 7u);
  CHECK_FALSE(bench.damaged);
  CHECK(bench.pieces[0].pointer == "line 3");
  CHECK(bench.pieces[0].code == "wrong_columns");
  CHECK(bench.pieces[0].bytes == "2");
  CHECK(bench.pieces[0].text == "'things.csv' line 3: 1 cells, the header has 2");
  CHECK(bench.pieces[1].pointer == "line 6");
  CHECK(bench.pieces[2].code == "bad_encoding");
  CHECK(bench.pieces[2].bytes == "5,\xFD\xFD");
  CHECK(bench.pieces[3].code == "malformed");
  CHECK(bench.json(1) == "{\"id\":\"3\",\"name\":\"two\\nlines\"}");
}

TEST_CASE("a file that breaks off inside a row proves no absence")
{
  FilesBench bench("{ path: things.csv }");
  bench.dir.write("things.csv", "id,name\n1,a\n2,\"b");
  REQUIRE(bench.pull_all());
  CHECK(bench.damaged);
  CHECK(bench.records == 1);
  CHECK(bench.bad == 1);
}

TEST_CASE("delimiter, quote, title rows, comments, blank rows and names are configured")
{
  FilesBench bench("{ path: t.txt, delimiter: [\",\", \";\"], skip_rows: 1, comment: \"#\", "
                   "blank_rows: skip }");
  bench.dir.write("t.txt", "The title, of it\n\n# note\nid;name\n;\n1;a,b\n");
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 1);
  CHECK(bench.json(0) == R"({"id":"1","name":"a,b"})");

  FilesBench named("{ path: t.txt, delimiter: tab, quote: none, header: [id, name] }");
  named.dir.write("t.txt", "1\t\"a\n");
  REQUIRE(named.pull_all());
  CHECK(named.json(0) == R"({"id":"1","name":"\"a"})");

  FilesBench numbered("{ path: t.txt, header: false }");
  numbered.dir.write("t.txt", "1,a\n2,b\n");
  REQUIRE(numbered.pull_all());
  CHECK(numbered.json(1) == R"({"column 1":"2","column 2":"b"})");
}

TEST_CASE("rows without an identity get one joined of their columns")
{
  FilesBench bench("{ path: t.csv, join: { seat: [District, Block] } }");
  bench.dir.write("t.csv", "District,Block\nA/B,~1\n,\nC,\n");
  REQUIRE(bench.pull_all());
  CHECK(bench.json(0) == R"({"District":"A/B","Block":"~1","seat":"A~1B/~01"})");
  CHECK(bench.json(1) == R"({"District":"","Block":""})");
  CHECK(bench.json(2) == R"({"District":"C","Block":"","seat":"C/"})");
}

TEST_CASE("files in other encodings come as UTF-8")
{
  FilesBench bench("{ path: t.csv, encoding: windows-1252 }");
  bench.dir.write("t.csv", "id,n\xE4me\n1,a\xA0\n2,\x81\n");
  REQUIRE(bench.pull_all());
  CHECK(bench.json(0) == "{\"id\":\"1\",\"n\xC3\xA4me\":\"a\xC2\xA0\"}");
  REQUIRE(bench.bad == 1);
  CHECK(bench.pieces[0].bytes == "2,\x81");

  FilesBench wide("{ path: t.csv, encoding: utf-16le }");
  std::string text("\xFF\xFE", 2);
  for (const char letter : std::string("id,name\r\n1,a\r\n"))
    text += {letter, '\0'};
  wide.dir.write("t.csv", text);
  REQUIRE(wide.pull_all());
  CHECK(wide.json(0) == R"({"id":"1","name":"a"})");
}

TEST_CASE("many rows come in pages, from several files in name order")
{
  FilesBench bench("{ path: \"things*.csv.gz\" }");
  bench.dir.write("things-2.csv.gz", gzip(many_rows(700, "two")));
  bench.dir.write("things-1.csv.gz", gzip(many_rows(1800, "one")));
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 2500);
  CHECK(bench.pages == 3);
  CHECK(bench.json(0) == R"({"id":"0","name":"one 0"})");
  CHECK(bench.json(1800) == R"({"id":"0","name":"two 0"})");
  CHECK(bench.total == 2500u);
}

TEST_CASE("the same page can be asked for twice, by another process too")
{
  FilesBench bench("{ path: \"things*.csv\" }");
  bench.dir.write("things-1.csv", many_rows(1300));
  bench.dir.write("things-2.csv", many_rows(1300));
  const auto first = bench.page();
  REQUIRE(first);
  const auto second = bench.page(first->next);
  REQUIRE(second);
  for (int again = 0; again < 2; ++again) {
    bench.open(); // forgets what was kept open
    const auto repeated = bench.page(first->next);
    REQUIRE(repeated);
    CHECK(repeated->next == second->next);
    REQUIRE(repeated->records.size() == second->records.size());
    CHECK(repeated->records.back().body == second->records.back().body);
  }
  CHECK(bench.page("nonsense").error().kind == ErrorKind::invalid);
}

TEST_CASE("a file that changes between pages ends the pull")
{
  FilesBench bench("{ path: things.csv }");
  const std::string path = bench.dir.write("things.csv", many_rows(2500));
  const auto first = bench.page();
  REQUIRE(first);
  SUBCASE("written to")
  {
    std::ofstream(path, std::ios::app) << "9,x\n";
    CHECK(bench.page(first->next).error().kind == ErrorKind::precondition);
  }
  SUBCASE("replaced: what is open stays whole, but the slice is not the folder's any more")
  {
    bench.dir.write("new.csv", many_rows(3));
    fs::rename(bench.dir.file("new.csv"), path);
    const auto second = bench.page(first->next);
    REQUIRE(second);
    CHECK(bench.page(second->next).error().kind == ErrorKind::precondition);
  }
  SUBCASE("replaced, and the reader is gone")
  {
    bench.dir.write("new.csv", many_rows(2500));
    fs::rename(bench.dir.file("new.csv"), path);
    bench.open();
    CHECK(bench.page(first->next).error().kind == ErrorKind::precondition);
  }
}

TEST_CASE("gzip must be whole, and must not be a bomb")
{
  FilesBench bench("{ path: \"*.csv.gz\" }");
  const std::string packed = gzip(many_rows(3000));
  SUBCASE("cut off")
  {
    bench.dir.write("t.csv.gz", packed.substr(0, packed.size() - 9));
    CHECK(bench.pull_all().error().kind == ErrorKind::invalid);
  }
  SUBCASE("one flipped bit")
  {
    std::string broken = packed;
    broken[broken.size() - 5] ^= 1; // of the checksum
    bench.dir.write("t.csv.gz", broken);
    CHECK(bench.pull_all().error().kind == ErrorKind::invalid);
  }
  SUBCASE("something behind it")
  {
    bench.dir.write("t.csv.gz", packed + "x,y");
    CHECK(bench.pull_all().error().kind == ErrorKind::invalid);
  }
  SUBCASE("not gzip at all")
  {
    bench.dir.write("t.csv.gz", many_rows(3));
    CHECK(bench.pull_all().error().kind == ErrorKind::invalid);
  }
  SUBCASE("two members joined are one file")
  {
    bench.dir.write("t.csv.gz", gzip("id,name\n1,a\n") + gzip("2,b\n"));
    REQUIRE(bench.pull_all());
    CHECK(bench.records == 2);
  }
  SUBCASE("a bomb")
  {
    bench.dir.write("t.csv.gz", gzip("id,name\n" + std::string(24 << 20, 'x')));
    const auto pulled = bench.pull_all();
    REQUIRE_FALSE(pulled);
    CHECK(pulled.error().what.find("200 times") != std::string::npos);
  }
}

TEST_CASE("a row beyond the limit costs itself and no memory")
{
  FilesBench bench("{ path: t.csv }");
  const std::string huge(5 << 20, 'x');
  bench.dir.write("t.csv", "id,name\n1,a\n2," + huge + "\n3,b\n4,\"" + std::string(2 << 20, 'y') +
                               "\n5,c\n");
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 3);
  REQUIRE(bench.bad == 2);
  CHECK(bench.pieces[0].code == "too_long");
  CHECK(bench.pieces[0].bytes.size() == 1 << 20);
  CHECK(bench.pieces[1].pointer == "line 5");
}

TEST_CASE("NDJSON lines are records; a half last line means that more may be missing")
{
  FilesBench bench("{ path: t.ndjson, format: ndjson }");
  bench.dir.write("t.ndjson", "{\"id\":1,\"amount\":0.10}\r\n\r\n[1]\n{\"id\":2,\"id\":3}\n"
                              "\xFD\n{\"id\":4}\n{\"id\":5,\"na");
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 2);
  CHECK(bench.bad == 4);
  CHECK(bench.damaged);
  CHECK(bench.json(0) == R"({"id":1,"amount":0.10})");
  CHECK(bench.pieces[0].pointer == "line 3");
  CHECK(bench.pieces[2].code == "bad_encoding");

  bench.dir.write("t.ndjson", "{\"id\":1}");
  FilesBench whole("{ path: t.ndjson, format: ndjson }");
  whole.dir.write("t.ndjson", "{\"id\":1}");
  REQUIRE(whole.pull_all());
  CHECK(whole.records == 1);
  CHECK_FALSE(whole.damaged);
}

TEST_CASE("a slice names its file, and cannot name another folder's")
{
  FilesBench bench("{ path: \"v-{slice.body}.csv\" }");
  bench.dir.write("v-245101.csv", "id\n1\n");
  CHECK(bench.page("", {"body=245101", {{"body", "245101"}}})->records.size() == 1);
  CHECK(bench.page("", {"body=../x", {{"body", "../x"}}}).error().kind == ErrorKind::invalid);
}

TEST_CASE("a change becomes one file, whose repetition changes nothing")
{
  FilesBench bench("{ path: in.csv }", "{ path: \"out/{stream}-{key}.ndjson\" }");
  Connector& connector = bench.open();
  CHECK(connector.capabilities(bench.stream()).idempotent);
  CHECK_FALSE(connector.capabilities(bench.stream()).probes);
  schema::Object body;
  body.append("id", 7);
  body.append("amount", "-500.00");
  const std::vector<Intent> intents = {{"k1", Verb::create, "7", "", "", schema::Value(body)},
                                       {"k2", Verb::remove, "8", "r8", "v3", {}}};
  for (int turn = 0; turn < 2; ++turn) {
    const auto receipts = connector.push(bench.stream(), intents, {});
    REQUIRE(receipts.size() == 2);
    CHECK(receipts[0].outcome == Receipt::Outcome::applied);
    CHECK(receipts[0].remote_id == "7");
    CHECK(receipts[1].remote_id == "r8");
    CHECK(bench.dir.read("out/things-k1.ndjson") ==
          "{\"verb\":\"create\",\"key\":\"7\",\"idempotency_key\":\"k1\","
          "\"record\":{\"id\":7,\"amount\":\"-500.00\"}}\n");
    CHECK(bench.dir.read("out/things-k2.ndjson") ==
          "{\"verb\":\"remove\",\"key\":\"8\",\"remote_id\":\"r8\",\"idempotency_key\":\"k2\","
          "\"expected_version\":\"v3\"}\n");
  }
  auto other = intents;
  other[0].key = "9";
  CHECK(connector.push(bench.stream(), other, {})[0].outcome == Receipt::Outcome::refused);
}

TEST_CASE("changes may share a CSV file, and machine values stay as they are")
{
  FilesBench bench("{ path: in.csv }",
                   "{ path: \"out-{key}.csv\", format: csv, batch: 10, columns: [id, amount] }");
  schema::Object body;
  body.append("amount", "-500.00");
  body.append("id", "=1+1");
  const std::vector<Intent> intents = {{"k1", Verb::create, "7", "", "", schema::Value(body)},
                                       {"k2", Verb::remove, "8", "", "", {}}};
  bench.open().push(bench.stream(), intents, {});
  CHECK(bench.open().push(bench.stream(), intents, {})[1].outcome == Receipt::Outcome::applied);
  const std::vector<const Intent*> batch = {&intents[0], &intents[1]};
  CHECK(bench.dir.read("out-" + batch_key(batch) + ".csv") ==
        "verb,key,idempotency_key,id,amount\r\ncreate,7,k1,=1+1,-500.00\r\nremove,8,k2,,\r\n");
}

TEST_CASE("a folder that is away fails the run and not the daemon")
{
  FilesBench bench("{ path: in.csv }", "{ path: \"out-{key}.csv\", format: csv }");
  Connector& connector = bench.open();
  CHECK(connector.reach({})->find("it holds 0 files") != std::string::npos);
  fs::rename(bench.dir.path(), bench.dir.path() + ".away");
  CHECK(bench.page().error().kind == ErrorKind::not_found);
  CHECK_FALSE(connector.reach({}));
  const std::vector<Intent> intents = {{"k1", Verb::create, "7", "", "", schema::Object()}};
  CHECK(connector.push(bench.stream(), intents, {})[0].outcome == Receipt::Outcome::not_sent);
  fs::rename(bench.dir.path() + ".away", bench.dir.path());
  bench.dir.write("in.csv", "id\n1\n");
  CHECK(bench.page());
}

TEST_CASE("wrong words of a files stream are found, all of them")
{
  FilesBench bench(
      "{ path: ../x, format: cvs, encoding: latin, delimiter: \";;\", comment: \"##\", "
      "skip_rows: -1, heder: true, blank_rows: drop }",
      "{ path: out.ndjson, formt: csv }");
  bench.manifest->common.entries.push_back({"reach", {}, {}});
  std::vector<schema::Finding> findings;
  files::transport_type().check_manifest(*bench.manifest, findings);
  std::string all;
  for (const auto& finding : findings)
    all += finding.wrong + " | " + finding.right + "\n";
  CAPTURE(all);
  CHECK(findings.size() == 11);
  CHECK(all.find("unknown key 'heder' in pull of stream 'things' | did you mean 'header'?") !=
        std::string::npos);
  CHECK(all.find("'cvs' is no value for 'format'") != std::string::npos);
  CHECK(all.find("must hold {key}") != std::string::npos);
}

TEST_CASE("options stand in any word, and the common format block gives defaults")
{
  FilesBench bench("{ path: \"{options.file}.csv\" }");
  bench.manifest->options.push_back({"file", "text", "things", {}, {}, ""});
  bench.manifest->options.push_back({"separator", "text", ";", {}, {}, ""});
  bench.manifest->common = schema::parse_document("format: { delimiter: \"{options.separator}\" }",
                                                  "m.yaml", bench.findings);
  REQUIRE(bench.findings.empty());
  bench.dir.write("things.csv", "a;b\n1;2\n");
  REQUIRE(bench.pull_all());
  CHECK(bench.json(0) == R"({"a":"1","b":"2"})");
}

TEST_CASE("a pull ends soon after it is told to stop")
{
  FilesBench bench("{ path: t.csv }");
  bench.dir.write("t.csv", many_rows(10));
  std::stop_source stop;
  stop.request_stop();
  const PullRequest request{&bench.stream(), {}, {}, {}, {}, {}};
  CHECK(bench.open().pull(request, stop.get_token()).error().kind == ErrorKind::cancelled);
}
