// Documents that a record names by an address: asked for where they may be, and what becomes of a record else.
#include "connectors/wrap/attaching.hpp"

#include "base/base64.hpp"
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>

using namespace gramsetu;
using namespace gramsetu::connectors;
using namespace gramsetu::test;

namespace {

class MemoryKeeper final : public Keeper {
public:
  std::map<std::string, std::string> kept; // by digest
  Result<void> keep(const Digest& digest, std::string_view bytes) override
  {
    kept[to_hex(digest)] = bytes;
    return {};
  }
  std::optional<std::uint64_t> size_of(const Digest& digest) override
  {
    const auto found = kept.find(to_hex(digest));
    return found == kept.end() ? std::nullopt : std::optional<std::uint64_t>(found->second.size());
  }
};

std::string stream_with(const std::string& attachment)
{
  return "    attachment: { field: /doc, type: application/pdf, max: 64B, " + attachment + " }\n" +
         kPlain;
}

// A page whose records name these addresses, and what each request after that is answered.
struct Scene {
  std::unique_ptr<ScriptServer> server;
  std::shared_ptr<MemoryKeeper> keeper = std::make_shared<MemoryKeeper>();
  HttpBench bench;
  std::unique_ptr<Connector> connector;
  int turns = 0;

  explicit Scene(std::vector<std::string> answers, const std::string& more = "",
                 const std::string& top = "")
      : server(serve(std::move(answers))), bench(stream_with("url: /at" + more), top)
  {
    bench.settings.auth.kind = Auth::Kind::bearer;
    bench.settings.auth.value = Secret("canary-token");
    bench.open(*server);
    connector = wrap::attaching(std::move(bench.connector), keeper, [this](std::stop_token) {
      ++turns;
      return Result<void>();
    });
  }

  Result<Page> pull()
  {
    const PullRequest request{&bench.stream(), {"all", {}}, "", "", "", ""};
    return connector->pull(request, {});
  }

  // Of a page with one record that is set aside.
  std::string code()
  {
    const auto page = pull();
    REQUIRE_MESSAGE(page, (page ? "" : page.error().what));
    REQUIRE(page->bad.size() == 1);
    CHECK(page->bad[0].pointer == "/doc");
    CHECK(keeper->kept.empty());
    return page->bad[0].code;
  }
};

std::string page_of(const std::vector<std::string>& addresses, const std::string& hash = "")
{
  std::string records;
  for (const auto& address : addresses)
    records += fmt::format(R"({}{{"code":"{}","at":"{}","hash":"{}"}})", records.empty() ? "" : ",",
                           address, address, hash);
  return answer(200, R"({"records":[)" + records + "]}");
}

std::string pdf(const std::string& bytes = "%PDF-1.7")
{
  return answer(200, bytes, "", "application/pdf");
}

} // namespace

TEST_CASE("a document is asked for where its record says, as everything else is asked")
{
  Scene scene({page_of({"/docs/1?size=a4"}), pdf()}, "", "headers: { X-Client: \"{hub}\" }\n");
  const auto page = scene.pull();
  REQUIRE_MESSAGE(page, (page ? "" : page.error().what));
  REQUIRE(page->records.size() == 1);
  const auto hash = to_hex(sha256("%PDF-1.7"));
  CHECK(schema::to_json(*schema::at_pointer(page->records[0].body, "/doc")) ==
        R"({"sha256":")" + hash + R"(","media_type":"application/pdf","bytes":8})");
  CHECK(scene.keeper->kept == std::map<std::string, std::string>{{hash, "%PDF-1.7"}});
  CHECK(schema::at_pointer(page->records[0].body, "/at")->is_absent()); // no drift
  const auto heard = scene.server->heard();
  REQUIRE(heard.size() == 2);
  CHECK(heard[1].line() == "GET /docs/1?size=a4 HTTP/1.1");
  CHECK(heard[1].header("Authorization") == "Bearer canary-token");
  CHECK(heard[1].header("X-Client") == "jalpaiguri");
  CHECK(scene.turns == 1);
}

TEST_CASE("another host is asked only where it is listed, and is shown nothing of ours")
{
  const auto other = serve({pdf()});
  SUBCASE("not listed")
  {
    Scene scene({page_of({other->url("/x.pdf")})});
    CHECK(scene.code() == "document_refused");
    CHECK(other->connections() == 0);
  }
  SUBCASE("listed with another port")
  {
    Scene scene({page_of({other->url("/x.pdf")})}, ", hosts: [127.0.0.1]");
    CHECK(scene.code() == "document_refused");
    CHECK(other->connections() == 0);
  }
  SUBCASE("listed")
  {
    Scene scene({page_of({other->url("/x.pdf")})},
                fmt::format(", hosts: [\"127.0.0.1:{}\"]", other->port()));
    CHECK(scene.pull()->records.size() == 1);
    CHECK(scene.keeper->kept.size() == 1);
    REQUIRE(other->heard().size() == 1);
    CHECK(other->heard()[0].head.find("canary") == std::string::npos);
  }
  SUBCASE("by a redirect of the endpoint")
  {
    Scene scene(
        {page_of({"/x.pdf"}), answer(302, "", "Location: " + other->url("/x.pdf") + "\r\n")},
        fmt::format(", hosts: [\"127.0.0.1:{}\"]", other->port()));
    CHECK(scene.code() == "document_refused");
    CHECK(other->connections() == 0);
  }
  SUBCASE("by a redirect of a listed one")
  {
    const auto inside = serve({pdf()});
    const auto listed = serve({answer(302, "", "Location: " + inside->url("/secret") + "\r\n")});
    Scene scene({page_of({listed->url("/x.pdf")})},
                fmt::format(", hosts: [\"127.0.0.1:{}\"]", listed->port()));
    CHECK(scene.code() == "document_missing");
    CHECK(inside->connections() == 0);
  }
  SUBCASE("what is no address over HTTP")
  {
    Scene scene({page_of({"file:///etc/passwd"})});
    CHECK(scene.code() == "document_refused");
  }
}

TEST_CASE("what is not what it should be sets its record aside, and no other")
{
  Scene scene({page_of({"/1", "/2", ""}), answer(503, "down"), pdf()});
  const auto page = scene.pull();
  REQUIRE(page);
  CHECK(page->records.size() == 2); // the last one has no document
  REQUIRE(page->bad.size() == 1);
  CHECK(page->bad[0].code == "document_missing");
  CHECK(page->bad[0].bytes.find("\"at\":\"/1\"") != std::string::npos);
  CHECK(Scene({page_of({"/1"}), pdf(std::string(65, 'x'))}).code() == "TOO_LARGE");
  CHECK(Scene({page_of({"/1"}, std::string(64, 'a')), pdf()}, ", digest: /hash").code() ==
        "HASH_MISMATCH");
  CHECK(Scene({page_of({"/1"}), answer(200, "<html>log in</html>", "", "text/html")}).code() ==
        "document_missing");
  CHECK(Scene({page_of({"/1"}), answer(404, "{}")}).code() == "document_missing");
}

TEST_CASE("an endpoint that says that there is no document, or not now, is believed")
{
  Scene none({page_of({"/1"}), answer(404, "{}")}, "",
             "errors: [ { status: 404, action: empty } ]\n");
  CHECK(none.pull()->records.size() == 1);
  CHECK(none.keeper->kept.empty());
  Scene later({page_of({"/1", "/2"}), answer(429, "", "Retry-After: 7\r\n")});
  const auto page = later.pull();
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::throttled);
  CHECK(page.error().retry_after == std::chrono::seconds(7));
  CHECK(later.turns == 1);
}

TEST_CASE("a document that is kept already is not asked for again")
{
  const auto hash = to_hex(sha256("%PDF-1.7"));
  Scene scene({page_of({"/1"}, hash), pdf(), page_of({"/1"}, hash)}, ", digest: /hash");
  const auto first = scene.pull();
  const auto second = scene.pull();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(second->records.at(0).body == first->records.at(0).body);
  CHECK(scene.server->heard().size() == 3);
}

TEST_CASE("a download that breaks off is gone on with")
{
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nETag: \"v1\"\r\n"
                           "Content-Length: 8\r\n\r\n";
  ScriptServer files({{send(head + "%PDF"), close()},
                      {send("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-7/8\r\n"
                            "ETag: \"v1\"\r\nContent-Length: 4\r\n\r\n-1.7")}});
  Scene scene({page_of({files.url("/x.pdf")})},
              fmt::format(", hosts: [\"127.0.0.1:{}\"]", files.port()));
  CHECK(scene.pull()->records.size() == 1);
  CHECK(scene.keeper->kept.count(to_hex(sha256("%PDF-1.7"))) == 1);
}

TEST_CASE("a stream may have several documents, and one that is asked for by a request of its own")
{
  const auto server = serve({answer(200, R"({"records":[{"code":"7","doc":"JVBERg=="}]})"), pdf()});
  HttpBench bench("    slices: { district: [\"309\"] }\n"
                  "    attachment:\n"
                  "      - { field: /doc, type: application/pdf }\n"
                  "      - field: /printed\n        type: application/pdf\n"
                  "        request: { method: POST, path: \"/print/{slice.district}\", "
                  "json: { as: pdf } }\n" +
                  kPlain);
  bench.open(*server);
  const auto keeper = std::make_shared<MemoryKeeper>();
  const auto connector = wrap::attaching(std::move(bench.connector), keeper);
  const PullRequest request{&bench.stream(), {"d", {{"district", "309"}}}, "", "", "", ""};
  const auto page = connector->pull(request, {});
  REQUIRE_MESSAGE(page, (page ? "" : page.error().what));
  CHECK(page->records.size() == 1);
  CHECK(keeper->kept.size() == 2);
  CHECK(server->heard().at(1).line() == "POST /print/309 HTTP/1.1");
  CHECK(server->heard().at(1).body == R"({"as":"pdf"})");
}

TEST_CASE("what a manifest says of a document it must be able to do")
{
  const auto findings_of = [](const std::string& attachment) {
    HttpBench bench(stream_with(attachment));
    return bench.findings.empty() ? "" : bench.findings.front().wrong;
  };
  CHECK(findings_of("url: /at") == "");
  CHECK(findings_of("url: /at, answer: true").find("or has an address") != std::string::npos);
  CHECK(findings_of("hosts: [a.example]").find("'hosts'") != std::string::npos);
  CHECK(findings_of("request: { path: \"/{nothing}\" }").find("nothing") != std::string::npos);
}
