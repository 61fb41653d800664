// Asking an endpoint first: what a no, a silence and a yes that does not hold come to.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

const std::string kAsking =
    "    pull: { request: /values, id: /id, deletes: { field: /deleted } }\n"
    "    push:\n"
    "      dry_run: { query: dryRun }\n"
    "      idempotency: { header: Key }\n"
    "      success: { pointer: [/response/ignored, /ignored], equals: [\"0\"], of: writes }\n"
    "      create: { path: /values, key: /id }\n"
    "      update: { path: /values }\n"
    "      bulk: { max: 8, path: /values, items: /values, item: { idempotency: /idem } }\n";

const std::string kYes = answer(200, R"({"response":{"ignored":0}})");
const std::string kNo = answer(200, R"({"ignored":1,"why":"unknown unit"})");

std::vector<Intent> values(const std::string& names)
{
  std::vector<Intent> made;
  for (const char name : names)
    made.push_back(intent(Verb::update, std::string(1, name), std::string(1, name)));
  return made;
}

std::string lines_of(ScriptServer& server)
{
  std::string lines;
  for (const auto& heard : server.heard())
    lines += heard.line().find("dryRun=true") != std::string::npos ? "ask " : "write ";
  return lines;
}

} // namespace

TEST_CASE("a single write is asked about first, under a key of its own")
{
  const auto server = serve({kYes, answer(200, R"({"ignored":0,"id":7})")});
  HttpBench bench(kAsking);
  bench.open(*server);
  const auto receipts = bench.push({intent(Verb::create, "a")});
  CHECK(names_of(receipts) == "applied");
  CHECK(receipts[0].remote_id == "7");
  CHECK(lines_of(*server) == "ask write ");
  CHECK(server->heard()[0].header("Key") == "idem-a.dry-run");
  CHECK(server->heard()[1].header("Key") == "idem-a");
  CHECK(server->heard()[0].body == server->heard()[1].body);
}

TEST_CASE("what would be ignored is refused with the reason, and never sent")
{
  const auto server = serve({kNo});
  HttpBench bench(kAsking);
  bench.open(*server);
  const auto receipts = bench.push(values("a"));
  CHECK(names_of(receipts) == "refused");
  CHECK_MESSAGE(receipts[0].error.what.find("unknown unit") != std::string::npos,
                receipts[0].error.what);
  CHECK(lines_of(*server) == "ask ");
}

TEST_CASE("a question without an answer had no effect, so that nothing is unknown")
{
  const Script cut = {send("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"), close()};
  const ScriptServer server({cut, cut});
  HttpBench bench(kAsking);
  bench.open(server);
  CHECK(names_of(bench.push(values("a"))) == "not sent");
  CHECK(names_of(bench.push(values("ab"))) == "not sent, not sent");
}

TEST_CASE("a batch that would not be taken is halved until who is not taken is alone")
{
  // abcd no; ab yes, sent; cd no; c yes, sent; d no.
  const auto server = serve({kNo, kYes, kYes, kNo, kYes, kYes, kNo});
  HttpBench bench(kAsking);
  bench.open(*server);
  CHECK(names_of(bench.push(values("abcd"))) == "applied, applied, applied, refused");
  CHECK(lines_of(*server) == "ask ask write ask ask write ask ");
  CHECK(server->heard()[1].body.find("idem-a.dry-run") != std::string::npos);
  CHECK(server->heard()[2].body.find("\"idem-a\"") != std::string::npos);
}

TEST_CASE(
    "a write that comes out otherwise than its question may be done in part, and is looked up")
{
  const auto server = serve({kYes, kNo});
  HttpBench bench(kAsking);
  bench.open(*server);
  CHECK(names_of(bench.push(values("ab"))) == "unknown, unknown");
  CHECK(lines_of(*server) == "ask write ");
}

TEST_CASE("a manifest says where a dry run is asked for, and reads its answer as a whole")
{
  const auto findings_of = [](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    const HttpBench bench(text);
    return bench.findings.size();
  };
  CHECK(findings_of(kAsking, "dryRun", "dryRun") == 0);
  CHECK(findings_of(kAsking, "{ query: dryRun }", "{ field: /dry }") == 1);
  CHECK(findings_of(kAsking, "{ idempotency: /idem }",
                    "{ idempotency: /idem }, results: /results") == 1);
}

} // namespace gramsetu::connectors
