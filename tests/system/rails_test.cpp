// Held runs through the real program: what they show, who lets them go, and what becomes of them.
#include "tests/endpoints/plain_client.hpp"
#include "tests/support/script_server.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <csignal>
#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

constexpr const char* kFlow = "service_request@csc";
// Enough for all of the 60 requests to be another.
constexpr const char* kTouch = R"({"stream":"service_requests","count":"200","seed":"5"})";

// A hub that serves, with a token for one person besides whoever runs the test.
struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "4", "--records", "20", "--service-requests", "60"}};
  std::uint16_t port = static_cast<std::uint16_t>(closed_port());
  std::unique_ptr<Process> daemon;

  explicit Scene(const std::string& rails)
  {
    namespace fs = std::filesystem;
    const auto tokens = hub.folder().write("tokens", "sen operator a-long-secret-of-sen\n");
    fs::permissions(tokens, fs::perms::owner_read | fs::perms::owner_write);
    hub.configure(district,
                  "flows: { service_request: { csc: { direction: pull, every: 1d } } }\nrails: " +
                      rails + "\n");
    auto config = hub.config();
    const std::string socket = "api.sock }";
    config.replace(config.find(socket), socket.size(),
                   fmt::format("api.sock, tcp: {{ listen: 127.0.0.1:{}, tokens: "
                               "\"${{file:{}}}\" }} }}",
                               port, tokens));
    hub.write_config(config);
    daemon = hub.serve();
    hub.ask({"sync"});
  }

  schema::Value hold()
  {
    district.post("csc", "touch", kTouch);
    return run_of(hub.ask({"sync"}, 3), kFlow);
  }

  sim::PlainAnswer approve_as_sen(const std::string& run, const std::string& note)
  {
    return sim::ask(
        port, "POST", "/api/v1/runs/" + run + "/approve",
        {{"Authorization", "Bearer a-long-secret-of-sen"}, {"Content-Type", "application/json"}},
        R"({"note":")" + note + R"("})");
  }

  std::string state_of(const std::string& run)
  {
    return text_at(hub.ask({"runs", "show", run}), "/state");
  }
};

} // namespace

TEST_CASE("above the limit of the file two different people let a held run go")
{
  Scene scene("{ second_approver_above: 10 }");
  const auto held = scene.hold();
  const auto id = text_at(held, "/run");
  CHECK(number_at(held, "/hold/needs") == 2);
  const auto updates = number_at(held, "/plan/0/updates");
  CHECK(number_at(held, "/hold/records") == updates);
  CHECK(text_at(held, "/plan/0/trips/0/rail") == "max_changes");
  CHECK(number_at(held, "/plan/0/trips/0/count") == updates);

  const auto shown = scene.hub.run({"runs", "show", id}).out;
  CHECK_MESSAGE(has(shown, fmt::format("held by max_changes: {} of 60 records", updates)), shown);
  CHECK_MESSAGE(has(shown, "two people must approve it: gramsetu runs approve " + id), shown);
  const auto status = scene.hub.run({"status"}).out;
  CHECK_MESSAGE(has(status, std::string(kFlow) + " is held since "), status);
  CHECK(has(status, "max_changes"));

  const auto first = scene.hub.run({"runs", "approve", id, "--note", "asked the state"});
  CHECK(first.code == 3);
  CHECK_MESSAGE(has(first.out, "one more person must approve it"), first.out);
  CHECK(has(first.out, "asked the state"));
  const auto again = scene.hub.run({"runs", "approve", id});
  CHECK(again.code == 3);
  CHECK_MESSAGE(has(again.err, "has approved run " + id + " already"), again.err);
  CHECK(scene.state_of(id) == "held");

  const auto second = scene.approve_as_sen(id, "seen");
  REQUIRE_MESSAGE(second.status == 202, second.head, second.body);
  const auto release = text_at(json_of(second.body), "/run");
  REQUIRE(until([&] { return scene.state_of(id) == "released"; }));
  const auto done = scene.hub.ask({"runs", "show", release});
  CHECK(number_at(done, "/counts/updated") == updates);
  CHECK(has(text_at(done, "/approved_by"), "sen"));
  CHECK(text_at(scene.hub.ask({"runs", "show", id}), "/hold/followed_by") == release);
  const auto refused = scene.hub.run({"runs", "approve", id});
  CHECK(refused.code == 1);
  CHECK_MESSAGE(has(refused.err, "was released already, by "), refused.err);
  CHECK(has(scene.hub.run({"logs"}).out, "run_approved"));
  const auto log = scene.hub.run({"logs", "--run", id}).out;
  CHECK_MESSAGE(has(log, "rails=max_changes"), log);
}

TEST_CASE("a held run whose cause has passed is overtaken, and cannot be released any more")
{
  Scene scene("{ max_changes: 5 }");
  const auto id = text_at(scene.hold(), "/run");
  // Held again by the next run, which takes its place; who has the first before them approves that.
  const auto next = text_at(run_of(scene.hub.ask({"sync"}, 3), kFlow), "/run");
  CHECK(scene.state_of(id) == "overtaken");
  CHECK(scene.state_of(next) == "held");
  scene.hub.write_config([&] {
    auto config = scene.hub.config();
    const std::string rail = "max_changes: 5 ";
    return config.replace(config.find(rail), rail.size(), "max_changes: 100%, null_rate: 100% ");
  }());
  scene.daemon->signal(SIGHUP);
  REQUIRE(until([&] { return has(scene.daemon->err(), "hub_reloaded"); }));
  scene.hub.ask({"sync"});
  CHECK(scene.state_of(next) == "overtaken");
  CHECK_FALSE(has(scene.hub.run({"status"}).out, "is held since"));
  for (const auto& run : {id, next}) {
    const auto refused = scene.hub.run({"runs", "approve", run});
    CHECK(refused.code == 1);
    CHECK_MESSAGE(has(refused.err, "run " + run + " was overtaken by run "), refused.err);
  }
}
