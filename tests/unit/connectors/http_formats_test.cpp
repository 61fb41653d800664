// Answers in CSV, NDJSON and XML, and requests in XML and as forms.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

const std::string kCsv = "    pull: { request: { path: /things }, format: csv }\n";
const std::string kLines = "    pull: { request: { path: /things }, format: ndjson }\n";
const std::string kXml = "    pull:\n      request: { path: /things }\n      format: xml\n"
                         "      records: /Things/Thing\n";

// The codes of one answer, or its error.
std::string codes(const std::string& bytes, const std::string& stream)
{
  const auto page = pull_one(bytes, stream);
  if (!page) return std::string(name_of(page.error().kind)) + ": " + page.error().what;
  std::string seen;
  for (const RemoteRecord& record : page->records)
    seen += record.body.object().find("code")->text() + " ";
  for (const BadPiece& piece : page->bad)
    seen += "(" + piece.pointer + " " + piece.code + ") ";
  return seen + (page->damaged ? "damaged" : "whole");
}

std::string as(const std::string& body, const std::string& type)
{
  return answer(200, body, "", type);
}

} // namespace

TEST_CASE("CSV, NDJSON and XML are pages like any other")
{
  CHECK(codes(as("code,name\r\na,x\r\nb,y\r\n", "text/csv"), kCsv) == "a b whole");
  CHECK(codes(as("{\"code\":\"a\"}\n\n{\"code\":\"b\"}", "application/x-ndjson"), kLines) ==
        "a b whole");
  CHECK(codes(as("<Things><Thing><code>a</code></Thing><Thing><code>b</code></Thing></Things>",
                 "application/xml"),
              kXml) == "a b whole");
}

TEST_CASE("a bad row, line or element is set aside and the rest goes on")
{
  CHECK(codes(as("code,name\r\na,x\r\nb\r\nc,z\r\n", "text/csv"), kCsv) ==
        "a c (line 3 wrong_columns) damaged");
  CHECK(codes(as("{\"code\":\"a\"}\n{\"code\":\n{\"code\":\"c\"}\n", "text/plain"), kLines) ==
        "a c (line 2 malformed) damaged");
  CHECK(codes(as("<Things><Thing>x</Thing><Thing><code>c</code></Thing></Things>", "text/xml"),
              kXml) == "c (byte 24 malformed) damaged");
}

TEST_CASE("a login page, an error document and an empty answer are failed requests in every format")
{
  for (const std::string& stream : {kCsv, kXml, kLines}) {
    CAPTURE(stream);
    for (const std::string& bytes :
         {as("<html><body>Login</body></html>", "text/html"),
          as("<!DOCTYPE html><html/>", "text/xml"), as("<html><body/></html>", "text/plain")}) {
      const std::string got = codes(bytes, stream);
      CHECK(got.substr(0, 10) == "transient:");
    }
  }
  CHECK(codes(as("{\"error\":\"quota\"}", "application/json"), kCsv).substr(0, 10) == "transient:");
  CHECK(codes(as("", "text/csv"), kCsv).substr(0, 10) == "transient:");
  CHECK(codes(as("", "text/xml"), kXml).substr(0, 10) == "transient:");
  CHECK(codes(as("", "application/x-ndjson"), kLines) == "whole");
}

TEST_CASE("lines whose end nobody states may be cut, and are asked for again")
{
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
  for (const auto& [stream, body] : {std::pair(kCsv, std::string("code\r\na\r\n")),
                                     std::pair(kLines, std::string("{\"code\":\"a\"}\n"))}) {
    const ScriptServer server({{send(head + body)}});
    HttpBench bench(stream);
    bench.open(server);
    const auto page = bench.pull();
    REQUIRE_FALSE(page);
    CHECK(page.error().what ==
          "GET /things: the answer does not say how long it is, so it may be cut");
  }
}

TEST_CASE("XML closes by itself: cut at any byte it is asked for again")
{
  const std::string body = "<Things><Thing><code>a</code></Thing></Things>";
  for (std::size_t cut = 0; cut < body.size(); cut += 5) {
    CAPTURE(cut);
    const ScriptServer server(
        {{send("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + body.substr(0, cut))}});
    HttpBench bench(kXml);
    bench.open(server);
    const auto page = bench.pull();
    REQUIRE_FALSE(page);
    CHECK(page.error().kind == ErrorKind::transient);
  }
}

TEST_CASE("XML that declares entities, or is malformed, gives no record and proves nothing")
{
  const std::string bomb = "<!DOCTYPE t [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
                           "<Things><Thing><code>&b;</code></Thing></Things>";
  CHECK(codes(as(bomb, "text/xml"), kXml) == "( malformed) damaged");
  CHECK(codes(as("<Things><Thing><code>a</code></Thing><Thing></Things>", "text/xml"), kXml) ==
        "( malformed) damaged");
}

TEST_CASE("pages of rows go on by number; pages of XML by what stands around the records")
{
  const std::string by_page = "    pull:\n      request: { path: /things }\n      format: csv\n"
                              "      pages: { by: page, page: p }\n";
  const auto rows = serve({as("code\r\na\r\n", "text/csv"), as("code\r\nb\r\n", "text/csv"),
                           as("code\r\n", "text/csv")});
  HttpBench bench(by_page);
  bench.open(*rows);
  CHECK(codes_of(bench.pull_all()) == "a b ");

  const std::string by_link = kXml + "      pages: { by: next_link, next: /Things/@next }\n";
  const auto xml =
      serve({as("<Things next='things?p=2'><Thing><code>a</code></Thing></Things>", "text/xml"),
             as("<Things><Thing><code>b</code></Thing></Things>", "text/xml")});
  HttpBench other(by_link);
  other.open(*xml);
  CHECK(codes_of(other.pull_all()) == "a b ");
  CHECK(xml->heard()[1].line() == "GET /things?p=2 HTTP/1.1");
}

TEST_CASE("what a format needs is said when the manifest is read")
{
  const auto finding = [](const std::string& pull) {
    HttpBench bench("    pull: { request: { path: /things }, " + pull + " }\n");
    return bench.findings.empty() ? std::string("none") : bench.findings.front().wrong;
  };
  CHECK(finding("format: { format: csv, delimiter: \";\" }") == "none");
  CHECK(finding("format: { format: xml, lists: [To] }, records: /Batch/Payment") == "none");
  CHECK(finding("format: xml") == "XML needs the path of its record elements");
  CHECK(finding("format: csv, records: /x").find("CSV and NDJSON have no place") == 0);
  CHECK(finding("format: { format: csv, delimitre: \";\" }").find("delimitre") !=
        std::string::npos);
  CHECK(finding("format: yaml").find("yaml") != std::string::npos);
}

TEST_CASE("records are written as XML and as forms, and answers to them read as XML")
{
  const std::string xml = "    push:\n      create:\n        path: /things\n"
                          "        xml: { Request: { \"@v\": \"1\", Thing: null } }\n"
                          "        body: /Request/Thing\n        answer: xml\n"
                          "        key: /Reply/Id\n"
                          "      update: { path: \"/things/{id}\", method: POST, content: form }\n";
  const auto server = serve({as("<Reply><Id>7</Id></Reply>", "text/xml"), answer(200, "")});
  HttpBench bench(xml);
  bench.open(*server);
  auto receipts = bench.push({intent(Verb::create, "a&b"), intent(Verb::update, "a=b", "7")});
  CHECK(names_of(receipts) == "applied, applied");
  CHECK(receipts[0].remote_id == "7");
  const auto heard = server->heard();
  CHECK(heard[0].header("Content-Type") == "application/xml");
  CHECK(heard[0].body ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Request v=\"1\"><Thing><code>"
        "a&amp;b</code></Thing></Request>");
  CHECK(heard[1].header("Content-Type") == "application/x-www-form-urlencoded");
  CHECK(heard[1].body == "code=a%3Db");
}

TEST_CASE("a record that the form of a request cannot hold is refused, and nothing leaves")
{
  HttpBench bench("    push:\n      create: { path: /things, content: form }\n");
  const auto server = serve({answer(200, "")});
  bench.open(*server);
  auto one = intent(Verb::create, "a");
  one.body = json(R"({"code":["a","b"]})");
  CHECK(names_of(bench.push({one})) == "refused");
  CHECK(server->heard().empty());
}

} // namespace gramsetu::connectors
