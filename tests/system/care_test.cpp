// Backups, their return, and a store that went back: with the real programs, under load.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kSmall{"--gps", "4", "--records", "20", "--service-requests", "60"};
constexpr const char* kFlows =
    "flows: { voucher: { central: { direction: pull, every: 1d } },\n"
    "         service_request: { csc: { direction: both, every: 1d } } }\n";

struct Scene {
  Hub hub;
  District district{hub.folder().path(), kSmall};

  explicit Scene(const std::string& rest = "")
  {
    hub.configure(district, std::string(kFlows) + rest);
    fs::permissions(hub.folder().write("backup.key", "four words and a number 7\n"),
                    fs::perms::owner_read | fs::perms::owner_write);
  }

  std::string records()
  {
    const auto ran =
        hub.run({"records", "export", "service_request", "--unmask", "a test compares"});
    REQUIRE(ran.code == 0);
    return ran.out;
  }

  std::string bytes(const std::string& name)
  {
    std::ifstream in(hub.path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
};

} // namespace

TEST_CASE(
    "a backup of a hub at work comes back as it was; not while a hub runs; nothing is deleted")
{
  Scene scene;
  auto& hub = scene.hub;
  auto daemon = hub.serve();
  auto load = hub.start({"sync"}); // the first load goes on meanwhile
  const auto early = hub.ask({"backup", hub.path("early.gsb")});
  CHECK(number_at(early, "/bytes") > 0);
  REQUIRE(load->wait());
  hub.ask({"sync"});
  const auto before = scene.records();
  const auto made = hub.ask({"backup", hub.path("b.gsb")});
  CHECK(text_at(made, "/file") == hub.path("b.gsb"));
  const auto status = hub.ask({"status"});
  CHECK(text_at(status, "/backup/file") == hub.path("b.gsb"));

  const auto running = hub.run({"restore", hub.path("b.gsb")});
  CHECK(running.code == 1);
  CHECK_MESSAGE(has(running.err, "in use by process"), running.err);
  daemon->signal(SIGTERM);
  REQUIRE(daemon->wait());

  const auto key = text_at(hub.ask({"records", "list", "service_request"}), "/0/key");
  REQUIRE(hub.run({"records", "delete", "service_request", key, "--note", "a test"}).code == 0);
  CHECK(scene.records() != before);
  const auto restored = hub.ask({"restore", hub.path("b.gsb")});
  CHECK(text_at(restored, "/manifest/hub") == "jalpaiguri");
  CHECK(
      has(hub.run({"audit", "list", "--what", "store.restore"}).out, "from " + hub.path("b.gsb")));
  const auto moved = list_at(restored, "/moved");
  REQUIRE_FALSE(moved.empty());
  for (const auto& path : moved)
    CHECK(fs::exists(path.text()));
  CHECK(scene.records() == before);

  const auto rewound = hub.ask({"status"});
  CHECK(has(text_at(rewound, "/rewind/cause"), "restored from"));
  CHECK(has(hub.run({"status"}).out, "went back in time"));
  CHECK(hub.run({"rewind", "accept"}).code == 2); // why?
  CHECK(hub.run({"rewind", "accept", "--note", "drill"}).code == 0);
  CHECK(hub.ask({"rewind", "show"}).object().find("rewind")->is_null());
  CHECK(hub.run({"rewind", "accept", "--note", "drill"}).code == 1);

  // A restore of a system that had converged writes nothing anew (A28).
  const auto again = hub.ask({"sync"});
  for (const auto* flow : {"voucher@central", "service_request@csc"}) {
    CAPTURE(flow);
    for (const auto* count : {"created", "updated", "deleted", "pushed"})
      CHECK(number_at(run_of(again, flow), std::string("/counts/") + count) == 0);
  }
}

TEST_CASE("an encrypted backup holds no name, and a flipped bit, a cut tail or no key is refused")
{
  Scene scene("backup: { path: kept, key: \"${file:backup.key}\" }\n");
  auto& hub = scene.hub;
  hub.ask({"sync"});
  const auto canary = text_at(hub.ask({"records", "list", "service_request", "--unmask", "a test"}),
                              "/0/record/applicant_name");
  REQUIRE(canary.size() > 3);
  REQUIRE(has(scene.bytes("hub.db") + scene.bytes("hub.db-wal"), canary));
  hub.ask({"backup", hub.path("b.gsb")}); // with the key of the file
  const auto whole = scene.bytes("b.gsb");
  CHECK_FALSE(has(whole, canary));
  CHECK_FALSE(has(whole, "SQLite"));

  auto bytes = whole;
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  hub.folder().write("flipped.gsb", bytes);
  hub.folder().write("cut.gsb", whole.substr(0, whole.size() - 100));
  hub.folder().write("text.gsb", "not a backup");
  const auto before = scene.records();
  for (const auto* name : {"flipped.gsb", "cut.gsb", "text.gsb", "none.gsb"}) {
    CAPTURE(name);
    const auto ran = hub.run({"restore", hub.path(name)});
    CHECK(ran.code == 1);
    CHECK_MESSAGE(has(ran.err, "nothing was restored"), ran.err);
  }
  hub.folder().write("other.key", "another key, just as long\n");
  fs::permissions(hub.path("other.key"), fs::perms::owner_read);
  CHECK(hub.run({"restore", hub.path("b.gsb"), "--key", "file:" + hub.path("other.key")}).code ==
        1);
  CHECK(hub.run({"restore", hub.path("b.gsb"), "--key", "other.key"}).code == 2);
  CHECK(scene.records() == before);
  CHECK(hub.ask({"status"}).object().find("rewind")->is_null());
  const auto named = "file:" + hub.path("backup.key");
  CHECK(hub.run({"restore", hub.path("b.gsb"), "--key", named}).code == 0);
  CHECK(scene.records() == before);
}

TEST_CASE(
    "a backup that finds no place fails, says how old the last good one is, and the hub goes on")
{
  Scene scene;
  auto& hub = scene.hub;
  auto daemon = hub.serve();
  hub.ask({"backup", hub.path("b.gsb")});
  const auto failed = hub.run({"backup", hub.path("none/b.gsb")});
  CHECK(failed.code == 1);
  CHECK_MESSAGE(has(failed.err, "ReadWritePaths="), failed.err);
  CHECK_FALSE(fs::exists(hub.path("none")));
  CHECK(has(daemon->err(), "backup_failed"));
  const auto status = hub.ask({"status"});
  CHECK(text_at(status, "/backup/failed_file") == hub.path("none/b.gsb"));
  CHECK(text_at(status, "/backup/file") == hub.path("b.gsb"));
  CHECK(has(hub.run({"status"}).out, "the last backup failed"));
  CHECK(text_at(run_of(hub.ask({"sync", "voucher"}), "voucher@central"), "/state") == "done");
}

TEST_CASE(
    "the doctor finds a sound store sound, mends a changed digit, saves what a broken page left")
{
  Scene scene;
  auto& hub = scene.hub;
  hub.ask({"sync"});
  CHECK(list_at(hub.ask({"doctor"}), "/findings").empty());
  const auto before = scene.records();
  REQUIRE(hub.run({"status"}).code == 0);
  {
    auto daemon = hub.serve();
    CHECK(hub.run({"doctor"}).code == 1); // not while a hub runs
    daemon->signal(SIGTERM);
    REQUIRE(daemon->wait());
  }
  auto bytes = scene.bytes("hub.db");
  const auto key = text_at(hub.ask({"records", "list", "service_request"}), "/0/key");
  const auto at = bytes.find("\"" + key + "\"");
  REQUIRE(at != std::string::npos);
  auto changed = bytes;
  changed[at + 2] = changed[at + 2] == 'X' ? 'Y' : 'X';
  fs::remove(hub.path("hub.db-wal"));
  hub.folder().write("hub.db", changed);
  const auto found = hub.ask({"doctor"}, 1);
  REQUIRE_FALSE(list_at(found, "/findings").empty());
  CHECK(text_at(found, "/findings/0/kind") == "row");
  const auto mended = hub.ask({"doctor", "--repair"});
  CHECK(has(hub.run({"audit", "list", "--what", "store.repair"}).out, "ended with 0"));
  CHECK(list_at(mended, "/findings").empty());
  hub.ask({"sync", "--full"});
  CHECK(list_at(hub.ask({"doctor"}), "/findings").empty());
  CHECK(scene.records().size() == before.size()); // what was taken out was read anew

  bytes = scene.bytes("hub.db");
  const auto middle = bytes.find("applicant_name", bytes.size() / 2);
  REQUIRE(middle != std::string::npos);
  bytes.replace(middle / 4096 * 4096, 4096, std::string(4096, '\x5a'));
  fs::remove(hub.path("hub.db-wal"));
  hub.folder().write("hub.db", bytes);
  CHECK(hub.run({"doctor"}).code == 74);
  const auto saved = hub.ask({"doctor", "--repair"}, 74);
  CHECK(scene.bytes("hub.db") == bytes);
  const auto done = list_at(saved, "/done");
  REQUIRE_FALSE(done.empty());
  const auto& last = done.back().text();
  const auto to = last.substr(last.rfind(' ') + 1);
  CHECK(fs::exists(to));
  CHECK(hub.run({"restore", to}).code == 0);
  CHECK(hub.run({"doctor"}).code == 0);
}

TEST_CASE(
    "an erased person is in no file of the store, stays out, and does not come back by a backup")
{
  Scene scene;
  auto& hub = scene.hub;
  hub.ask({"sync"});
  const auto records = hub.ask({"records", "list", "service_request", "--unmask", "a test"});
  const auto key = text_at(records, "/0/key");
  const auto name = text_at(records, "/0/record/applicant_name");
  hub.ask({"backup", hub.path("old.gsb")});
  const auto held = [&] { return has(scene.bytes("hub.db") + scene.bytes("hub.db-wal"), name); };
  REQUIRE(held());
  CHECK_FALSE(list_at(hub.ask({"personal", "find", name}), "/found").empty());
  const auto masked = hub.run({"personal", "export", "service_request", key});
  CHECK(masked.code == 0);
  CHECK_FALSE(has(masked.out, name));
  CHECK(
      has(hub.run({"personal", "export", "service_request", key, "--unmask", "asked"}).out, name));
  const auto whole = hub.ask({"personal", "export", "--person", name, "--unmask", "asked"});
  CHECK(text_at(whole, "/records/0/record/applicant_name") == name);
  CHECK_FALSE(has(hub.run({"personal", "export", "--person", name}).out, name));
  const Hub::Words erase{"personal", "erase", "--person", name, "--note", "asked by the person"};
  const auto shown = hub.run(erase);
  CHECK(shown.code == 0);
  CHECK_MESSAGE(has(shown.out, key), shown.out);
  CHECK(held()); // it only showed them
  auto sure = erase;
  sure.push_back("--yes");
  const auto erased = hub.ask(sure); // namesakes, too
  CHECK(list_at(erased, "/erased").size() == list_at(whole, "/records").size());
  CHECK(list_at(erased, "/left").empty());
  CHECK_FALSE(held());
  CHECK(list_at(hub.ask({"personal", "removals"}), "/removals").size() ==
        list_at(whole, "/records").size());
  CHECK(hub.run({"personal", "erase", "service_request", "--note", "which?"}).code == 2);
  CHECK(hub.run({"personal", "erase", "service_request", key, "--person", name, "--note", "which?"})
            .code == 2);
  CHECK(hub.run({"personal", "erase", "service_request", key}).code == 2); // why?
  hub.ask({"sync", "--full"});
  CHECK_FALSE(held());
  CHECK_FALSE(has(hub.run({"logs", "-n", "1000"}).out, name));
  CHECK(text_at(hub.ask({"personal", "removals"}), "/removals/0/kind") == "erasure");
  hub.ask({"backup", hub.path("new.gsb")});
  CHECK_FALSE(has(scene.bytes("new.gsb"), name));

  REQUIRE(has(scene.bytes("old.gsb"), name));
  REQUIRE(hub.run({"restore", hub.path("old.gsb")}).code == 0);
  REQUIRE(hub.run({"status"}).code == 0); // its first start
  CHECK_FALSE(held());
}
