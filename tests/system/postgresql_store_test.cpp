// The real hub with its store in a PostgreSQL database.
#include "tests/support/postgres.hpp"
#include "tests/support/store_engine.hpp"
#include "tests/system/hub.hpp"
#include "tests/system/notify_socket.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

constexpr const char* kFlows =
    "flows: { service_request: { csc: { direction: both, every: 1d } } }\n";

// The hub's file with a store in a database of its own.
store::StoreOptions use_database(Hub& hub)
{
  store::StoreOptions options{hub.path("hub.db"), {}, 8 << 20};
  const auto file = store_block(options, "");
  use_fresh_database(options);
  auto config = hub.config();
  if (const auto at = config.find(file); at != config.npos)
    config.replace(at, file.size(), store_block(options, hub.folder().path()));
  hub.write_config(config);
  return options;
}

} // namespace

TEST_CASE("a hub on PostgreSQL loads, sends, shows its records to SQL, and is looked over")
{
  if (!Postgres::get()) return;
  Hub hub;
  const District district(hub.folder().path(),
                          {"--gps", "4", "--records", "0", "--service-requests", "60"});
  hub.configure(district, kFlows);
  const auto options = use_database(hub);
  hub.ask({"sync"});
  CHECK(sql_in_database(options, "SELECT count(*) FROM service_request") == "60");
  CHECK(sql_in_database(options, "SELECT count(*) FROM gs_record_of_service_request") == "60");
  district.edit("csc", R"({"stream":"service_requests","id":")" +
                           text_at(district.records("csc", "service_requests")[0], "/requestId") +
                           R"(","set":{"mobile":"9000000001"}})");
  const auto run = run_of(hub.ask({"sync"}), "service_request@csc");
  CHECK(number_at(run, "/counts/updated") == 1);
  const auto quiet = run_of(hub.ask({"sync"}), "service_request@csc");
  CHECK(number_at(quiet, "/counts/updated") == 0);
  CHECK(list_at(hub.ask({"doctor"}), "/findings").empty());
  CHECK(has(hub.run({"doctor", "--repair"}).err, "pg_amcheck"));
  CHECK(has(hub.run({"backup", hub.path("b.gsb")}).err, "pg_dump"));
  CHECK(has(hub.run({"restore", hub.path("b.gsb")}).err, "pg_restore"));
  sql_in_database(options, "UPDATE gs_record SET body = replace(body, '9000000001', '9000000002')");
  const auto found = list_at(hub.ask({"doctor"}, 74), "/findings");
  REQUIRE(found.size() == 1);
  CHECK(has(text_at(found[0], "/what"), "does not match its checksum"));
}

TEST_CASE("metrics of a store in a database are what the server says, and nothing of a file")
{
  if (!Postgres::get()) return;
  Hub hub;
  const District district(hub.folder().path(),
                          {"--gps", "4", "--records", "0", "--service-requests", "60"});
  hub.configure(district, kFlows);
  const auto options = use_database(hub);
  const auto daemon = hub.serve();
  hub.ask({"sync"});
  Process curl(
      {{"/usr/bin/curl", "-s", "--unix-socket", hub.path("api.sock"), "http://localhost/metrics"}},
      hub.path("curl"));
  REQUIRE(curl.wait());
  const auto metrics = curl.out();
  const std::string name = "\ngramsetu_store_bytes ";
  REQUIRE(has(metrics, name));
  const auto told = std::stoll(metrics.substr(metrics.find(name) + name.size()));
  const auto of = [&](const std::string& what) {
    return std::stoll(sql_in_database(options, "SELECT " + what));
  };
  CHECK(told >= of("sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE relname IN "
                   "('gs_record_of_service_request', 'gs_change_of_service_request')"));
  CHECK(told <= of("pg_database_size(current_database())"));
  for (const auto* of_a_file : {"gramsetu_store_wal_bytes", "gramsetu_store_disk"})
    CHECK_FALSE(has(metrics, of_a_file));
}

TEST_CASE("a second hub on the same database is told who has it")
{
  if (!Postgres::get()) return;
  Hub hub;
  const District district(hub.folder().path(),
                          {"--gps", "4", "--records", "0", "--service-requests", "20"});
  hub.configure(district, kFlows);
  use_database(hub);
  const auto daemon = hub.serve();
  const auto second = hub.run({"doctor"});
  CHECK(second.code == 1);
  CHECK_MESSAGE(has(second.err, "in use by gramsetu jalpaiguri (process "), second.err);
}

TEST_CASE("a hub waits for its database at the start, and ends with 74 when it loses it")
{
  const auto server = Postgres::stopped();
  if (!server) return;
  Hub hub;
  const District district(hub.folder().path(), {"--gps", "1", "--records", "0"});
  hub.configure(district, kFlows);
  const auto use = [&](const std::string& database) {
    auto config = hub.config();
    const auto begin = config.find("store: "), end = config.find('\n', begin);
    config.replace(begin, end - begin,
                   "store: { postgresql: { url: \"" + server->url(database) +
                       "\", folder: " + hub.folder().path() + " } }");
    hub.write_config(config);
  };
  use("postgres");
  NotifySocket systemd(hub.path("notify"));
  const std::map<std::string, std::string> under_systemd{{"NOTIFY_SOCKET", systemd.path()},
                                                         {"WATCHDOG_USEC", "2000000"}};
  const auto times_told = [](const Process& process) {
    std::size_t times = 0;
    const auto said = process.err();
    for (auto at = said.find("store_awaited"); at != said.npos;
         at = said.find("store_awaited", at + 1))
      ++times;
    return times;
  };
  {
    const auto daemon = hub.start({"run"}, under_systemd);
    CHECK(systemd.hears("STATUS=waiting for the database"));
    CHECK(has(systemd.heard(), "EXTEND_TIMEOUT_USEC="));
    systemd.forget();
    CHECK(systemd.hears("WATCHDOG=1")); // the next pause: it goes on trying
    CHECK_FALSE(has(systemd.heard(), "READY=1"));
    server->start();
    CHECK(systemd.hears("READY=1"));
    CHECK(times_told(*daemon) == 1);
    CHECK(list_at(hub.ask({"status"}), "/flows").size() == 1);

    server->stop(); // what is in memory must not outlive the connection
    hub.run({"status"});
    const auto ended = daemon->wait();
    REQUIRE(ended);
    CHECK(ended->code == 74);
  }
  {
    systemd.forget();
    const auto again = hub.start({"run"}, under_systemd);
    CHECK(systemd.hears("STATUS=waiting for the database"));
    again->signal(SIGTERM);
    const auto ended = again->wait();
    REQUIRE(ended);
    CHECK(ended->code == 0);
  }
  // What waiting does not mend is said at once.
  server->start();
  use("nowhere");
  const auto wrong = hub.run({"run"});
  CHECK(wrong.code == 1);
  CHECK(has(wrong.err, "nowhere"));
}
