// Writing in bulk: whose each result is, and what the missing ones are.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

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

TEST_CASE("results that name others, or too many, say nothing of those whom they leave out")
{
  const auto server = serve({answer(
      200, R"({"results":[{"ref":"x","id":"9"},{"ref":"c","id":"3"},{"ref":"y","error":"no"},)"
           R"({"id":"8"},{"ref":"","id":"7"},{"ref":"b","status":422,"error":"no name"},null]})")});
  HttpBench bench(kBulk);
  bench.open(*server);
  const auto receipts =
      bench.push({intent(Verb::create, "a"), intent(Verb::create, "b"), intent(Verb::create, "c")});
  CHECK(names_of(receipts) == "unknown, refused, applied");
  CHECK(receipts[0].error.what.find("says nothing of this record") != std::string::npos);
  CHECK(receipts[2].remote_id == "3");
  CHECK(receipts[0].batch == receipts[2].batch);
}

TEST_CASE("a batch that is accepted and not done yet is unknown, but for what is refused at once")
{
  const auto server =
      serve({answer(202, R"({"results":[{"ref":"a","id":"1"},{"ref":"b","error":"no name"}]})")});
  HttpBench bench(kBulk);
  bench.open(*server);
  const auto receipts = bench.push({intent(Verb::create, "a"), intent(Verb::create, "b")});
  CHECK(names_of(receipts) == "unknown, refused");
}

TEST_CASE("a batch that is too large is sent in parts; a record that is too large is refused alone")
{
  const auto server = serve(
      {answer(413, ""), answer(200, R"({"results":[{"ref":"a","id":"1"}]})"), answer(413, "")});
  HttpBench bench(kBulk);
  bench.open(*server);
  const auto receipts = bench.push({intent(Verb::create, "a"), intent(Verb::create, "b")});
  CHECK(names_of(receipts) == "applied, refused");
  CHECK(receipts[1].error.what.find("answered 413") != std::string::npos);
}

TEST_CASE(
    "one that was in a batch goes as a batch again, and a stream without single writes always does")
{
  const std::string done = R"({"results":[{"ref":"a","id":"1"}]})";
  const auto server = serve({answer(200, done), answer(200, done)});
  HttpBench bench(kBulk);
  bench.open(*server);
  auto again = intent(Verb::create, "a");
  again.batch = "some";
  CHECK(names_of(bench.push({again})) == "applied");
  HttpBench only(kBulk.substr(0, kBulk.find("      create:")) +
                 kBulk.substr(kBulk.find("      bulk:")) + "        verbs: [create, update]\n");
  only.open(*server);
  CHECK(names_of(only.push({intent(Verb::create, "a")})) == "applied");
  for (const auto& heard : server->heard())
    CHECK(heard.line() == "POST /things/bulk HTTP/1.1");
}

namespace {

// All or nothing, with a key for the batch; of whole batches of up to eight.
const std::string kAtomic =
    "    pull: { request: /things, id: /id, version: /v, deletes: { field: /deleted } }\n"
    "    push:\n"
    "      bulk: { max: 8, path: /things/bulk, verbs: [create], items: /records,\n"
    "              item: { key: /ref }, results: /results, match: { result: /ref, by: key },\n"
    "              key: /id, error: /error, code: /status, retry: [503], all_or_nothing: true,\n"
    "              idempotency: { header: Batch-Key } }\n"
    "      idempotency: { retention: 2h }\n"
    "      success: { pointer: /status, equals: [ACCP] }\n";

std::vector<Intent> creates(const std::string& names)
{
  std::vector<Intent> all;
  for (const char name : names)
    all.push_back(intent(Verb::create, std::string(1, name)));
  return all;
}

std::string refs_of(const Heard& heard)
{
  std::string refs;
  const auto body = json(heard.body);
  for (const auto& item : schema::at_pointer(body, "/records")->list())
    refs += item.object().find("ref")->text();
  return refs;
}

std::string accepted(const std::string& names)
{
  std::string results;
  for (const char name : names)
    results += std::string(results.empty() ? "" : ",") + R"({"ref":")" + name + R"(","id":"id-)" +
               name + R"("})";
  return answer(200, R"({"status":"ACCP","results":[)" + results + "]}");
}

const std::string kRejected = answer(200, R"({"status":"RJCT"})");

} // namespace

TEST_CASE("one bad item rejects the whole batch: halves find it, and the others are carried out")
{
  const auto server = serve({kRejected, accepted("abcd"), kRejected, kRejected, kRejected,
                             accepted("f"), accepted("gh")});
  HttpBench bench(kAtomic);
  bench.open(*server);
  const auto receipts = bench.push(creates("abcdefgh"));
  CHECK(names_of(receipts) ==
        "applied, applied, applied, applied, refused, applied, applied, applied");
  CHECK(receipts[4].error.what.find("the batch was rejected") != std::string::npos);
  CHECK(receipts[7].remote_id == "id-h");
  std::string parts;
  std::set<std::string> keys;
  for (const auto& heard : server->heard()) {
    parts += refs_of(heard) + " ";
    keys.insert(heard.header("Batch-Key"));
  }
  CHECK(parts == "abcdefgh abcd efgh ef e f gh ");
  CHECK(keys.size() == 7); // each part is another batch
}

TEST_CASE(
    "the same batch again has the same keys in all of its parts, and another batch has others")
{
  const auto server = serve(
      {kRejected, accepted("a"), kRejected, kRejected, accepted("a"), kRejected, accepted("ba")});
  HttpBench bench(kAtomic);
  bench.open(*server);
  CHECK(names_of(bench.push(creates("ab"))) == "applied, refused");
  CHECK(names_of(bench.push(creates("ab"))) == "applied, refused");
  bench.push(creates("ba"));
  const auto heard = server->heard();
  REQUIRE(heard.size() == 7);
  for (int i = 0; i < 3; ++i) {
    CHECK(heard[i].header("Batch-Key") == heard[i + 3].header("Batch-Key"));
    CHECK(heard[i].body == heard[i + 3].body);
  }
  CHECK(heard[6].header("Batch-Key") != heard[0].header("Batch-Key"));
}

TEST_CASE("a rejection that names its culprits is believed, and the innocent go again together")
{
  const auto server = serve(
      {answer(422, R"({"results":[{"ref":"b","status":422,"error":"no name"},{"ref":"a","id":"1"},)"
                   R"({"ref":"d","status":503,"error":"busy"}]})"),
       accepted("ac")});
  HttpBench bench(kAtomic);
  bench.open(*server);
  const auto receipts = bench.push(creates("abcd"));
  CHECK(names_of(receipts) == "applied, refused, applied, not sent");
  CHECK(receipts[0].remote_id == "id-a");
  REQUIRE(server->heard().size() == 2);
  CHECK(refs_of(server->heard()[1]) == "ac");
}

TEST_CASE("parts without an answer are unknown by themselves, in the batch that they went out in")
{
  const ScriptServer server({{send(kRejected)}, {close()}, {send(accepted("cd"))}});
  HttpBench bench(kAtomic);
  bench.open(server);
  const auto receipts = bench.push(creates("abcd"));
  CHECK(names_of(receipts) == "unknown, unknown, applied, applied");
  const auto all = creates("ab");
  const std::vector<const Intent*> part = {&all[0], &all[1]};
  CHECK(receipts[0].batch == batch_key(part));
  CHECK(receipts[1].batch == receipts[0].batch);
}

TEST_CASE("an endpoint that rejects everything is not asked without end")
{
  const auto server = serve(std::vector<std::string>(70, kRejected));
  std::vector<Intent> many;
  for (int i = 0; i < 200; ++i)
    many.push_back(intent(Verb::create, "r" + std::to_string(i)));
  HttpBench wide(std::string(kAtomic).replace(kAtomic.find("max: 8"), 6, "max: 200"));
  wide.open(*server);
  const auto receipts = wide.push(many);
  CHECK(server->heard().size() == 64);
  const auto not_sent = std::count_if(receipts.begin(), receipts.end(), [](const auto& receipt) {
    return receipt.outcome == Receipt::Outcome::not_sent;
  });
  CHECK(not_sent > 100);
  CHECK(std::none_of(receipts.begin(), receipts.end(), [](const auto& receipt) {
    return receipt.outcome == Receipt::Outcome::unknown;
  }));
}

TEST_CASE("what a stream may promise depends on how its batches carry keys and versions")
{
  const auto server = serve({});
  const auto able = [&](const std::string& text) {
    HttpBench bench(text);
    bench.open(*server);
    return bench.connector->capabilities(bench.stream());
  };
  auto atomic = able(kAtomic);
  CHECK((atomic.creates && atomic.idempotent && atomic.keys_by_batch));
  CHECK(atomic.retention == std::chrono::hours(2));
  CHECK_FALSE(able(kBulk).idempotent); // single writes carry none
  auto both = able(kBulk + "      idempotency: { header: Key, retention: 3d }\n"
                           "      if_match: version\n"
                           "      probe: { path: \"/things/{id}\", lag: 10m }\n");
  CHECK((both.idempotent && both.if_version && both.probes));
  CHECK_FALSE(both.keys_by_batch);
  CHECK(both.retention == std::chrono::hours(72));
  CHECK(both.probe_lag == std::chrono::minutes(10));
  auto bare = kBulk + "      idempotency: { header: Key }\n      if_match: version\n";
  CHECK(able(bare).retention == kUnstatedRetention);
  bare.replace(bare.find(" version: /v, idempotency: /idem"), 32, ""); // of the items
  CHECK_FALSE(able(bare).if_version);
  CHECK_FALSE(able(bare).idempotent);
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
