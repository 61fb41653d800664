// Documents taken out of records.
#include "connectors/wrap/attaching.hpp"

#include "base/base64.hpp"
#include "schema/json.hpp"
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace gramsetu;
using namespace gramsetu::connectors;
using namespace gramsetu::test;

namespace {

class MemoryKeeper final : public Keeper {
public:
  std::map<std::string, std::string> kept; // by digest
  bool refuses = false;
  Result<void> keep(const Digest& digest, std::string_view bytes) override
  {
    if (refuses) return fail(ErrorKind::transient, "no space left");
    kept[to_hex(digest)] = bytes;
    return {};
  }
};

// One page of what it is given.
class Told final : public Connector {
public:
  Page page;
  Capabilities capabilities(const Stream&) const override { return {}; }
  Result<Page> pull(const PullRequest&, std::stop_token) override { return page; }
  std::vector<Receipt> push(const Stream&, std::span<const Intent>, std::stop_token) override
  {
    return {};
  }
  Result<std::vector<Sighting>> probe(const Stream&, std::span<const Reference>,
                                      std::stop_token) override
  {
    return std::vector<Sighting>{{true, page.records.front()}, {}};
  }
  Result<std::string> reach(std::stop_token) override { return std::string(); }
};

struct Scene {
  Stream stream;
  std::shared_ptr<MemoryKeeper> keeper = std::make_shared<MemoryKeeper>();
  Told* told = nullptr;
  std::unique_ptr<Connector> connector;

  explicit Scene(const std::string& type = "application/pdf")
  {
    std::vector<schema::Finding> findings;
    stream.pull = schema::parse_document("attachment: { field: /doc, digest: /hash, max: 64B, "
                                         "type: \"" +
                                             type + "\" }",
                                         "m.yaml", findings);
    auto inner = std::make_unique<Told>();
    told = inner.get();
    connector = wrap::attaching(std::move(inner), keeper);
  }

  Result<Page> pull(const std::string& json)
  {
    RemoteRecord record;
    record.body = schema::parse_json(json).value();
    told->page.records = {record};
    PullRequest request;
    request.stream = &stream;
    return connector->pull(request, {});
  }
};

std::string with(const std::string& bytes, const std::string& hash = "")
{
  return R"({"id":"1","doc":")" + base64(bytes) + R"(","hash":")" + hash + "\"}";
}

} // namespace

TEST_CASE("a document is kept by its digest, and the record says which, of what type and how long")
{
  Scene scene;
  const auto hash = to_hex(sha256("%PDF-1.7"));
  const auto page = scene.pull(with("%PDF-1.7", hash));
  REQUIRE(page);
  CHECK(schema::to_json(page->records.at(0).body) ==
        R"({"id":"1","doc":{"sha256":")" + hash +
            R"(","media_type":"application/pdf","bytes":8},"hash":")" + hash + "\"}");
  CHECK(scene.keeper->kept == std::map<std::string, std::string>{{hash, "%PDF-1.7"}});
  const auto seen = scene.connector->probe(scene.stream, {}, {});
  REQUIRE(seen);
  CHECK(seen->at(0).record.body == page->records.at(0).body);
  CHECK(scene.pull(R"({"id":"1"})")->records.size() == 1); // it need not have one
}

TEST_CASE("what is not what it says is set aside without its bytes, and not kept")
{
  Scene scene;
  const auto code = [&](const std::string& json) {
    const auto page = scene.pull(json);
    REQUIRE(page);
    REQUIRE(page->bad.size() == 1);
    CHECK(page->records.empty());
    CHECK(page->bad[0].pointer == "/doc");
    CHECK(page->bad[0].bytes.starts_with(R"({"id":"1","doc":null)"));
    return page->bad[0].code;
  };
  CHECK(code(with("%PDF", to_hex(sha256("%PDG")))) == "HASH_MISMATCH");
  CHECK(code(with(std::string(65, 'x'))) == "TOO_LARGE");
  CHECK(code(R"({"id":"1","doc":"no base64!"})") == "bad_attachment");
  CHECK(scene.keeper->kept.empty());
}

TEST_CASE("when a document cannot be kept, the page has failed")
{
  Scene scene;
  scene.keeper->refuses = true;
  CHECK(scene.pull(with("%PDF")).error().kind == ErrorKind::transient);
}

TEST_CASE("a text with an Aadhaar number is described, and not kept")
{
  Scene scene("application/xml");
  const auto page = scene.pull(with("<Person uid=\"234567890124\"/>"));
  REQUIRE(page);
  CHECK(schema::to_json(page->records.at(0).body).find(R"("kept":false)") != std::string::npos);
  CHECK(scene.keeper->kept.empty());
}

TEST_CASE("an answer is itself the document of its one record")
{
  const std::string stream = "    pull:\n"
                             "      request: { path: /one }\n"
                             "      format: xml\n"
                             "      records: /Thing\n"
                             "    attachment: { field: /doc, answer: true, type: text/xml }\n";
  const std::string xml = "<Thing><code>7</code><name>x</name></Thing>";
  const auto page = pull_one(answer(200, xml, "", "application/xml"), stream);
  REQUIRE(page);
  const auto* doc = schema::at_pointer(page->records.at(0).body, "/doc");
  REQUIRE(doc);
  CHECK(from_base64(doc->text()).value() == xml);
}
