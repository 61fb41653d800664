// Writing in bulk: whose each result is, and what the missing ones are.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

const std::string kVerbs =
    "    pull: { request: /things, id: /id, version: /v, deletes: { field: /deleted } }\n"
    "    push:\n"
    "      create: { path: /things, key: /data/id, version: /data/v }\n"
    "      update: { path: \"/things/{id}\", version: /data/v }\n"
    "      delete: { path: \"/things/{id}\" }\n";

const std::string kBulk = kVerbs + "      bulk:\n"
                                   "        max: 3\n"
                                   "        path: /things/bulk\n"
                                   "        items: /records\n"
                                   "        item: { key: /ref, id: /id, version: /v,"
                                   " idempotency: /idem }\n"
                                   "        results: /results\n"
                                   "        match: { result: /ref, by: key }\n"
                                   "        key: /id\n"
                                   "        version: /v\n"
                                   "        error: /error\n"
                                   "        code: /status\n"
                                   "        moved: [409, 412]\n"
                                   "        retry: [503]\n";

} // namespace

TEST_CASE("a batch goes out as one, and results are matched by name in whatever order they come")
{
  const auto server = serve(
      {answer(207, R"({"results":[{"ref":"c","status":412,"error":{"code":"moved"}},)"
                   R"({"ref":"nobody","id":"99"},{"ref":"a","id":"11","v":1,"error":null}]})")});
  HttpBench bench(kBulk);
  bench.open(*server);
  const auto receipts = bench.push(
      {intent(Verb::create, "a"), intent(Verb::create, "b"), intent(Verb::update, "c", "7", "3")});
  CHECK(names_of(receipts) == "applied, unknown, moved");
  CHECK(receipts[0].remote_id == "11");
  CHECK(receipts[0].version == "1");
  REQUIRE(server->heard().size() == 1);
  CHECK(server->heard()[0].line() == "POST /things/bulk HTTP/1.1");
  CHECK(server->heard()[0].body == R"({"records":[{"code":"a","ref":"a","idem":"idem-a"},)"
                                   R"({"code":"b","ref":"b","idem":"idem-b"},)"
                                   R"({"code":"c","ref":"c","idem":"idem-c","id":"7","v":3}]})");
}

TEST_CASE("each result of a batch stands for itself")
{
  const auto server = serve(
      {answer(200, R"({"results":[{"ref":"a","id":"1"},{"ref":"b","status":422,"error":"no name"},)"
                   R"({"ref":"c","status":503,"error":"busy"}]})")});
  HttpBench bench(kBulk);
  bench.open(*server);
  const auto receipts =
      bench.push({intent(Verb::create, "a"), intent(Verb::create, "b"), intent(Verb::create, "c")});
  CHECK(names_of(receipts) == "applied, refused, not sent");
  CHECK(receipts[1].error.what.find("no name") != std::string::npos);
}

TEST_CASE("a result that comes twice, lacks its id, or does not come is unknown")
{
  const auto server = serve(
      {answer(200, R"({"results":[{"ref":"a","id":"1"},{"ref":"a","id":"2"},{"ref":"b"}]})")});
  HttpBench bench(kBulk);
  bench.open(*server);
  const auto receipts =
      bench.push({intent(Verb::create, "a"), intent(Verb::create, "b"), intent(Verb::create, "c")});
  CHECK(names_of(receipts) == "unknown, unknown, unknown");
}

TEST_CASE("verbs that do not go in bulk, and batches over the limit, go out by themselves")
{
  const auto server = serve({answer(200, ""),
                             answer(200, R"({"results":[{"ref":"a","id":"1"},)"
                                         R"({"ref":"b","id":"2"},)"
                                         R"({"ref":"c","id":"3"}]})"),
                             answer(200, R"({"results":[{"ref":"d","id":"4"}]})")});
  HttpBench bench(kBulk);
  bench.open(*server);
  const auto receipts = bench.push({intent(Verb::create, "a"), intent(Verb::create, "b"),
                                    intent(Verb::remove, "x", "9"), intent(Verb::create, "c"),
                                    intent(Verb::create, "d")});
  CHECK(names_of(receipts) == "applied, applied, applied, applied, applied");
  CHECK(receipts[4].remote_id == "4");
  CHECK(server->heard()[0].line() == "DELETE /things/9 HTTP/1.1");
}

TEST_CASE(
    "a batch that is refused as a whole is halved until the one that it was refused for is found")
{
  const auto server =
      serve({answer(422, "one of them is bad"),
             answer(200, R"({"results":[{"ref":"a","id":"1"}]})"), answer(422, "bad"),
             answer(422, "bad"), answer(200, R"({"results":[{"ref":"c","id":"3"}]})")});
  HttpBench bench(kBulk);
  bench.open(*server);
  const auto receipts =
      bench.push({intent(Verb::create, "a"), intent(Verb::create, "b"), intent(Verb::create, "c")});
  CHECK(names_of(receipts) == "applied, refused, applied");
}

TEST_CASE("a batch without an answer is unknown, record by record")
{
  const ScriptServer server({{close()}, {send(answer(200, R"({"nothing":1})"))}});
  HttpBench bench(kBulk);
  bench.open(server);
  const std::vector<Intent> two = {intent(Verb::create, "a"), intent(Verb::create, "b")};
  CHECK(names_of(bench.push(two)) == "unknown, unknown");
  CHECK(names_of(bench.push(two)) == "unknown, unknown");
}

TEST_CASE("two writes of one record take two batches, since results are told apart by name")
{
  const auto server = serve({answer(200, R"({"results":[{"ref":"a","id":"1","v":1}]})"),
                             answer(200, R"({"results":[{"ref":"a","id":"1","v":2}]})")});
  HttpBench bench(kBulk);
  bench.open(*server);
  const auto receipts =
      bench.push({intent(Verb::create, "a"), intent(Verb::update, "a", "1", "1")});
  CHECK(names_of(receipts) == "applied, applied");
  CHECK(receipts[1].version == "2");
  CHECK(server->heard().size() == 2);
}

} // namespace gramsetu::connectors
