// What a command ends with, and what it says: the promises that scripts rely on.
#include "tests/support/script_server.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

const std::vector<std::string> kSmall{"--gps", "4", "--records", "20", "--service-requests", "60"};

struct Scene {
  Hub hub;
  District district{hub.folder().path(), kSmall};

  explicit Scene(const std::string& flows) { hub.configure(district, "flows: {" + flows + "}\n"); }

  std::string all(const std::string& entity)
  {
    const auto ran = hub.run({"records", "export", entity, "--unmask", "a test compares"});
    REQUIRE(ran.code == 0);
    return ran.out;
  }
};

constexpr const char* kVoucher = " voucher: { central: { direction: pull, every: 1d } } ";
constexpr const char* kRequests = " service_request: { csc: { direction: pull, every: 1d } } ";

} // namespace

TEST_CASE("a wrong command line ends with 2 and names what is wrong")
{
  Scene scene(kVoucher);
  using Words = std::vector<std::string>;
  const std::pair<Words, std::string> wrong[] = {
      {{"sync", "--fulll"}, "--fulll"},
      {{"sync", "--one", "--two"}, "--two --one"},
      {{"snyc"}, "there is no command 'snyc'; did you mean 'sync'?"},
      {{"runs", "aprove", "1"}, "there is no command 'runs aprove'; did you mean 'runs approve'?"},
      {{"runs"}, "A subcommand is required"},
      {{"conflicts", "resolve", "one", "ours"}, "one"},
      {{"conflicts", "resolve", "1", "mine"}, "mine"},
      {{"logs", "--level", "loud"}, "loud"},
      {{"records", "get", "voucher"}, "key is required"},
      {{"quarantine", "discard", "1"}, "--note is required"},
      {{"sync", "vouchr"}, "did you mean 'voucher'?"},
      {{"records", "list", "vouchr"}, "vouchr"},
      {{"records", "put", "voucher", "V1", "/nonexistent"}, "/nonexistent"},
  };
  for (const auto& [words, piece] : wrong) {
    CAPTURE(line_of(words));
    const auto ran = scene.hub.run(words);
    CHECK(ran.code == 2);
    CHECK_MESSAGE(has(ran.err, piece), ran.err);
    CHECK(ran.out.empty());
  }
}

TEST_CASE("a configuration with several errors ends with 2, and each has its file, line and column")
{
  Scene scene(kVoucher);
  const auto file = scene.hub.path("gramsetu.yaml");
  scene.hub.write_config("hub:\n  name: jalpaiguri\n  area: { state: 19, distrct: 309 }\n"
                         "endpoints:\n  central:\n    connector: egramswaraji\n"
                         "    url: ftp://central\n"
                         "flows:\n  vouchers:\n    centrl: { direction: pull, every: often }\n");
  for (const auto* command : {"check", "sync", "status", "run"}) {
    CAPTURE(command);
    const auto ran = scene.hub.run({command});
    CHECK(ran.code == (std::string(command) == "run" ? 78 : 2));
    const auto said = ran.out + ran.err;
    for (const auto* piece : {":3:22: ", ":6:", ":7:", ":9:", ":10:"})
      CHECK_MESSAGE(has(said, file + piece), piece, " is not in\n", said);
  }
  for (const auto* command : {"check", "sync", "status", "run"}) {
    CAPTURE(command);
    const auto json = json_of(scene.hub.run({command, "--json"}).out);
    REQUIRE(json.is_list());
    REQUIRE(json.list().size() >= 5);
    for (const auto& finding : json.list()) {
      CHECK(text_at(finding, "/file") == file);
      CHECK(number_at(finding, "/line") > 0);
      CHECK(number_at(finding, "/column") > 0);
      CHECK_FALSE(text_at(finding, "/wrong").empty());
    }
  }
}

TEST_CASE("an endpoint that is down fails its flow with the reason; the others go on, and status "
          "says since when")
{
  Scene scene(std::string(kVoucher) + "," + kRequests);
  auto config = scene.hub.config();
  const auto url = text_at(scene.district.ports(), "/csc/url");
  const auto at = config.find(url);
  REQUIRE(at != std::string::npos);
  const auto nobody = "http://127.0.0.1:" + std::to_string(closed_port()) + "/v2";
  scene.hub.write_config(config.replace(at, url.size(), nobody));
  const auto answer = scene.hub.ask({"sync"}, 1);
  CHECK(text_at(run_of(answer, "voucher@central"), "/state") == "done");
  CHECK(number_at(run_of(answer, "voucher@central"), "/counts/created") == 20);
  const auto failed = run_of(answer, "service_request@csc");
  CHECK(text_at(failed, "/state") == "failed");
  CHECK_MESSAGE(has(text_at(failed, "/reason"), "connect"), text_at(failed, "/reason"));

  const auto down = [&] {
    for (const auto& endpoint : list_at(scene.hub.ask({"status"}), "/endpoints"))
      if (text_at(endpoint, "/endpoint") == "csc") return endpoint;
    return schema::Value();
  };
  const auto since = text_at(down(), "/down_since");
  CHECK(text_at(down(), "/state") == "down");
  CHECK_FALSE(since.empty());
  CHECK_FALSE(text_at(down(), "/reason").empty());
  CHECK(has(scene.hub.run({"status"}).out, "csc is down since "));
  // A second failure does not make it newer.
  scene.hub.ask({"sync", "service_request"}, 1);
  CHECK(text_at(down(), "/down_since") == since);

  scene.hub.configure(scene.district, "flows: {" + std::string(kVoucher) + "," + kRequests + "}\n");
  scene.hub.ask({"sync"});
  CHECK(text_at(down(), "/state") == "up");
}

TEST_CASE("a held run ends with 3, has written nothing, says what it would do, and is released")
{
  Scene scene(kRequests);
  scene.hub.ask({"sync"});
  const auto before = scene.all("service_request");
  scene.district.post("csc", "touch", R"({"stream":"service_requests","count":"200","seed":"5"})");
  const auto held = run_of(scene.hub.ask({"sync"}, 3), "service_request@csc");
  CHECK(text_at(held, "/state") == "held");
  CHECK(scene.all("service_request") == before);
  const auto id = text_at(held, "/run");

  const auto shown = scene.hub.ask({"runs", "show", id});
  REQUIRE(list_at(shown, "/plan").size() == 1);
  const auto updates = number_at(shown, "/plan/0/updates");
  CHECK(updates > 30);
  CHECK(number_at(shown, "/plan/0/known") == 60);
  CHECK_FALSE(list_at(shown, "/plan/0/samples").empty());
  const auto words = scene.hub.run({"runs", "show", id}).out;
  CHECK_MESSAGE(has(words, "would create 0, update " + std::to_string(updates)), words);
  CHECK(has(scene.hub.run({"status"}).out, "gramsetu runs approve " + id));

  const auto approved = scene.hub.ask({"runs", "approve", id});
  CHECK(number_at(approved, "/counts/updated") == updates);
  CHECK(scene.all("service_request") != before);
  // Once only.
  CHECK(scene.hub.run({"runs", "approve", id}).code == 1);
  CHECK(text_at(run_of(scene.hub.ask({"sync"}), "service_request@csc"), "/state") == "done");
}

TEST_CASE(
    "a source that is suddenly empty is held and nothing is deleted; when it passes, it heals")
{
  Scene scene(" village: { lgd: { direction: pull, every: 1d } },"
              " subdistrict: { lgd: { direction: pull, every: 1d } } ");
  scene.hub.ask({"sync"});
  scene.hub.ask({"sync"});
  const auto before = scene.all("village");
  REQUIRE_FALSE(before.empty());
  scene.district.fault("lgd", R"({"kind":"empty","times":0,"path":"villageList"})");
  const auto ran = scene.hub.run({"sync", "village"});
  CHECK_MESSAGE(ran.code == 3, ran.out, ran.err);
  CHECK(scene.all("village") == before);
  scene.district.clear("lgd", "faults");
  CHECK(scene.hub.run({"sync", "village"}).code == 0);
  CHECK(scene.all("village") == before);
}

TEST_CASE("verify ends with 1 when the sides differ and names the keys, and with 0 when they agree")
{
  Scene scene(kVoucher);
  scene.hub.ask({"sync"});
  scene.hub.ask({"verify"});
  scene.district.edit("central",
                      R"({"stream":"vouchers","id":"V0000003","set":{"particulars":"other"}})");
  const auto differ = run_of(scene.hub.ask({"verify"}, 1), "voucher@central");
  REQUIRE(list_at(differ, "/differences").size() == 1);
  CHECK(text_at(differ, "/differences/0/key") == "V0000003");
  CHECK(text_at(differ, "/differences/0/fields/0/endpoint") == "other");
  CHECK(has(scene.hub.run({"verify"}).out, "V0000003"));
  scene.hub.ask({"sync"});
  scene.hub.ask({"verify"});
}

TEST_CASE("what a person asks for and is not there ends with 1, and says so")
{
  Scene scene(kVoucher);
  scene.hub.ask({"sync"});
  using Words = std::vector<std::string>;
  for (const auto& words :
       {Words{"records", "get", "voucher", "V404"}, Words{"records", "delete", "voucher", "V404"},
        Words{"why", "voucher", "V404"}, Words{"runs", "show", "R404"},
        Words{"runs", "approve", "R404"}, Words{"conflicts", "show", "404"},
        Words{"conflicts", "resolve", "404", "ours"}, Words{"quarantine", "show", "404"},
        Words{"quarantine", "replay", "404"},
        Words{"quarantine", "discard", "404", "--note", "why not"}}) {
    CAPTURE(line_of(words));
    const auto ran = scene.hub.run(words);
    CHECK(ran.code == 1);
    CHECK_MESSAGE(has(ran.err, "404"), ran.err);
    CHECK(ran.out.empty());
  }
}
