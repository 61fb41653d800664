// Reading the file again: all or nothing, with nothing that goes on interrupted or lost.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <sys/stat.h>

using namespace gramsetu;
using namespace gramsetu::test;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> kSmall{"--gps", "4", "--records", "20", "--service-requests", "12"};
constexpr const char* kVouchers =
    "flows: { voucher: { central: { direction: pull, every: 1d } } }\n";
constexpr const char* kRequests =
    "flows: { service_request: { csc: { direction: both, every: 1d } } }\n";

struct Scene {
  Hub hub;
  District district{hub.folder().path(), kSmall};
  std::unique_ptr<Process> daemon;

  explicit Scene(const std::string& rest)
  {
    hub.configure(district, rest);
    daemon = hub.serve();
  }

  // The file with `from` replaced.
  void change(const std::string& from, const std::string& to)
  {
    auto text = hub.config();
    const auto at = text.find(from);
    REQUIRE(at != text.npos);
    hub.write_config(text.replace(at, from.size(), to));
  }
  void secret(const std::string& name, const std::string& value, mode_t mode = 0600) const
  {
    ::chmod(hub.folder().write(name + ".secret", value).c_str(), mode);
  }
};

} // namespace

TEST_CASE("a reload says what it would change, then changes it, and says that in the log")
{
  Scene scene(kVouchers);
  scene.change("flows: {", "flows: { meeting: { state: { direction: pull, every: 1d } },");
  const auto dry = scene.hub.ask({"reload", "--dry-run"});
  CHECK(text_at(dry, "/changes") == "flows +1 ~0 -0 (+ meeting@state)");
  CHECK(list_at(scene.hub.ask({"status"}), "/flows").size() == 1);
  const auto said = scene.hub.run({"reload"});
  CHECK(said.code == 0);
  CHECK(said.out == "reloaded: flows +1 ~0 -0 (+ meeting@state)\n");
  CHECK(list_at(scene.hub.ask({"status"}), "/flows").size() == 2);
  CHECK(has(scene.daemon->err(), "reloaded: flows +1 ~0 -0 (+ meeting@state)"));
  CHECK(text_at(scene.hub.ask({"reload"}), "/changes") == "nothing changed");
  // The new flow works.
  CHECK(scene.hub.run({"sync", "meeting"}).code == 0);
}

TEST_CASE("limits and rules are taken by name and key; no value is told")
{
  Scene scene(kRequests);
  scene.hub.write_config(scene.hub.config() +
                         "conflicts: { service_request: { fields: { remarks: manual } } }\n"
                         "rails: { max_deletes: 7% }\n");
  scene.change("connector: csc", "connector: csc\n    limits: { requests_per_second: 613 }");
  const auto changed = scene.hub.ask({"reload"});
  CHECK(text_at(changed, "/changes") ==
        "endpoints +0 ~1 -0 (~ csc: limits), options ~2 (conflicts, rails)");
  CHECK_FALSE(has(scene.daemon->err(), " 613"));
}

TEST_CASE("what is wrong is refused as a whole, with its place, and the hub goes on as it was")
{
  Scene scene(kVouchers);
  const auto good = scene.hub.config();
  const auto refused = [&](const std::string& text) {
    scene.hub.write_config(text);
    const auto ran = scene.hub.run({"reload"});
    CHECK(ran.code == 2);
    CHECK(list_at(scene.hub.ask({"status"}), "/flows").size() == 1);
    return ran.out;
  };
  CHECK(has(refused(good + "rails: { max_delets: 5% }\n"), "max_delets"));
  CHECK(has(scene.daemon->err(), "config_rejected"));
  CHECK(has(refused(good + "workers: many\n"), "gramsetu.yaml:"));
  CHECK(has(refused(good + "store: { sqlite: { path: /elsewhere.db } }\n"), "gramsetu.yaml:"));
  auto renamed = good;
  renamed.replace(renamed.find("jalpaiguri"), 10, "cooch");
  CHECK(has(refused(renamed), "hub.name cannot change while the hub runs"));
  // A manifest and a secret are part of it.
  scene.hub.write_config(good);
  scene.secret("central", "x", 0644);
  CHECK(has(refused(good), "can be read by everybody"));
  CHECK(scene.hub.run({"reload", "--dry-run"}).code == 2);
}

TEST_CASE("another area is taken, and what becomes of records outside it is said")
{
  Scene scene(kVouchers);
  scene.change("district: ", "district: 9");
  const auto answer = scene.hub.ask({"reload"});
  CHECK(text_at(answer, "/changes") == "options ~1 (hub.area.district)");
  CHECK(has(text_at(answer, "/remarks/0"), "goes to quarantine from now on"));
}

TEST_CASE("what was to be sent to an endpoint that is gone waits, is told, and goes out later")
{
  Scene scene(kRequests);
  scene.hub.ask({"sync"});
  const auto put = scene.hub.run({"records", "put", "service_request", request_key(1)},
                                 R"({"remarks":"seen at the camp"})");
  REQUIRE_MESSAGE(put.code == 0, put.err);
  const auto before = scene.hub.config();
  auto without = before;
  without.erase(without.find("  csc:\n"), without.find("api: {") - without.find("  csc:\n"));
  without.replace(without.find(kRequests), std::string(kRequests).size(), kVouchers);
  scene.hub.write_config(without);
  const auto answer = scene.hub.ask({"reload"});
  CHECK(has(text_at(answer, "/changes"), "- csc"));
  CHECK(has(text_at(answer, "/remarks/0"), "service_request@csc is gone: 1 changes to send"));
  const auto status = scene.hub.ask({"status"});
  CHECK(text_at(status, "/left/0/flow") == "service_request@csc");
  CHECK(number_at(status, "/left/0/pending") == 1);
  CHECK(has(scene.hub.run({"status"}).out,
            "service_request@csc is not in the configuration any more: 1 changes to send wait"));
  scene.hub.write_config(before);
  scene.hub.ask({"reload"});
  CHECK(list_at(scene.hub.ask({"status"}), "/left").empty());
  CHECK(number_at(run_of(scene.hub.ask({"sync"}), "service_request@csc"), "/counts/pushed") == 1);
}

TEST_CASE("a run that goes on ends as it began; the next one is by the new file")
{
  Scene scene(kVouchers);
  scene.hub.ask({"sync"});
  scene.district.fault("central", R"({"kind":"latency","ms":1500,"times":1,"path":"vouchers"})");
  const auto before = scene.daemon->err().size();
  const auto sync = scene.hub.start({"sync", "--json"});
  REQUIRE(until([&] { return has(scene.daemon->err().substr(before), "run_started"); }));
  scene.change("voucher: { central: { direction: pull, every: 1d } }",
               "meeting: { state: { direction: pull, every: 1d } }");
  scene.daemon->signal(SIGHUP);
  REQUIRE(until([&] { return has(scene.daemon->err(), "hub_reloaded"); }));
  const auto ended = sync->wait();
  REQUIRE(ended);
  CHECK(ended->code == 0);
  CHECK(text_at(run_of(json_of(sync->out()), "voucher@central"), "/state") == "done");
}

TEST_CASE("without a service there is nothing to reload, and the store stays closed")
{
  Hub hub;
  const District district(hub.folder().path(), kSmall);
  hub.configure(district, kVouchers);
  const auto ran = hub.run({"reload"});
  CHECK(ran.code == 1);
  CHECK(has(ran.err, "no service answers"));
  CHECK_FALSE(std::filesystem::exists(hub.path("hub.db")));
}

TEST_CASE("a secret that is changed while the hub runs is used without a reload")
{
  Scene scene("flows:\n  voucher: { central: { direction: pull, every: 1d } }\n"
              "  meeting: { state: { direction: pull, every: 1d } }\n");
  const auto right = scene.hub.folder().read("state.secret");
  scene.secret("state", "not-the-password");
  scene.hub.ask({"reload"});
  const auto locked = scene.hub.run({"sync", "meeting"});
  CHECK(locked.code == 1);
  CHECK(has(locked.out + locked.err, "401"));
  // The password is put right, and the very next cycle works.
  scene.secret("state", right);
  CHECK(scene.hub.run({"sync", "meeting"}).code == 0);
  CHECK(has(scene.daemon->err(), "a changed secret or certificate is in use"));

  // The token server's, too, which asks for the secret only when a token ends.
  const auto central = scene.hub.folder().read("central.secret");
  scene.secret("central", "not-the-secret");
  scene.hub.ask({"reload"});
  CHECK(scene.hub.run({"sync", "voucher"}).code == 1);
  scene.secret("central", central);
  CHECK(scene.hub.run({"sync", "voucher"}).code == 0);
  CHECK_FALSE(has(scene.daemon->err(), "not-the-"));
}

TEST_CASE("a secret in the file itself ends the start with 78, and is not repeated")
{
  Hub hub;
  const District district(hub.folder().path(), kSmall);
  hub.configure(district, kVouchers);
  auto text = hub.config();
  const std::string reference = "${file:" + hub.path("csc.secret") + "}";
  text.replace(text.find(reference), reference.size(), "canary-4711");
  hub.write_config(text);
  const auto ran = hub.run({"run"});
  CHECK(ran.code == 78);
  CHECK(has(ran.err, "endpoints.csc.auth.api_key.value is written into the file"));
  CHECK_FALSE(has(ran.out + ran.err, "canary-4711"));
}
