// What an endpoint says, once masking has gone over it.
#include "connectors/wrap/masking.hpp"

#include "schema/json.hpp"
#include "tests/support/memory_endpoint.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace gramsetu;
using namespace gramsetu::connectors;

namespace {

// Says what it is given.
class Told final : public Connector {
public:
  Page page;
  std::optional<Error> error;
  std::vector<Intent> sent;

  Capabilities capabilities(const Stream&) const override { return {}; }
  Result<Page> pull(const PullRequest&, std::stop_token) override
  {
    if (error) return tl::unexpected(*error);
    return page;
  }
  std::vector<Receipt> push(const Stream&, std::span<const Intent> intents,
                            std::stop_token) override
  {
    sent.assign(intents.begin(), intents.end());
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::applied;
    if (error) receipt.error = *error;
    return std::vector<Receipt>(intents.size(), receipt);
  }
  Result<std::vector<Sighting>> probe(const Stream&, std::span<const Reference>,
                                      std::stop_token) override
  {
    if (error) return tl::unexpected(*error);
    return std::vector<Sighting>{{true, page.records.front()}};
  }
  Result<std::string> reach(std::stop_token) override { return tl::unexpected(*error); }
};

struct Scene {
  std::unique_ptr<schema::Entities> entities = test::note_entity();
  std::shared_ptr<const Stream> stream = test::memory_stream(*entities->find("note"));
  Told* told = nullptr;
  std::unique_ptr<Connector> connector;

  explicit Scene(bool keeps_unnamed = true)
  {
    auto inner = std::make_unique<Told>();
    told = inner.get();
    connector = wrap::masking(std::move(inner), keeps_unnamed);
  }

  Result<Page> pull()
  {
    PullRequest request;
    request.stream = stream.get();
    return connector->pull(request, {});
  }
};

constexpr const char* kNumber = "234567890124"; // passes the check

} // namespace

TEST_CASE("no digest is kept of bytes that held what was masked")
{
  Scene scene;
  for (const char* remark : {kNumber, "nothing of the kind"}) {
    RemoteRecord record;
    schema::Object body;
    body.set("id", schema::Value(std::string("a")));
    body.set("remark", schema::Value("Aadhaar " + std::string(remark)));
    record.body = schema::Value(std::move(body));
    record.fingerprint = "the bytes";
    scene.told->page.records.push_back(std::move(record));
  }
  const auto page = scene.pull();
  REQUIRE(page);
  REQUIRE(page->records.size() == 2);
  CHECK(page->records[0].fingerprint.empty());
  CHECK(page->records[1].fingerprint == "the bytes");
}

TEST_CASE("records that are pulled or looked at are masked, and say where")
{
  Scene scene;
  RemoteRecord record;
  record.body = schema::parse_json(R"({"note":"1","remark":"Aadhaar 2345 6789 0124"})").value();
  scene.told->page.records = {record};
  const auto page = scene.pull();
  REQUIRE(page);
  CHECK(schema::to_json(page->records.at(0).body) ==
        R"({"note":"1","remark":"Aadhaar XXXX-XXXX-0124"})");
  const auto seen = scene.connector->probe(*scene.stream, {}, {});
  REQUIRE(seen);
  CHECK(seen->at(0).record.body == page->records.at(0).body);
}

TEST_CASE("what could not be read is masked, and so are the words of errors")
{
  Scene scene;
  scene.told->page.bad = {{std::string("Ram,") + kNumber + ",\xff", "line 3", "bad_encoding", "x"},
                          {"whole", "line 4", "malformed", "y"}};
  const auto page = scene.pull();
  REQUIRE(page);
  CHECK(page->bad.at(0).bytes == "Ram,XXXX-XXXX-0124,\xff");
  CHECK(page->bad.at(1).bytes == "whole");
  scene.told->error = Error{ErrorKind::invalid, std::string("no aadhaar ") + kNumber, {}};
  const auto masked = "no aadhaar XXXX-XXXX-0124";
  CHECK(scene.pull().error().what == masked);
  CHECK(scene.connector->reach({}).error().what == masked);
  const std::vector<Intent> intents(1);
  CHECK(scene.connector->push(*scene.stream, intents, {}).at(0).error.what == masked);
}

namespace {

Intent update(const std::string& json, Verb verb = Verb::update)
{
  Intent intent;
  intent.verb = verb;
  intent.key = "1";
  intent.body = schema::parse_json(json).value();
  return intent;
}

} // namespace

TEST_CASE("a masked field is left out of what is written")
{
  Scene scene;
  const std::vector<Intent> intents = {
      update(R"({"note":"1","title":"new","remark":"Aadhaar XXXX-XXXX-0124"})")};
  const auto receipts = scene.connector->push(*scene.stream, intents, {});
  CHECK(receipts.at(0).outcome == Receipt::Outcome::applied);
  CHECK(schema::to_json(scene.told->sent.at(0).body) == R"({"note":"1","title":"new"})");
}

TEST_CASE("where an update empties what it does not name, a record with a mask is refused, and the "
          "others go")
{
  Scene scene(false);
  const std::string masked = R"({"note":"1","remark":"XXXX-XXXX-0124"})";
  const std::vector<Intent> intents = {update(masked), update(R"({"note":"2"})"),
                                       update(masked, Verb::create)};
  const auto receipts = scene.connector->push(*scene.stream, intents, {});
  REQUIRE(receipts.size() == 3);
  CHECK(receipts[0].outcome == Receipt::Outcome::refused);
  CHECK(receipts[0].error.what.find("'remark' is masked here") != std::string::npos);
  CHECK(receipts[1].outcome == Receipt::Outcome::applied);
  CHECK(receipts[2].outcome == Receipt::Outcome::applied);
  REQUIRE(scene.told->sent.size() == 2);
  CHECK(schema::to_json(scene.told->sent[1].body) == R"({"note":"1"})");
  // The manifest knows better.
  auto stream = *scene.stream;
  for (const auto* push : {"update: { method: PATCH }", "update: { unnamed: kept }"}) {
    std::vector<schema::Finding> findings;
    stream.push = schema::parse_document(push, "m.yaml", findings);
    CHECK(scene.connector->push(stream, intents, {}).at(0).outcome == Receipt::Outcome::applied);
  }
}
