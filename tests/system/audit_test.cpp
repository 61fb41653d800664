// The audit log of the real hub: what leaves a trace, what stops without one, and what a second program says.
#include "base/signature.hpp"
#include "tests/endpoints/plain_client.hpp"
#include "tests/support/script_server.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kRequest =
    R"({"service_code":"INC","status":"submitted","local_body":"245101","state":"19",)"
    R"("district":"309","applicant_name":"Rina Das","phone":"9000000001"})";

struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "2", "--records", "0", "--service-requests", "0"}};

  Scene()
  {
    hub.configure(district,
                  "flows: { service_request: { csc: { direction: both, every: 1d } } }\n");
  }

  Ran put(const std::string& key)
  {
    return hub.run({"records", "put", "service_request", key}, kRequest);
  }
  std::string folder() const { return hub.path("audit"); }

  // Entries by what they are, the newest of each.
  std::map<std::string, schema::Value> acts()
  {
    std::map<std::string, schema::Value> acts;
    const auto all = hub.ask({"audit", "list", "-n", "5000"});
    for (const auto& entry : all.list())
      acts[text_at(entry, "/what")] = entry;
    return acts;
  }

  schema::Value check(std::vector<std::string> words, int code)
  {
    words.insert(words.begin(),
                 {"/usr/bin/env", "python3", GRAMSETU_SOURCE_DIR "/daemon/certify/gramsetu-audit",
                  "--json", folder()});
    Process process({words}, hub.path("check"));
    const auto ended = process.wait();
    REQUIRE(ended);
    REQUIRE_MESSAGE(ended->code == code, process.err(), process.out());
    return json_of(process.out());
  }
};

sim::PlainAnswer as(std::uint16_t port, const std::string& secret, const std::string& method,
                    const std::string& target)
{
  std::vector<std::pair<std::string, std::string>> headers;
  if (!secret.empty()) headers.emplace_back("Authorization", "Bearer " + secret);
  return sim::ask(port, method, target, headers);
}

} // namespace

TEST_CASE(
    "who comes in, who does not, what they do and what the hub goes by: each leaves its entry")
{
  Scene scene;
  auto& hub = scene.hub;
  const auto mine = static_cast<std::uint16_t>(closed_port());
  const auto tokens = hub.folder().write("tokens", "lata viewer a-long-secret-of-lata\n");
  fs::permissions(tokens, fs::perms::owner_read | fs::perms::owner_write);
  auto config = hub.config();
  const std::string socket = "api.sock }";
  config.replace(
      config.find(socket), socket.size(),
      fmt::format("api.sock, tcp: {{ listen: 127.0.0.1:{}, tokens: \"${{file:{}}}\" }} }}", mine,
                  tokens));
  hub.write_config(config);
  auto daemon = hub.serve();

  CHECK(as(mine, "no-such-secret-anywhere", "GET", "/api/v1/status").status == 401);
  CHECK(as(mine, "a-long-secret-of-lata", "POST", "/api/v1/runs").status == 403);
  CHECK(as(mine, "a-long-secret-of-lata", "GET", "/api/v1/quarantine?unmask=curious").status ==
        403);
  CHECK(scene.put("A1").code == 0);
  CHECK(scene.put("A2").code == 0);
  CHECK(hub.run({"records", "delete", "service_request", "A2", "--note", "twice"}).code == 0);
  CHECK(hub.run({"records", "get", "service_request", "A1", "--unmask", "a complaint"}).code == 0);
  CHECK(hub.run({"records", "export", "service_request"}).code == 0);
  CHECK(hub.run({"sync"}).code == 0);
  // What is not there is refused, and stands there all the same.
  CHECK(hub.run({"conflicts", "resolve", "99", "ours", "--note", "a letter"}).code == 1);
  CHECK(hub.run({"quarantine", "replay", "99"}).code == 1);
  CHECK(hub.run({"quarantine", "discard", "99", "--yes", "--note", "n"}).code == 1);
  CHECK(hub.run({"runs", "approve", "none"}).code == 1);
  CHECK(hub.run({"runs", "undo", "none"}).code == 1);
  const auto plan = hub.path("plan.json");
  CHECK(hub.run({"plan", "-o", plan}).code == 0);
  hub.run({"apply", plan});
  hub.write_config(config + "workers: 3\n");
  daemon->signal(SIGHUP);
  CHECK(until([&] { return scene.acts().contains("config.change"); }));

  auto acts = scene.acts();
  for (const auto* what :
       {"access.refused", "access.denied", "hub.start", "config.load", "config.change",
        "token.admit", "record.put", "record.delete", "value.unmask", "record.export", "run.order",
        "conflict.resolve", "quarantine.replay", "quarantine.discard", "run.approve", "run.undo",
        "plan.apply", "money.send"})
    CHECK_MESSAGE(acts.contains(what), what);
  CHECK(text_at(acts["access.refused"], "/from") == "token");
  CHECK(text_at(acts["access.denied"], "/who") == "lata");
  CHECK(text_at(acts["access.denied"], "/role") == "viewer");
  CHECK(text_at(acts["token.admit"], "/object") == "lata");
  CHECK(text_at(acts["record.delete"], "/object") == "service_request A2");
  CHECK(text_at(acts["record.delete"], "/reason") == "twice");
  CHECK(text_at(acts["record.delete"], "/outcome") == "done");
  CHECK(text_at(acts["record.delete"], "/from") == fmt::format("uid {}", ::geteuid()));
  CHECK(text_at(acts["value.unmask"], "/reason") == "a complaint");
  CHECK(text_at(acts["conflict.resolve"], "/outcome") == "refused");
  CHECK(has(text_at(acts["conflict.resolve"], "/detail"), R"(choice="ours")"));
  CHECK(has(text_at(acts["config.change"], "/detail"), "sha256 "));
  CHECK(text_at(acts["config.change"], "/detail") != text_at(acts["config.load"], "/detail"));
}

TEST_CASE("a key and a folder of the operator's: also who works on a stopped store signs with it")
{
  Scene scene;
  auto& hub = scene.hub;
  const auto key = hub.folder().write("audit.pem", SigningKey::generate().value().pem());
  fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
  hub.write_config(hub.config() + "audit: { folder: chain, key: \"${file:audit.pem}\" }\n");
  {
    auto daemon = hub.serve();
    CHECK(scene.put("A1").code == 0);
    hub.ask({"backup", hub.path("b.gsb")});
    daemon->signal(SIGTERM);
    CHECK(daemon->wait()->code == 0);
  }
  CHECK_FALSE(fs::exists(hub.path("audit")));
  REQUIRE(hub.run({"restore", hub.path("b.gsb")}).code == 0);
  CHECK_FALSE(fs::exists(hub.path("chain/audit.key")));
  CHECK(
      has(hub.run({"audit", "list", "--what", "store.restore"}).out, "from " + hub.path("b.gsb")));
  CHECK(hub.ask({"audit", "verify"}).object().find("good")->boolean());
  fs::remove(key);
  const auto told = hub.run({"restore", hub.path("b.gsb")});
  CHECK(told.code == 0);
  CHECK_MESSAGE(has(told.err, "its key cannot be read here"), told.err);
  CHECK_FALSE(has(told.err, "lacks entry"));
  fs::remove_all(hub.path("chain"));
  const auto gone = hub.run({"restore", hub.path("b.gsb")});
  CHECK_MESSAGE(has(gone.err, "lacks entry"), gone.err);
}

TEST_CASE("a stop leaves a signed end, the second program agrees, and a cut end shows")
{
  Scene scene;
  auto& hub = scene.hub;
  auto daemon = hub.serve();
  for (const auto* key : {"A1", "A2", "A3"})
    CHECK(scene.put(key).code == 0);
  const auto head = hub.path("head.json");
  hub.folder().write("head.json", hub.run({"audit", "head", "--json"}).out);
  CHECK(hub.ask({"audit", "verify"}).object().find("good")->boolean());
  daemon->signal(SIGTERM);
  CHECK(daemon->wait()->code == 0);
  const auto key = text_at(json_of(hub.folder().read("head.json")), "/key");
  const auto good = scene.check({"--head", head, "--key", key}, 0);
  CHECK(number_at(good, "/heads") >= 1);
  std::string name;
  for (const auto& entry : fs::directory_iterator(scene.folder()))
    if (entry.path().extension() == ".ndjson") name = entry.path().filename().string();
  const auto text = hub.folder().read("audit/" + name);
  std::size_t end = 0;
  for (int line = 0; line < 5; ++line)
    end = text.find('\n', end) + 1;
  hub.folder().write("audit/" + name, text.substr(0, end));
  const auto cut = scene.check({"--head", head}, 1);
  CHECK(number_at(cut, "/bad") == 6);
}

TEST_CASE("without evidence no money leaves, people's acts are refused, and reading goes on")
{
  Scene scene;
  REQUIRE(scene.put("B1").code == 0);
  fs::rename(scene.folder(), scene.hub.path("away"));
  scene.hub.folder().write("audit", "in the way\n");
  const auto refused = scene.put("B2");
  CHECK(refused.code == 1);
  CHECK_MESSAGE(has(refused.err, "AUDIT_BLOCKED"), refused.err);
  CHECK(scene.hub.run({"records", "get", "service_request", "B2"}).code == 1);
  const auto ordered = scene.hub.run({"sync"});
  CHECK(ordered.code == 1);
  CHECK(has(ordered.err, "AUDIT_BLOCKED"));

  // A daemon's schedule asks nobody: it pulls, and sends nothing.
  auto config = scene.hub.config();
  config.replace(config.find("every: 1d"), 9, "every: 1s");
  scene.hub.write_config(config);
  {
    auto daemon = scene.hub.serve();
    const auto reason = [&] {
      const auto runs = list_at(scene.hub.ask({"runs", "list"}), "/runs");
      return runs.empty() ? std::string() : text_at(runs.front(), "/reason");
    };
    CHECK(until([&] { return has(reason(), "AUDIT_BLOCKED"); }));
    CHECK(scene.district.effects("csc").empty());
    CHECK(text_at(scene.hub.ask({"status"}), "/audit/state") == "AUDIT_BLOCKED");
    CHECK(has(scene.hub.run({"status"}).out, "no money is sent"));
    CHECK(text_at(scene.hub.ask({"status"}), "/endpoints/0/state") == "up");
    // It heals by itself.
    fs::remove(scene.folder());
    fs::rename(scene.hub.path("away"), scene.folder());
    CHECK(until([&] { return scene.district.effects("csc").size() == 1; }));
  }
  CHECK(scene.put("B2").code == 0);
  scene.check({}, 0);
}

TEST_CASE(
    "an incident is one timeline of acts and events, with a digest, and leaves an entry itself")
{
  Scene scene;
  REQUIRE(scene.put("C1").code == 0);
  REQUIRE(scene.hub.run({"sync"}).code == 0);
  const auto file = scene.hub.path("incident.ndjson");
  const auto summary =
      scene.hub.ask({"audit", "export", "--from", "1h", "--reason", "CERT-In 118", "-o", file});
  CHECK(number_at(summary, "/acts") >= 4);
  CHECK(number_at(summary, "/events") >= 2);
  const auto text = scene.hub.folder().read("incident.ndjson");
  CHECK(has(scene.hub.folder().read("incident.ndjson.sha256"), text_at(summary, "/sha256")));
  CHECK(has(text, R"("reason":"CERT-In 118")"));
  CHECK(has(text, R"("what":"record.put")"));
  CHECK(has(text, R"("event":"run_finished")"));
  CHECK(text.find(R"("what":"record.put")") < text.find(R"("event":"run_finished")"));
  CHECK(text_at(scene.acts()["audit.export"], "/reason") == "CERT-In 118");
  CHECK(scene.hub.run({"audit", "list", "--from", "yesterday"}).code == 2);
}
