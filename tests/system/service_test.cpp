// `gramsetu run` as systemd sees it: ready, alive, reloaded, stopped, refused.
#include "connectors/sql/sqlite.hpp"
#include "tests/system/hub.hpp"
#include "tests/system/notify_socket.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::test;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> kSmall{"--gps", "4", "--records", "20", "--service-requests", "12"};

// A flow that no schedule starts while a test lasts.
constexpr const char* kRare = "flows: { voucher: { central: { direction: pull, every: 1d } } }\n";

// The lines of a log that hold `piece`.
std::vector<std::string> lines_with(const std::string& log, const std::string& piece)
{
  std::vector<std::string> found;
  std::size_t at = 0;
  while (at < log.size()) {
    const auto end = std::min(log.find('\n', at), log.size());
    if (auto line = log.substr(at, end - at); has(line, piece)) found.push_back(std::move(line));
    at = end + 1;
  }
  return found;
}

// A socket's file without anybody behind it, as a killed process leaves it.
void leave_stale_socket(const std::string& path)
{
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(descriptor);
  REQUIRE(std::filesystem::exists(path));
}

struct Scene {
  Hub hub;
  District district{hub.folder().path(), kSmall};
  NotifySocket notify{hub.path("notify")};

  explicit Scene(const std::string& rest = kRare) { hub.configure(district, rest); }

  std::unique_ptr<Process> serve(std::map<std::string, std::string> more = {})
  {
    more["NOTIFY_SOCKET"] = notify.path();
    auto daemon = hub.start({"run"}, std::move(more));
    REQUIRE_MESSAGE(notify.hears("READY=1"), daemon->err());
    return daemon;
  }
};

} // namespace

TEST_CASE("the service says that it is ready when its socket answers, and then that it is alive")
{
  Scene scene;
  const auto daemon = scene.serve({{"WATCHDOG_USEC", "200000"}});
  CHECK(scene.hub.run({"status"}).code == 0);
  for (int ping = 0; ping < 3; ++ping) {
    scene.notify.forget();
    CHECK(scene.notify.hears("WATCHDOG=1", 5s));
  }
}

TEST_CASE("a stop in the middle of a run ends with 0 within seconds, and the next run carries on")
{
  Scene scene(kRare);
  auto daemon = scene.serve();
  scene.district.fault("central", R"({"kind":"latency","ms":60000,"times":0,"path":"vouchers"})");
  const auto sync = scene.hub.start({"sync"});
  REQUIRE(until([&] { return has(daemon->err(), "run_started"); }));
  daemon->signal(SIGTERM);
  CHECK(scene.notify.hears("STOPPING=1"));
  const auto ended = daemon->wait(10s);
  REQUIRE_MESSAGE(ended, "it still runs: ", daemon->err());
  CHECK(ended->code == 0);
  CHECK(lines_with(daemon->err(), "run_finished").size() == 1);
  // Who waited for the run is told.
  const auto waited = sync->wait(10s);
  REQUIRE(waited);
  CHECK(waited->code == 1);
  CHECK_MESSAGE((has(sync->err(), "gramsetu: ") || has(sync->out(), "cancelled")), sync->err(),
                sync->out());
  CHECK_FALSE(std::filesystem::exists(scene.hub.path("api.sock")));
  scene.district.clear("central", "faults");
  const auto answer = scene.hub.ask({"sync"});
  CHECK(number_at(run_of(answer, "voucher@central"), "/counts/created") == 20);
}

TEST_CASE("Ctrl-C stops a run that a command does by itself, and the next one carries on")
{
  Scene scene;
  scene.district.fault("central", R"({"kind":"latency","ms":60000,"path":"vouchers"})");
  const auto sync = scene.hub.start({"sync", "--json"});
  REQUIRE(until(
      [&] { return number_at(scene.district.get("central", "faults"), "/faults/0/hits") == 1; }));
  sync->signal(SIGINT);
  const auto ended = sync->wait(10s);
  REQUIRE(ended);
  CHECK(ended->code == 1);
  CHECK(text_at(run_of(json_of(sync->out()), "voucher@central"), "/state") == "cancelled");
  CHECK(number_at(run_of(scene.hub.ask({"sync"}), "voucher@central"), "/counts/created") == 20);
}

TEST_CASE("a reload with errors keeps what was there and says every error; a good one is taken")
{
  Scene scene;
  const auto daemon = scene.serve();
  const auto good = scene.hub.config();
  scene.notify.forget();
  scene.hub.write_config(good + "rails: { max_delets: 5% }\nretention: { log: soon }\n");
  daemon->signal(SIGHUP);
  REQUIRE(scene.notify.hears("READY=1"));
  CHECK(has(scene.notify.heard(), "RELOADING=1\nMONOTONIC_USEC="));
  REQUIRE(until([&] { return lines_with(daemon->err(), "config_rejected").size() == 2; }));
  const auto rejected = lines_with(daemon->err(), "config_rejected");
  CHECK(has(rejected[0], "gramsetu.yaml:"));
  CHECK(has(rejected[0], "max_delets"));
  CHECK(has(rejected[1], "retention.log"));
  CHECK(list_at(scene.hub.ask({"status"}), "/flows").size() == 1);

  auto more = good;
  more.replace(more.find("flows: {"), 8,
               "flows: { meeting: { state: { direction: pull, every: 1d } },");
  scene.hub.write_config(more);
  scene.notify.forget();
  daemon->signal(SIGHUP);
  REQUIRE(scene.notify.hears("READY=1"));
  const auto reloaded = lines_with(daemon->err(), "hub_reloaded");
  REQUIRE(reloaded.size() == 1);
  CHECK(has(reloaded[0], " flows=2"));
  CHECK_FALSE(has(reloaded[0], "next start"));
  CHECK(list_at(scene.hub.ask({"status"}), "/flows").size() == 2);
}

TEST_CASE("a reload takes the log's level at once, and names what only a start can take")
{
  Scene scene;
  const auto daemon = scene.serve();
  scene.hub.ask({"sync"});
  CHECK(lines_with(daemon->err(), "slice_finished").empty());
  scene.hub.write_config(scene.hub.config() + "log: { level: debug, format: json }\nworkers: 2\n");
  scene.notify.forget();
  daemon->signal(SIGHUP);
  REQUIRE(scene.notify.hears("READY=1"));
  const auto reloaded = lines_with(daemon->err(), "hub_reloaded");
  REQUIRE(reloaded.size() == 1);
  CHECK_MESSAGE(has(reloaded[0], "log.format, workers: from the next start"), reloaded[0]);
  scene.hub.ask({"sync"});
  CHECK(lines_with(daemon->err(), "slice_finished").size() == 1);
}

TEST_CASE("a wrong configuration at the start ends with 78 and lists every error")
{
  Scene scene;
  scene.hub.write_config(scene.hub.config() + "rails: { max_delets: 5% }\nworkers: many\n");
  const auto ran = scene.hub.run({"run"});
  CHECK(ran.code == 78);
  CHECK(has(ran.err, "max_delets"));
  CHECK(has(ran.err, "workers"));
}

TEST_CASE("a store that cannot be trusted ends with 74, for the service and for a command")
{
  Scene scene;
  std::string garbage;
  for (int i = 0; i < 20'000; ++i)
    garbage += static_cast<char>(i * 37 % 251);
  scene.hub.folder().write("hub.db", garbage);
  for (const auto* command : {"run", "sync", "status"}) {
    CAPTURE(command);
    const auto ran = scene.hub.run({command});
    CHECK(ran.code == 74);
    CHECK(has(ran.err, scene.hub.path("hub.db")));
  }
  CHECK(scene.hub.folder().read("hub.db") == garbage);
}

TEST_CASE("a store of a newer program ends the service with 78, and is not tried again and again")
{
  Scene scene;
  REQUIRE(scene.hub.run({"status"}).code == 0);
  connectors::EndpointSettings settings;
  settings.path = scene.hub.path("hub.db");
  SystemClock clock;
  {
    const auto store = connectors::sql::sqlite_database(settings, clock, true);
    const auto session = store->connect({});
    REQUIRE(session);
    REQUIRE((*session)->script("PRAGMA user_version = 99"));
  }
  const auto ran = scene.hub.run({"run"});
  CHECK(ran.code == 78);
  CHECK(has(ran.err, "newer than this program"));
}

TEST_CASE(
    "a row that somebody changed behind the hub's back ends a command with 74, and sends nothing")
{
  Scene scene("flows: { voucher: { central: { direction: pull, every: 1d } },\n"
              "         service_request: { csc: { direction: push, every: 1d } } }\n");
  REQUIRE(scene.hub
              .run({"records", "put", "service_request", "R1"},
                   R"({"service_code":"INC","local_body":"245101","phone":"9000000001"})")
              .code == 0);
  connectors::EndpointSettings settings;
  settings.path = scene.hub.path("hub.db");
  SystemClock clock;
  {
    const auto store = connectors::sql::sqlite_database(settings, clock, true);
    const auto session = store->connect({});
    REQUIRE(session);
    REQUIRE((*session)->script("UPDATE gs_outbox SET created_at = created_at + 1"));
  }
  const auto ran = scene.hub.run({"sync", "service_request"});
  CHECK(ran.code == 74);
  CHECK_MESSAGE(has(ran.err, "R1"), ran.err);
  CHECK(scene.district.effects("csc").empty());
}

TEST_CASE("a second service on the same store is refused, and says who has it")
{
  Scene scene;
  const auto daemon = scene.serve();
  auto other = scene.hub.config();
  other.replace(other.find("api.sock"), 8, "two.sock");
  scene.hub.folder().write("other.yaml", other);
  Process second({{GRAMSETU_BINARY_DIR "/gramsetu", "run", "-c", scene.hub.path("other.yaml")}},
                 scene.hub.path("second"));
  const auto ended = second.wait();
  REQUIRE(ended);
  CHECK(ended->code == 1);
  CHECK(has(second.err(), "hub.db: in use by process " + std::to_string(daemon->pid())));
  CHECK(daemon->running());

  // With the very same file it meets the store first, too, and leaves the other's socket alone.
  const auto same = scene.hub.run({"run"});
  CHECK(same.code == 1);
  CHECK(has(same.err, "in use by process"));
  CHECK(scene.hub.run({"status"}).code == 0);
}

TEST_CASE("a socket's file that a killed process left is replaced; another file is not")
{
  Scene scene;
  leave_stale_socket(scene.hub.path("api.sock"));
  {
    const auto daemon = scene.serve();
    CHECK(scene.hub.run({"status"}).code == 0);
    daemon->kill();
  }
  CHECK(std::filesystem::exists(scene.hub.path("api.sock")));
  scene.notify.forget();
  scene.serve();
  std::filesystem::remove(scene.hub.path("api.sock"));
  scene.hub.folder().write("api.sock", "somebody's notes");
  const auto ran = scene.hub.run({"run"});
  CHECK(ran.code != 0);
  CHECK(has(ran.err, "is not a socket"));
  CHECK(scene.hub.folder().read("api.sock") == "somebody's notes");
}

TEST_CASE("a run's first and last line carry what design asks of them, and nothing of a secret")
{
  Scene scene("flows: { voucher: { central: { direction: pull, every: 1s } } }\n"
              "log: { level: debug }\n");
  const auto daemon = scene.serve();
  REQUIRE(until([&] { return !lines_with(daemon->err(), "run_finished").empty(); }));
  const auto started = lines_with(daemon->err(), "run_started").front();
  CHECK(has(started, " flow=voucher@central"));
  CHECK(has(started, " run="));
  // The time carries the zone offset.
  CHECK(has(started.substr(0, started.find(' ')), "+05:30"));
  const auto finished = lines_with(daemon->err(), "run_finished").front();
  for (const auto* name :
       {"run", "flow", "pulled", "unchanged", "created", "updated", "deleted", "conflicts",
        "quarantined", "pushed", "unknown", "bytes", "seconds", "freshness"}) {
    CAPTURE(name);
    CHECK(has(finished, std::string(" ") + name + "="));
  }
  CHECK(has(finished, " created=20 "));
  CHECK(has(finished, " freshness=0s"));
  const auto slices = lines_with(daemon->err(), "slice_finished");
  REQUIRE_FALSE(slices.empty());
  CHECK(has(slices.front(), " slice="));
  CHECK_FALSE(has(daemon->err(), text_at(scene.district.ports(), "/central/client_secret")));
}

TEST_CASE("without a terminal's reader the service goes on: its standard error may be closed")
{
  Scene scene("flows: { voucher: { central: { direction: pull, every: 1s } } }\n");
  Process daemon({{"/bin/sh", "-c",
                   "exec " GRAMSETU_BINARY_DIR "/gramsetu run -c " +
                       scene.hub.path("gramsetu.yaml") + " 2>&-"},
                  {{"NOTIFY_SOCKET", scene.notify.path()}}},
                 scene.hub.path("closed"));
  REQUIRE(scene.notify.hears("READY=1"));
  REQUIRE(until([&] { return number_at(scene.hub.ask({"status"}), "/records/voucher") == 20; }));
  daemon.signal(SIGTERM);
  const auto ended = daemon.wait(10s);
  REQUIRE(ended);
  CHECK(ended->code == 0);
}
