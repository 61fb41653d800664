// The running daemon asked by its own OpenAPI document: requests that it allows and requests that it does not, made
// up by schemathesis over a store with something in it. None may end in a 500, and every answer is one that the
// document has.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <regex>

using namespace gramsetu;
using namespace gramsetu::test;
namespace fs = std::filesystem;

namespace {

// What `./dev setup` installs; nothing where it could not.
const std::string kSchemathesis =
    std::string(GRAMSETU_SOURCE_DIR) + "/build/openapi/schemathesis/bin/schemathesis";
constexpr const char* kToken = "0f8c1e52a9d34b7c8e6f1a2b3c4d5e6f";

// Requests, records, a conflict, a quarantined record, and a run of each kind.
struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "4", "--records", "20", "--service-requests", "30"}};
  std::unique_ptr<Process> daemon;

  Scene()
  {
    const auto tokens = hub.folder().write("tokens", std::string("robot admin ") + kToken + "\n");
    fs::permissions(tokens, fs::perms::owner_read | fs::perms::owner_write);
    hub.configure(district, "flows:\n  voucher: { central: { direction: pull, every: 1d } }\n"
                            "  service_request: { csc: { direction: both, every: 1d },\n"
                            "                     state: { direction: both, every: 1d } }\n");
    auto config = hub.config();
    const std::string socket = "api.sock }";
    config.replace(config.find(socket), socket.size(),
                   "api.sock, tcp: { listen: 127.0.0.1:0, tokens: \"${file:" + tokens + "}\" } }");
    hub.write_config(config);
    daemon = hub.serve();
    hub.ask({"sync"});
    const auto record = district.records("state", "service_requests").front();
    district.edit("state", R"({"stream":"service_requests","id":")" + text_at(record, "/id") +
                               R"(","set":{"remarks":"there"}})");
    REQUIRE(hub.run({"records", "put", "service_request", text_at(record, "/referenceNumber")},
                    R"({"remarks":"here"})")
                .code == 0);
    district.edit("central", R"({"stream":"vouchers","id":"V0000002","set":{"amount":"1.234"}})");
    hub.ask({"sync"}, 4);
    hub.ask({"plan"}, 4);
    hub.ask({"verify", "voucher@central"});
  }

  // The port that the daemon took.
  std::string address() const
  {
    std::smatch found;
    const auto log = daemon->err();
    REQUIRE(std::regex_search(log, found, std::regex(" port=([0-9]+)")));
    return "http://127.0.0.1:" + found[1].str();
  }
};

} // namespace

TEST_CASE("requests made up from the OpenAPI document: no 500, and no answer that it does not have")
{
  if (!fs::exists(kSchemathesis)) {
    MESSAGE("skipped: schemathesis is not installed; ./dev setup does it");
    return;
  }
  Scene scene;
  // One seed, so that a failure can be had again; a change of a route makes other requests all the same. Nobody
  // waits for changes here.
  const auto settings = scene.hub.folder().write("schemathesis.toml", "[parameters]\nwait = 0\n");
  const auto line =
      "cd " + scene.hub.folder().path() + " && exec " + kSchemathesis + " --config-file " +
      settings + " run " + scene.address() +
      "/api/v1/openapi.json --header 'Authorization: Bearer " + kToken +
      "' --phases coverage,fuzzing --max-examples 12 --max-time 40 --seed 20261125"
      " --no-shrink --workers 1 --continue-on-failure --warnings off"
      " --exclude-checks positive_data_acceptance,missing_required_header,ignored_auth";
  Process asked({{"/bin/sh", "-c", line}, {{"HOME", scene.hub.folder().path()}, {"NO_COLOR", "1"}}},
                scene.hub.path("schemathesis"));
  const auto ended = asked.wait(std::chrono::seconds(170));
  REQUIRE_MESSAGE(ended, "it still asks: ", asked.out());
  CHECK_MESSAGE(ended->code == 0, asked.out(), asked.err());
  CHECK(scene.daemon->running());
  CHECK(scene.hub.run({"status"}).code == 0);
}
