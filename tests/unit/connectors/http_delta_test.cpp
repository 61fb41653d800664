// Windows of time, conditional reads, envelopes and OData.
#include "connectors/http/delta.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

const std::string kWindow = kPlain + "      window: { from: updatedFrom, to: updatedTo, "
                                     "format: dd-MM-yyyy, zone: \"+05:30\", length: 10d, "
                                     "overlap: 1d, start: 2026-11-01 }\n";

std::vector<std::string> queries(const ScriptServer& server)
{
  std::vector<std::string> all;
  for (const Heard& heard : server.heard())
    all.push_back(query_of(heard));
  return all;
}

} // namespace

TEST_CASE("a first reading goes from its start to now, window by window, and may go on after each")
{
  const auto server = serve({list({"a"}), list({}), list({"b"})});
  HttpBench bench(kWindow);
  FakeClock clock; // 23 November 2026, 10:00 in India
  bench.time = &clock;
  bench.open(*server);
  const auto pages = bench.pull_all();
  CHECK(codes_of(pages) == "a b ");
  CHECK(queries(*server) ==
        std::vector<std::string>{"updatedFrom=01-11-2026&updatedTo=11-11-2026",
                                 "updatedFrom=11-11-2026&updatedTo=21-11-2026",
                                 "updatedFrom=21-11-2026&updatedTo=23-11-2026"});
  CHECK((*pages)[0].cursor == "2026-11-10T18:30:00.000Z");
  CHECK((*pages)[0].covers);
  CHECK((*pages)[2].cursor == "2026-11-23T04:30:00.000Z");
}

TEST_CASE("a later reading begins a little before the last end, and its last end is where it began")
{
  const auto server = serve({list({"a"}), list({"b"})});
  HttpBench bench(kWindow);
  FakeClock clock;
  bench.time = &clock;
  bench.open(*server);
  const auto first = bench.pull("", "2026-11-10T18:30:00.000Z");
  REQUIRE(first);
  CHECK_FALSE(first->last);
  clock.advance(std::chrono::hours(48)); // what comes meanwhile is the next reading's
  const auto second = bench.pull(first->next, "2026-11-10T18:30:00.000Z");
  REQUIRE(second);
  CHECK(second->last);
  CHECK(queries(*server) ==
        std::vector<std::string>{"updatedFrom=10-11-2026&updatedTo=20-11-2026",
                                 "updatedFrom=20-11-2026&updatedTo=23-11-2026"});
  CHECK(second->cursor == "2026-11-23T04:30:00.000Z");
}

TEST_CASE("pages inside a window are walked before the next window, and their guards start anew")
{
  const std::string paged = kWindow + "      pages: { by: page, page: p, pages: /pages }\n";
  const auto server = serve({list({"a"}, ",\"pages\":2"), list({"b"}, ",\"pages\":2"),
                             list({"a"}, ",\"pages\":1"), list({"c"}, ",\"pages\":1")});
  HttpBench bench(paged);
  FakeClock clock;
  bench.time = &clock;
  bench.open(*server);
  const auto pages = bench.pull_all();
  CHECK(codes_of(pages) == "a b a c ");
  CHECK_FALSE((*pages)[0].covers);
  CHECK((*pages)[0].cursor.empty());
  CHECK((*pages)[1].covers);
}

TEST_CASE("a clock that was set back asks for a window that ends after it begins")
{
  const http::DeltaPlan plan;
  const Instant now = at("2026-11-23T10:00:00Z");
  const auto delta = http::begin_delta(plan, "2026-12-23T10:00:00.000Z", now);
  REQUIRE(delta);
  CHECK(*delta->from == now - plan.overlap);
  CHECK(delta->to(plan) == now);
  CHECK(delta->last(plan));
  CHECK_FALSE(http::begin_delta(plan, "yesterday", now));
  CHECK_FALSE(http::decode_delta("w|1|"));
}

TEST_CASE("a failed window is an error, and what came before it is covered already")
{
  const auto server = serve({list({"a"}), answer(503, "")});
  HttpBench bench(kWindow);
  FakeClock clock;
  bench.time = &clock;
  bench.open(*server);
  const auto first = bench.pull();
  REQUIRE(first);
  CHECK(first->covers);
  const auto second = bench.pull(first->next);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::transient);
}

TEST_CASE("what was read by its tag is not sent again while it is the same")
{
  const std::string conditional = kPlain + "      conditional: true\n";
  const auto server =
      serve({answer(200, R"({"records":[{"code":"a"}]})", "ETag: W/\"v1\"\r\n"),
             answer(304, "", "ETag: W/\"v1\"\r\n"),
             answer(200, R"({"records":[]})", "Last-Modified: Sun, 22 Nov 2026 08:00:00 GMT\r\n"),
             answer(304, ""), answer(304, "")});
  HttpBench bench(conditional);
  bench.open(*server);
  const auto first = bench.pull();
  REQUIRE(first);
  CHECK_FALSE(first->not_modified);
  CHECK(first->tag == "tag W/\"v1\"");
  const auto same = bench.pull("", "", first->tag);
  REQUIRE(same);
  CHECK(same->not_modified);
  CHECK(same->tag == first->tag);
  const auto emptied = bench.pull("", "", first->tag);
  REQUIRE(emptied);
  CHECK_FALSE(emptied->not_modified);
  CHECK(emptied->tag == "time Sun, 22 Nov 2026 08:00:00 GMT");
  CHECK(bench.pull("", "", emptied->tag)->not_modified);
  const auto heard = server->heard();
  CHECK(heard[0].header("If-None-Match").empty());
  CHECK(heard[1].header("If-None-Match") == "W/\"v1\"");
  CHECK(heard[3].header("If-Modified-Since") == "Sun, 22 Nov 2026 08:00:00 GMT");
  // Nobody asked whether anything is new.
  const auto unasked = bench.pull();
  REQUIRE_FALSE(unasked);
  CHECK(unasked.error().kind == ErrorKind::invalid);
}

TEST_CASE("an envelope is put around every JSON body, with the token where the manifest says")
{
  const std::string top = "envelope:\n  RequestInfo: { apiId: \"{hub}\", ts: \"{now:epoch_ms}\", "
                          "msgId: \"{request_id}\", authToken: null }\n"
                          "token: /RequestInfo/authToken\n";
  const std::string stream =
      "    pull: { request: { method: POST, path: /_search, query: { tenantId: pb } }, "
      "records: /records, pages: { by: offset, offset: offset, limit: limit, size: 1 } }\n"
      "    push: { create: { path: /_create, body: /Thing }, delete: { path: /_delete, method: "
      "POST, sends: false } }\n";
  const auto server = serve({list({}), answer(200, "{}"), answer(200, "{}")});
  HttpBench bench(stream, top);
  FakeClock clock;
  bench.time = &clock;
  bench.settings.auth.kind = Auth::Kind::bearer;
  bench.settings.auth.value = Secret("s3cret");
  bench.open(*server);
  REQUIRE(bench.pull());
  CHECK(names_of(bench.push({intent(Verb::create, "a"), intent(Verb::remove, "b", "2")})) ==
        "applied, applied");
  const auto heard = server->heard();
  CHECK(heard[0].line() == "POST /_search?tenantId=pb&offset=0&limit=1 HTTP/1.1");
  const auto asked = json(heard[0].body);
  const auto* info = schema::at_pointer(asked, "/RequestInfo");
  REQUIRE(info);
  CHECK(info->object().find("apiId")->text() == "jalpaiguri");
  CHECK(info->object().find("ts")->text() == "1795408200000");
  CHECK(info->object().find("authToken")->text() == "s3cret");
  CHECK(info->object().find("msgId")->text().size() == 32);
  CHECK(heard[0].header("Authorization").empty());
  CHECK(heard[1].body == R"({"RequestInfo":{"apiId":"jalpaiguri","ts":"1795408200000",)"
                         R"("msgId":"idem-a","authToken":"s3cret"},"Thing":{"code":"a"}})");
  CHECK(schema::at_pointer(json(heard[2].body), "/RequestInfo/msgId")->text() == "idem-b");
}

TEST_CASE("OData goes by its next link, or by the token in it when the link leads astray")
{
  const std::string link = R"(,"@odata.nextLink":"Things?$skiptoken=a%2B1")";
  const auto by_link = serve({list({"a"}, link), list({"b"})});
  HttpBench bench(with_pages("{ by: odata }"));
  bench.open(*by_link);
  CHECK(codes_of(bench.pull_all()) == "a b ");
  CHECK(by_link->heard()[1].line() == "GET /Things?$skiptoken=a%2B1 HTTP/1.1");

  const std::string astray = R"(,"@odata.nextLink":"http://inside:81/x?a=1&%24skiptoken=a%2B1")";
  const auto by_token = serve({list({"a"}, astray), list({"b"})});
  HttpBench other(with_pages("{ by: odata, cursor: $skiptoken }"));
  other.open(*by_token);
  CHECK(codes_of(other.pull_all()) == "a b ");
  CHECK(by_token->heard()[1].line() == "GET /things?%24skiptoken=a%2B1 HTTP/1.1");

  const auto without = serve({list({"a"}, R"(,"@odata.nextLink":"http://inside:81/x?a=1")")});
  HttpBench third(with_pages("{ by: odata, cursor: $skiptoken }"));
  third.open(*without);
  CHECK(third.pull().error().what == "GET /things: the next page's address has no $skiptoken");
}

TEST_CASE("windows and conditions that cannot hold are found when the manifest is read")
{
  const auto finding = [](const std::string& more) {
    HttpBench bench(kPlain + "      " + more + "\n");
    return bench.findings.empty() ? std::string("none") : bench.findings.front().wrong;
  };
  CHECK(finding("window: { from: a, to: b }") == "none");
  CHECK(finding("window: { from: a }") == "'window' needs the parameters of both its ends");
  CHECK(finding("window: { from: a, to: b, start: yesterday }") == "'yesterday' is no day");
  CHECK(finding("window: { from: a, to: b, zone: IST }") == "'IST' is no zone");
  CHECK(finding("window: { from: a, to: b }\n      cursor: { field: /m, param: since }") ==
        "'window' is a cursor of its own: leave 'cursor' out");
  CHECK(finding("window: { from: a, to: b, start: 2020-01-01 }\n      deletes: snapshot") ==
        "a first reading that begins at 'start' does not show what was deleted");
  CHECK(finding("conditional: true\n      pages: { by: page, page: p }") ==
        "the tag of one page says nothing of the others");
  CHECK(finding("conditional: true\n      cursor: { field: /m, param: since }") ==
        "'conditional' is for what is read whole each time");
  CHECK(finding("conditional: true\n      deletes: { absences: 2 }") ==
        "a list that did not change is not sent again, so nothing is absent twice");
}

} // namespace gramsetu::connectors
