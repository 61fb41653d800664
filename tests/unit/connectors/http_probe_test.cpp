// Looking at single records, reaching an endpoint, and saying what can be done.
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

const std::string kUsual = kVerbs + "      if_match: version\n"
                                    "      idempotency: { header: Idempotency-Key }\n";

const std::string kProbe = kVerbs + "      probe:\n"
                                    "        by_id: { path: \"/things/{id}\", record: /data }\n"
                                    "        by_key: { path: /things, query: { key: \"{key}\" },"
                                    " record: /records }\n";

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

TEST_CASE("capabilities say what the manifest says")
{
  HttpBench usual(kUsual), bulk(kBulk), probe(kProbe);
  const auto server = serve({});
  for (HttpBench* bench : {&usual, &bulk, &probe})
    bench->open(*server);
  auto able = usual.connector->capabilities(usual.stream());
  CHECK((able.creates && able.updates && able.removes && able.if_version && able.idempotent));
  CHECK_FALSE(able.probes);
  CHECK(able.batch_max == 1);
  able = bulk.connector->capabilities(bulk.stream());
  CHECK(able.batch_max == 3);
  CHECK_FALSE(able.idempotent);
  CHECK(probe.connector->capabilities(probe.stream()).probes);
}

TEST_CASE("a probe finds by id, else by key, and knows what is not there")
{
  const auto server =
      serve({answer(200, R"({"data":{"code":"a","id":7,"v":5}})"), answer(404, ""),
             answer(200, R"({"records":[{"code":"c","id":1,"deleted":true},{"code":"c","id":2}]})"),
             answer(200, R"({"records":[]})")});
  HttpBench bench(kProbe);
  bench.open(*server);
  const std::vector<Reference> references = {{"a", "7"}, {"b", "8"}, {"c/x", ""}, {"d", ""}};
  const auto sightings = bench.connector->probe(bench.stream(), references, {});
  REQUIRE(sightings);
  REQUIRE(sightings->size() == 4);
  CHECK((*sightings)[0].found);
  CHECK((*sightings)[0].record.version == "5");
  CHECK_FALSE((*sightings)[1].found);
  CHECK((*sightings)[2].record.remote_id == "2");
  CHECK_FALSE((*sightings)[3].found);
  CHECK(server->heard()[0].line() == "GET /things/7 HTTP/1.1");
  CHECK(server->heard()[2].line() == "GET /things?key=c%2Fx HTTP/1.1");
}

TEST_CASE("a probe that fails is an error, never an absence")
{
  for (const std::string& bytes :
       {answer(500, ""), answer(200, "{}"), answer(200, "<html>", "", "text/html"),
        answer(200, R"({"data":)"), answer(401, "")}) {
    const auto server = serve({bytes});
    HttpBench bench(kProbe);
    bench.open(*server);
    CHECK_FALSE(bench.connector->probe(bench.stream(), std::vector<Reference>{{"a", "7"}}, {}));
  }
}

TEST_CASE("several living records with one key are not chosen from")
{
  const auto server =
      serve({answer(200, R"({"records":[{"code":"c","id":1},{"code":"c","id":2}]})")});
  HttpBench bench(kProbe);
  bench.open(*server);
  const auto sightings =
      bench.connector->probe(bench.stream(), std::vector<Reference>{{"c", ""}}, {});
  REQUIRE_FALSE(sightings);
  CHECK(sightings.error().kind == ErrorKind::invalid);
}

TEST_CASE("reach asks one cheap thing and says whether we are let in")
{
  const auto server = serve({answer(200, "[]"), answer(401, ""), answer(200, "[]")});
  HttpBench bench(kUsual, "reach: { path: /ping, query: { q: \"1\" } }\n");
  bench.open(*server);
  CHECK(bench.connector->reach({}));
  CHECK(server->heard()[0].line() == "GET /ping?q=1 HTTP/1.1");
  const auto refused = bench.connector->reach({});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::unauthorized);
  HttpBench paged("    pull:\n      request: /things\n"
                  "      pages: { by: offset, offset: skip, limit: limit, size: 500 }\n");
  paged.open(*server);
  CHECK(paged.connector->reach({}));
  CHECK(server->heard()[2].line() == "GET /things?skip=0&limit=1 HTTP/1.1");
}

TEST_CASE("only the endpoint's own word says that a record is not there")
{
  const std::string page = "<html><h1>404 Not Found</h1></html>";
  const auto look = [&](std::vector<std::string> answers) {
    const auto server = serve(std::move(answers));
    HttpBench bench(kProbe);
    bench.open(*server);
    const std::vector<Reference> one = {{"a", "7"}};
    return bench.connector->probe(bench.stream(), one, {});
  };
  SUBCASE("a proxy's page is no such word")
  {
    const auto seen = look({answer(404, page, "", "text/html")});
    REQUIRE_FALSE(seen);
    CHECK(seen.error().kind == ErrorKind::transient);
  }
  SUBCASE("nor is what stands behind a redirect")
  {
    const auto seen = look({answer(302, "", "Location: /login\r\n"), answer(404, "{}")});
    REQUIRE_FALSE(seen);
    CHECK(seen.error().kind == ErrorKind::transient);
    CHECK(seen.error().what == "GET /things/7: redirected, and answered 404 there");
  }
  SUBCASE("an answer that breaks off is asked for again")
  {
    const auto seen = look({answer(200, R"({"data":{"code")")});
    REQUIRE_FALSE(seen);
    CHECK(seen.error().kind == ErrorKind::transient);
  }
  SUBCASE("its own 404 is, and so is one that says nothing")
  {
    for (const std::string& body : {std::string(R"({"message":"no such thing"})"), std::string()}) {
      const auto seen = look({answer(404, body)});
      REQUIRE(seen);
      CHECK_FALSE(seen->front().found);
    }
  }
}

} // namespace gramsetu::connectors
