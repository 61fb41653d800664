// The maker's kit by its commands: the guide as it is printed, recording from a live system, exit codes.
#include "tests/support/script_server.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

std::string read_source(const std::string& name)
{
  std::ifstream file(std::string(GRAMSETU_SOURCE_DIR) + "/" + name);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Writes every block of the guide that has a file's name ("```yaml connectors/x.yaml").
std::vector<std::string> unpack(const std::string& page, const TempDir& folder)
{
  std::vector<std::string> names;
  for (auto at = page.find("\n```"); at != page.npos; at = page.find("\n```", at)) {
    const auto line = page.find('\n', at + 1), end = page.find("\n```", line);
    const auto info = page.substr(at + 4, line - at - 4);
    if (const auto blank = info.find(' '); blank != info.npos) {
      names.push_back(info.substr(blank + 1));
      folder.write(names.back(), page.substr(line + 1, end - line));
    }
    at = end + 4;
  }
  return names;
}

// Every personal text that the endpoint's records hold.
std::vector<std::string> persons(const District& district, const std::string& endpoint,
                                 const std::string& stream, const std::vector<std::string>& members)
{
  std::vector<std::string> texts;
  for (const auto& record : district.records(endpoint, stream))
    for (const auto& member : members)
      if (const auto text = text_at(record, member); text.size() >= 4) texts.push_back(text);
  return texts;
}

} // namespace

TEST_CASE("the guide takes a reader from a sample to a two-way connector whose fixtures pass")
{
  Hub hub;
  const auto names = unpack(read_source("docs/connectors.md"), hub.folder());
  REQUIRE(names.size() == 5);
  const auto made = hub.run(
      {"connectors", "new", "begun", "--entity", "asset", "--from", hub.path("sample.json")});
  CHECK_MESSAGE(made.code == 0, made.err);
  CHECK(has(hub.folder().read("connectors/begun.yaml"),
            "acquired_on: { from: acquiredOn, format: \"dd/MM/yyyy\" }"));
  const auto checked = hub.run({"check"});
  CHECK_MESSAGE(checked.code == 0, checked.out);
  const auto tested = hub.run({"connectors", "test", "sanitation"});
  CHECK_MESSAGE(tested.code == 0, tested.out, tested.err);
  for (const auto* line :
       {"pass  sanitation/assets  pull: as recorded", "pass  sanitation/assets  pull: half a page",
        "pass  sanitation/condition-is-sent  push: lost answer: unknown, then found by a look; 1 "
        "effect",
        " 0 failed, 0 skipped"})
    CHECK_MESSAGE(has(tested.out, line), tested.out);
  const auto page = hub.run({"connectors", "describe", "sanitation"});
  CHECK(has(page.out, "| `cost` | money | `/assetCost` | rupees | both |"));
  CHECK(has(page.out, "Assumed: that a key of a write is remembered for a day."));
}

TEST_CASE("a manifest is begun from what an address answers, and a refusal begins none")
{
  Hub hub;
  const std::string page = R"([{"assetCode":"SN-1","assetName":"Well"}])";
  ScriptServer server({{send(answer(200, page))}, {send(answer(401, "{}"))}});
  const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/assets?key=s3cret";
  const auto made = hub.run({"connectors", "new", "begun", "--entity", "asset", "--from", url});
  CHECK_MESSAGE(made.code == 0, made.err);
  const auto text = hub.folder().read("connectors/begun.yaml");
  CHECK(has(text, "asset_code: assetCode"));
  CHECK_FALSE(has(text, "s3cret"));
  const auto refused = hub.run({"connectors", "new", "other", "--entity", "asset", "--from", url});
  CHECK(refused.code == 2);
  CHECK(has(refused.err, "/assets answered 401"));
  CHECK_FALSE(has(refused.err, "s3cret"));
}

TEST_CASE("the manifest of programs in the guide passes its fixtures, over processes of their own")
{
  Hub hub;
  REQUIRE(unpack(read_source("docs/connectors/exec.md"), hub.folder()).size() == 3);
  const auto tested = hub.run({"connectors", "test", "charter"});
  CHECK_MESSAGE(tested.code == 0, tested.out, tested.err);
  for (const auto* line :
       {"pass  charter/services  pull: half a page",
        "pass  charter/service-is-sent  push: lost answer: unknown, then settled by its key; 1 "
        "effect",
        " 0 failed, 0 skipped"})
    CHECK_MESSAGE(has(tested.out, line), tested.out);
}

TEST_CASE("a fixture that does not hold any more is 1, a connector without any is 1, one that is "
          "not there 2")
{
  Hub hub;
  unpack(read_source("docs/connectors.md"), hub.folder());
  auto fixture = hub.folder().read("connectors/fixtures/sanitation/assets.yaml");
  fixture.replace(fixture.find("12500050"), 8, "12500051");
  hub.folder().write("connectors/fixtures/sanitation/assets.yaml", fixture);
  const auto failed = hub.run({"connectors", "test", "sanitation"});
  CHECK(failed.code == 1);
  CHECK(has(failed.out, "FAIL  sanitation/assets  pull: as recorded: record 1: cost: "
                        "12500050 came, 12500051 expected"));
  const auto answer = hub.ask({"connectors", "test", "sanitation"}, 1);
  CHECK(number_at(answer, "/failed") == 1);
  CHECK(hub.run({"connectors", "test", "sanitation", "--fixtures", hub.path("none")}).code == 1);
  CHECK(hub.run({"connectors", "test", "sanitatio"}).code == 2);
  CHECK(hub.run({"connectors", "test"}).code == 2);
  CHECK(hub.run({"connectors", "new", "x", "--entity", "aset"}).code == 2);
  CHECK(hub.run({"connectors", "new", "sanitation", "--entity", "asset"}).code == 2);
  fixture.replace(fixture.find("stream: assets"), 14, "stream: asets!");
  hub.folder().write("connectors/fixtures/sanitation/assets.yaml", fixture);
  CHECK(hub.run({"connectors", "test", "sanitation"}).code == 2);
}

TEST_CASE("a page is looked at, and nothing of it is kept")
{
  Hub hub;
  District district(hub.folder().path(),
                    {"--gps", "4", "--records", "20", "--service-requests", "30"});
  hub.configure(district, "flows:\n  voucher: { central: { direction: pull, every: 1d } }\n");
  const auto daemon = hub.serve();
  district.edit("central", R"({"stream":"vouchers","id":"V0000002","set":{"amount":"1.234"}})");
  const auto answer = hub.ask({"connectors", "probe", "central", "--stream", "vouchers"}, 4);
  CHECK(number_at(answer, "/records") == 19);
  CHECK(number_at(answer, "/quarantined") == 1);
  CHECK(text_at(answer, "/misfits/0/pointer") == "/amount");
  CHECK(text_at(answer, "/keys/0") == "V0000001");
  const auto shown = hub.run({"connectors", "probe", "state", "--stream", "service_requests"});
  CHECK(shown.code == 0);
  CHECK(has(shown.out, "***")); // a request's number is nobody's business
  CHECK(hub.run({"connectors", "probe", "central", "--stream", "vouchrs"}).code != 0);
  CHECK(list_at(hub.ask({"records", "list", "voucher"}), "/records").empty());
}

TEST_CASE("a recording passes its own test, and holds no secret and no person in any byte")
{
  Hub hub;
  District district(hub.folder().path(),
                    {"--gps", "4", "--records", "20", "--service-requests", "30"});
  hub.configure(district, "flows:\n  service_request: { csc: { direction: pull, every: 1d },\n"
                          "                     state: { direction: pull, every: 1d } }\n");
  const auto out = hub.path("recorded");
  auto gone = persons(district, "state", "service_requests",
                      {"/applicant/name", "/applicant/mobile", "/applicant/email",
                       "/applicant/address", "/referenceNumber"});
  for (const auto& text :
       persons(district, "csc", "service_requests",
               {"/applicantName", "/mobile", "/email", "/address", "/applicationNo"}))
    gone.push_back(text);
  REQUIRE(gone.size() > 50);
  for (const auto* secret : {"/state/password", "/csc/key"}) {
    gone.push_back(text_at(district.ports(), secret));
    REQUIRE_FALSE(gone.back().empty());
  }
  for (const std::string endpoint : {"csc", "state"}) {
    CAPTURE(endpoint);
    const auto recorded =
        hub.run({"connectors", "record", endpoint, "--stream", "service_requests", "--pages", "2",
                 "--records", "5", "--out", out + "/" + endpoint});
    REQUIRE_MESSAGE(recorded.code == 0, recorded.err);
    const auto text = hub.folder().read("recorded/" + endpoint + "/service_requests-1.yaml");
    CHECK(has(text, "page_size: \"5\""));
    CHECK(std::count(text.begin(), text.end(), '\n') > 100);
    for (const auto& one : gone)
      CHECK_MESSAGE(!has(text, one), one);
    CHECK_FALSE(has(text, "127.0.0.1"));
    for (const auto* header : {"Authorization", "X-Api-Key", "Cookie", "Date:"})
      CHECK_FALSE(has(text, header));
    const auto tested =
        hub.run({"connectors", "test", endpoint, "--fixtures", out + "/" + endpoint});
    CHECK_MESSAGE(tested.code == 0, tested.out, tested.err);
  }
}
