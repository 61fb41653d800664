// Reading by manifest: error rules, what a page proves, and what is saved of a bad one.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

TEST_CASE("what is no JSON is a failed request, never an empty page")
{
  for (const std::string& bytes :
       {answer(200, "<html><body>Login</body></html>", "", "text/html"),
        answer(200, "<html>", "", "application/json"), answer(200, "Service unavailable"),
        answer(200, "{}", "", "text/html; charset=utf-8"), answer(200, ""), answer(200, "   ")}) {
    const auto page = pull_one(bytes);
    REQUIRE_FALSE(page);
    CHECK(page.error().kind == ErrorKind::transient);
  }
  const auto login =
      pull_one(answer(200, "<html>\x1b[31m" + std::string(500, 'x'), "", "text/html"));
  REQUIRE_FALSE(login);
  CHECK(login.error().what.find("\\x1b[31m") != std::string::npos);
  CHECK(login.error().what.size() < 250);
}

TEST_CASE("an answer without the list is a failed request; a null list is an empty one")
{
  CHECK_FALSE(pull_one(answer(200, "{}")));
  CHECK_FALSE(pull_one(answer(200, R"({"record":[]})")));
  const auto none = pull_one(answer(200, R"({"records":null})"));
  REQUIRE(none);
  CHECK(none->records.empty());
  const auto empty = pull_one(answer(200, R"({"records":[]})"));
  REQUIRE(empty);
  CHECK_FALSE(empty->damaged);
}

TEST_CASE("a body cut where nothing states its length is asked for again, at whatever byte")
{
  const std::string body = R"({"records":[{"code":"a","name":"x"},{"code":"b"}],"total":2})";
  for (std::size_t cut = 0; cut < body.size(); cut += 3) {
    CAPTURE(cut);
    const ScriptServer server({{send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" +
                                     body.substr(0, cut))}});
    HttpBench bench(kPlain);
    bench.open(server);
    const auto page = bench.pull();
    REQUIRE_FALSE(page);
    CHECK(page.error().kind == ErrorKind::transient);
  }
}

TEST_CASE("one element that is no record, or not UTF-8, is set aside and the rest goes on")
{
  const auto page =
      pull_one(answer(200, "{\"records\":[{\"code\":\"a\"},7,{\"code\":\"b\",\"name\":"
                           "\"caf\xe9\"},{\"code\":\"c\"}]}"));
  REQUIRE(page);
  CHECK(page->records.size() == 2);
  CHECK(page->damaged);
  REQUIRE(page->bad.size() == 2);
  CHECK(page->bad[0].pointer == "/records/1");
  CHECK(page->bad[0].bytes == "7");
  CHECK(page->bad[1].pointer == "/records/2");
  CHECK(page->bad[1].code == "bad_encoding");
  CHECK(page->bad[1].bytes == "{\"code\":\"b\",\"name\":\"caf\xe9\"}");
}

TEST_CASE("every status means something, and none means that there are no records")
{
  const std::vector<std::pair<int, ErrorKind>> meanings = {
      {304, ErrorKind::invalid},      {400, ErrorKind::invalid},   {401, ErrorKind::unauthorized},
      {403, ErrorKind::unauthorized}, {404, ErrorKind::not_found}, {405, ErrorKind::invalid},
      {408, ErrorKind::transient},    {410, ErrorKind::not_found}, {409, ErrorKind::precondition},
      {412, ErrorKind::precondition}, {413, ErrorKind::invalid},   {422, ErrorKind::invalid},
      {425, ErrorKind::throttled},    {429, ErrorKind::throttled}, {500, ErrorKind::transient},
      {502, ErrorKind::transient},    {503, ErrorKind::transient}, {504, ErrorKind::transient},
      {599, ErrorKind::transient}};
  for (const auto& [status, kind] : meanings) {
    CAPTURE(status);
    const auto page = pull_one(answer(status, status == 304 ? "" : R"({"records":[]})"));
    REQUIRE_FALSE(page);
    CHECK(page.error().kind == kind);
  }
}

TEST_CASE("the first error rule that fits decides")
{
  const std::string top = "errors:\n"
                          "  - { status: 500, body: \"not available*code\", action: empty }\n"
                          "  - { status: [500, 404], body: does not exist, action: fail }\n"
                          "  - { status: 403, header: { X-Reason: quota }, action: throttled }\n"
                          "  - { status: 200, body: please log in, action: unauthorized }\n";
  const auto kind = [&](const std::string& bytes) {
    const auto page = pull_one(bytes, kPlain, top);
    return page ? std::string("page") : std::string(name_of(page.error().kind));
  };
  const auto plain = [](int status, const std::string& body, const std::string& headers = "") {
    return answer(status, body, headers, "text/plain");
  };
  CHECK(kind(plain(500, "Localbody are NOT available for provided District Code 12")) == "page");
  CHECK(kind(plain(500, "code 12: not available")) == "transient");
  CHECK(kind(plain(500, "District 9 does not exist in LGD")) == "invalid");
  CHECK(kind(plain(403, "", "X-Reason: Quota exceeded\r\n")) == "throttled");
  CHECK(kind(plain(403, "")) == "unauthorized");
  CHECK(kind(plain(200, "Please log in again")) == "unauthorized");
  const auto empty = pull_one(plain(500, "Blocks are not available for Code 1"), kPlain, top);
  REQUIRE(empty);
  CHECK((empty->records.empty() && empty->last && !empty->damaged));
}

TEST_CASE("an error that means nothing is there must have come whole")
{
  const std::string top = "errors: [ { status: 404, body: not available, action: empty } ]\n";
  const auto said = [&](const std::string& length) {
    return pull_one("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: " +
                        length + "\r\n\r\nBlocks are not available",
                    kPlain, top);
  };
  CHECK(said("24"));
  const auto cut = said("90");
  REQUIRE_FALSE(cut);
  CHECK(cut.error().kind == ErrorKind::transient);
}

TEST_CASE("Retry-After is honoured in seconds and as a date, and not for ever")
{
  using namespace std::chrono_literals;
  const auto wait = [](const std::string& value) {
    const auto page = pull_one(answer(429, "", "Retry-After: " + value + "\r\n"));
    REQUIRE_FALSE(page);
    return page.error().retry_after;
  };
  CHECK(wait("7") == 7s);
  CHECK(wait("0") == 0s);
  CHECK(wait("999999999") == 1h);
  CHECK(wait("Fri, 31 Dec 9999 23:59:59 GMT") == 1h);
  CHECK(wait("Sun, 06 Nov 1994 08:49:37 GMT") == 0s);
  for (const std::string garbage : {"-5", "soon", "1.5", "", "99999999999999999999"})
    CHECK_FALSE(wait(garbage).has_value());
}

TEST_CASE("a 200 that says in its body that it failed is a failed request")
{
  const std::string top = "success: { pointer: /status, equals: [ok, success] }\n";
  CHECK_FALSE(pull_one(answer(200, R"({"status":"FAILED","records":[]})"), kPlain, top));
  CHECK_FALSE(pull_one(answer(200, R"({"records":[]})"), kPlain, top));
  CHECK(pull_one(answer(200, R"({"status":"success","records":[]})"), kPlain, top));
}

TEST_CASE("a redirect of a read is followed three times inside its origin, and nowhere else")
{
  const auto other = serve({list({"x"})});
  const auto moved = [](const std::string& to) {
    return answer(302, "", "Location: " + to + "\r\n");
  };
  SUBCASE("home")
  {
    const auto server = serve({moved("/b"), moved("/c"), moved("/d"), list({"a"})});
    HttpBench bench(kPlain);
    bench.open(*server);
    CHECK(bench.pull());
    CHECK(server->heard()[3].line() == "GET /d HTTP/1.1");
  }
  SUBCASE("too often")
  {
    const auto server = serve({moved("/b"), moved("/c"), moved("/d"), moved("/e"), list({"a"})});
    HttpBench bench(kPlain);
    bench.open(*server);
    CHECK_FALSE(bench.pull());
  }
  SUBCASE("away")
  {
    for (const std::string& to : {other->url("/x"), std::string("file:///etc/passwd"),
                                  std::string("https://example.gov.in/"), std::string("")}) {
      const auto server = serve({moved(to)});
      HttpBench bench(kPlain);
      bench.open(*server);
      const auto page = bench.pull();
      REQUIRE_FALSE(page);
      CHECK(page.error().kind == ErrorKind::unsupported);
    }
    CHECK(other->connections() == 0);
  }
}

TEST_CASE("values fill the request, each as one encoded piece")
{
  const auto server = serve({list({"a"}), list({"b"})});
  HttpBench bench(
      "    slices: { district: hub.district }\n"
      "    pull:\n"
      "      request: { path: \"/d/{slice.district}/things\","
      " query: { year: \"{options.year:2025-26}\", q: \"{options.q}\", hub: \"{hub}\" },"
      " headers: { X-Year: \"{options.year:2025-2026}\" } }\n"
      "      records: /records\n"
      "      cursor: { field: /at, param: since, type: timestamp }\n",
      "options: { q: { type: text, default: \"\" },"
      " year: { type: text, default: \"2025\" } }\n"
      "headers: { Accept: application/json }\n");
  bench.settings.options["q"] = "a b&c=+05:30";
  bench.open(*server);
  REQUIRE(bench.pull("", "2026-11-23T10:00:00+05:30"));
  const auto heard = server->heard();
  CHECK(heard[0].line() == "GET /d/309/things?year=2025-26&q=a%20b%26c%3D%2B05%3A30&hub=jalpaiguri"
                           "&since=2026-11-23T10%3A00%3A00%2B05%3A30 HTTP/1.1");
  CHECK(heard[0].header("X-Year") == "2025-2026");
  CHECK(heard[0].header("Accept") == "application/json");
  bench.settings.options["q"] = "";
  bench.open(*server);
  REQUIRE(bench.pull());
  CHECK(query_of(server->heard()[1]) == "year=2025-26&hub=jalpaiguri");
}

TEST_CASE("forms and JSON bodies carry pages and cursors as well")
{
  const auto server = serve({list({"a"}), list({"b"})});
  HttpBench form("    pull:\n"
                 "      request: { method: POST, path: /list, form: { outputFormat: json } }\n"
                 "      records: /records\n"
                 "      pages: { by: page, page: page, first: 0, pages: /n }\n");
  form.open(*server);
  REQUIRE(form.pull());
  CHECK(server->heard()[0].body == "outputFormat=json&page=0");
  CHECK(server->heard()[0].header("Content-Type") == "application/x-www-form-urlencoded");
  HttpBench body("    pull:\n"
                 "      request: { method: POST, path: /_search,"
                 " json: { criteria: { tenant: \"t-{hub}\", active: true, n: 5, s: \"5\" } } }\n"
                 "      records: /records\n"
                 "      pages: { by: offset, offset: /criteria/offset, limit: /criteria/limit,"
                 " size: 10 }\n"
                 "      cursor: { field: /at, param: /criteria/since, type: integer }\n");
  body.open(*server);
  REQUIRE(body.pull("", "1700000000000"));
  CHECK(server->heard()[1].body ==
        R"({"criteria":{"tenant":"t-jalpaiguri","active":true,"n":5,"s":"5","offset":0,)"
        R"("limit":10,"since":1700000000000}})");
}

TEST_CASE("the envelope is read, and times in the endpoint's own form become a cursor that sorts")
{
  const std::string records =
      R"({"records":[{"code":"a","id":7,"v":3,"del":"Y","at":"02/01/2026 10:00:00"},)"
      R"({"code":"b","id":8,"v":1,"del":"N","at":"28/12/2025 10:00:00"}]})";
  const auto page = pull_one(
      answer(200, records),
      kPlain + "      id: { field: /id }\n      version: { field: /v }\n"
               "      modified: { field: /at, format: \"dd/MM/yyyy HH:mm:ss\", zone: \"+05:30\" }\n"
               "      cursor: { field: /at, param: since, type: timestamp }\n"
               "      deletes: { field: /del }\n");
  REQUIRE(page);
  REQUIRE(page->records.size() == 2);
  CHECK(page->records[0].remote_id == "7");
  CHECK(page->records[0].version == "3");
  CHECK(page->records[0].deleted);
  CHECK_FALSE(page->records[1].deleted);
  CHECK(page->cursor == "2026-01-02T04:30:00.000Z");
}

TEST_CASE("a record is given what was asked for, and others are not of the slice")
{
  const auto page =
      pull_one(answer(200, R"({"records":[{"code":"a","d":309},{"code":"b","d":310}]})"),
               "    slices: { district: hub.district }\n" + kPlain +
                   "      only: { /d: \"{slice.district}\" }\n"
                   "      add: { /parent/code: \"{slice.district}\", /code: other }\n");
  REQUIRE(page);
  REQUIRE(page->records.size() == 1);
  CHECK(schema::to_json(page->records[0].body) ==
        R"({"code":"a","d":309,"parent":{"code":"309"}})");
}

TEST_CASE("everything wrong in the http part of a manifest is found in one go")
{
  const HttpBench bench("    pull:\n"
                        "      request: { method: FETCH, path: things, querry: {} }\n"
                        "      pages: { by: offset, limit: limit }\n"
                        "      cursor: { field: /at }\n"
                        "    push:\n"
                        "      create: { path: \"/x/{nme}\" }\n"
                        "      if_match: sometimes\n"
                        "      bulk: { path: /bulk, verbs: [upsert] }\n",
                        "errors:\n  - { status: 42, action: explode }\n");
  std::string all;
  for (const auto& finding : bench.findings)
    all += schema::to_text(finding) + "\n";
  for (const std::string wanted :
       {"'FETCH' is no value for 'method'", "does not begin with '/'", "did you mean 'query'?",
        "pages by offset need 'offset'", "there is no 'size'", "the cursor is never sent",
        "nothing is called '{nme}' here", "'if_match' must say where it goes",
        "'upsert' is no verb", "which result belongs to which item", "'42' is no HTTP status",
        "'explode' is no value for 'action'"}) {
    CAPTURE(wanted);
    CHECK_MESSAGE(all.find(wanted) != std::string::npos, all);
  }
}

TEST_CASE("an endpoint that cannot be opened says why")
{
  HttpBench bench(kPlain);
  for (const std::string url :
       {"http://example.gov.in", "ftp://x", "https://u:p@x/", "nonsense", "https://x/?a=b", ""}) {
    CAPTURE(url);
    bench.settings.url = url;
    const auto opened = http::transport_type().open(
        bench.settings, {bench.clock, Log(bench.clock, bench.sink), "jalpaiguri"});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == ErrorKind::invalid);
  }
}

} // namespace gramsetu::connectors
