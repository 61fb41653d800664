// Each kind of finding of the tables, with its exact text.
#include "tests/unit/config/world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gramsetu;
using test::kClean;
using test::World;
using Lines = std::vector<std::string>;

TEST_CASE("a file that is right has no findings, and its defaults come from the tables")
{
  const World world;
  const auto loaded = world.load(kClean);
  for (const auto& finding : loaded->findings)
    FAIL_CHECK(to_text(finding));
  const auto& config = loaded->config;
  CHECK(config.hub_name == "north");
  CHECK(config.area.district == "309");
  CHECK(config.timezone == "Asia/Kolkata");
  CHECK(config.store_path == "/var/lib/gramsetu/hub.db");
  CHECK(config.rails.max_deletes == schema::Limit{500, std::nullopt});
  CHECK(config.rails.max_changes == schema::Limit{5000, std::nullopt});
  CHECK(config.rails.max_creates == schema::Limit{std::nullopt, 10'000});
  CHECK(config.rails.at_least == 20);
  CHECK(config.rails.sudden_drop == 2000);
  CHECK(config.rails.null_rate == 1000);
  CHECK(config.rails.second_approver_above == 1000);
  CHECK(config.rails.hold_empty_source);
  CHECK(config.retention.tombstones == std::chrono::days(365));
  CHECK(config.retention.audit == std::chrono::days(365));
  CHECK(config.audit.folder == "/var/lib/gramsetu/audit");
  CHECK(config.audit.key.empty());
  CHECK_FALSE(config.audit.key_is_elsewhere);
  CHECK(config.retention.quarantine == std::chrono::days(180));
  CHECK(config.api.unix_path == "/run/gramsetu/api.sock");
  CHECK(config.api.tcp_host.empty());
  CHECK(config.log.level == "info");
  CHECK(config.workers == 4);
  REQUIRE(config.flows.size() == 1);
  CHECK(config.flows[0].id == "office@portal");
  CHECK(config.flows[0].lookback == std::chrono::minutes(10));
  const auto& portal = config.endpoints.at("portal");
  CHECK(portal.role == "state");
  CHECK(portal.options.at("page_size") == "500");
  CHECK(portal.limits.first_byte_timeout == std::chrono::seconds(60));
}

TEST_CASE("an unknown key names its block and what was probably meant")
{
  const World world;
  CHECK(world.check("hub: { name: north, nmae: x }\n") ==
        Lines{"hub.yaml:1:21: unknown key 'nmae' in hub; did you mean 'name'?"});
  CHECK(world.check("hub: { name: north }\nendpoint: {}\n") ==
        Lines{"hub.yaml:2:1: unknown key 'endpoint'; did you mean 'endpoints'?"});
  CHECK(world.check("hub: { name: north }\nlog: { colour: red }\n") ==
        Lines{"hub.yaml:2:8: unknown key 'colour' in log; one of level, format"});
}

TEST_CASE("what is missing is said with what to write")
{
  const World world;
  CHECK(world.check("log: { level: info }\n") ==
        Lines{"hub.yaml:1:1: 'hub' is missing; hub: { name: jalpaiguri }"});
  CHECK(world.check("hub: { area: { state: 19 } }\n") ==
        Lines{"hub.yaml:1:6: 'name' is missing in hub; name: jalpaiguri"});
  CHECK(world.check("hub: { name: ~ }\n") ==
        Lines{"hub.yaml:1:14: hub.name has no value; write a name of letters, digits, '-', '_' and "
              "'.'"});
  CHECK(world.check("") == Lines{"hub.yaml:1:1: this file says nothing; hub: { name: ... }"});
}

TEST_CASE("a value of the wrong kind is said with the kind that is right")
{
  const World world;
  CHECK(world.check("hub: { name: north }\nworkers: many\n") ==
        Lines{"hub.yaml:2:10: workers is 'many'; write a whole number"});
  CHECK(world.check("hub: { name: north }\nworkers: \"4\"\n") ==
        Lines{"hub.yaml:2:10: workers is in quotes, which make it a text; workers: 4"});
  CHECK(world.check("hub: { name: north }\nworkers: [4]\n") ==
        Lines{"hub.yaml:2:10: workers is a list; write a whole number"});
  CHECK(world.check("hub: { name: north }\nretention: { log: 90 }\n") ==
        Lines{"hub.yaml:2:19: retention.log is '90'; write a duration such as 30s, 15m, 2d or 3y"});
  CHECK(world.check("hub: { name: north }\nrails: { max_deletes: 0.05 }\n") ==
        Lines{"hub.yaml:2:23: rails.max_deletes is '0.05'; write 5%, 200 or { share: 5%, records: "
              "200 }"});
  CHECK(world.check("hub: { name: north }\nrails: 5%\n") ==
        Lines{"hub.yaml:2:8: rails is no block of options; one of max_deletes, max_changes, "
              "max_creates, at_least, empty_source, sudden_drop, null_rate, "
              "second_approver_above, second_approver_for_money"});
}

TEST_CASE("a value out of range is said with the range")
{
  const World world;
  CHECK(world.check("hub: { name: north }\nworkers: 0\n") ==
        Lines{"hub.yaml:2:10: workers is '0'; 1 to 64"});
  CHECK(world.check("hub: { name: north }\nretention: { tombstones: 7d }\n") ==
        Lines{"hub.yaml:2:26: retention.tombstones is '7d'; 30d or more"});
  CHECK(world.check("hub: { name: north }\nretention: { audit: 179d }\n") ==
        Lines{"hub.yaml:2:21: retention.audit is '179d'; 180d or more"});
  CHECK(world.check("hub: { name: north }\nrails: { max_changes: 101% }\n") ==
        Lines{"hub.yaml:2:23: rails.max_changes is '101%'; 0% to 100%"});
}

TEST_CASE("a limit is a share, a number of records, or both")
{
  const World world;
  const auto rails = world
                         .load("hub: { name: north }\nrails: { max_deletes: 200, max_changes: "
                               "{ share: 2.5%, records: 40 }, max_creates: 300% }\n")
                         ->config.rails;
  CHECK(rails.max_deletes == schema::Limit{std::nullopt, 200});
  CHECK(rails.max_changes == schema::Limit{250, 40});
  CHECK(rails.max_creates == schema::Limit{30'000, std::nullopt});
  CHECK(world.check("hub: { name: north }\nrails:\n  max_deletes: { shares: 5% }\n"
                    "  max_changes: {}\n  max_creates: -1\n  sudden_drop: 20\n"
                    "  second_approver_above: many\n") ==
        Lines{"hub.yaml:3:18: unknown key 'shares' in rails.max_deletes; did you mean 'share'?",
              "hub.yaml:4:16: rails.max_changes says nothing; 5%, 200 or { share: 5%, records: 200 "
              "}",
              "hub.yaml:5:16: rails.max_creates is '-1'; 0 or more",
              "hub.yaml:6:16: rails.sudden_drop is '20'; write a percentage such as 5%",
              "hub.yaml:7:26: rails.second_approver_above is 'many'; write a whole number"});
}

TEST_CASE("a flow's own rails stand over the hub's, option by option")
{
  const World world;
  const std::string head = "hub: { name: north, area: { state: 19, district: 309 } }\n"
                           "endpoints: { portal: { connector: portal, url: https://portal.in } }\n"
                           "rails: { max_changes: 40%, at_least: 7, empty_source: allow }\n";
  const auto loaded = world.load(head + "flows: { office: { portal: { direction: pull, every: 1h, "
                                        "rails: { max_deletes: 10%, at_least: 3 } } } }\n");
  for (const auto& finding : loaded->findings)
    FAIL_CHECK(to_text(finding));
  const auto& rails = loaded->config.flows.at(0).rails;
  CHECK(rails.max_deletes == schema::Limit{1'000, std::nullopt});
  CHECK(rails.at_least == 3);
  CHECK(rails.max_changes == schema::Limit{4'000, std::nullopt});
  CHECK_FALSE(rails.hold_empty_source);
  CHECK(rails.null_rate == loaded->config.rails.null_rate);
  CHECK_FALSE(rails.second_approver_for_money);
  const auto both =
      world.load("hub: { name: north, area: { state: 19, district: 309 } }\n"
                 "endpoints: { portal: { connector: portal, url: https://portal.in } }\n"
                 "rails: { second_approver_for_money: true }\n"
                 "flows: { office: { portal: { direction: pull, every: 1h, rails: { "
                 "second_approver_for_money: false } } } }\n");
  CHECK(both->config.flows.at(0).rails.second_approver_for_money); // a flow cannot do without
  CHECK(loaded->config.rails.max_deletes == schema::Limit{500, std::nullopt});
  CHECK(world.check(head + "flows: { office: { portal: { direction: pull, every: 1h,\n"
                           "  rails: { max_delets: 10%, empty_source: no } } } }\n") ==
        Lines{"hub.yaml:5:12: unknown key 'max_delets' in flows.office.portal.rails; did you mean "
              "'max_deletes'?",
              "hub.yaml:5:43: flows.office.portal.rails.empty_source is 'no'; one of hold, "
              "allow"});
}

TEST_CASE("a word that is no choice is said with the choices")
{
  const World world;
  CHECK(world.check("hub: { name: north }\nlog: { level: infos }\n") ==
        Lines{"hub.yaml:2:15: log.level is 'infos'; did you mean 'info'?"});
  CHECK(world.check("hub: { name: north }\nrails: { empty_source: panic }\n") ==
        Lines{"hub.yaml:2:24: rails.empty_source is 'panic'; one of hold, allow"});
}

TEST_CASE("a key given in two files is said with both places, and blocks are joined")
{
  const World world;
  world.dir.write("conf.d/10-log.yaml", "log: { level: debug }\nworkers: 2\n");
  world.dir.write("conf.d/20-log.yaml", "log: { format: json }\nworkers: 3\n");
  world.dir.write("conf.d/30-ignored.yml", "workers: 9\n");
  const auto loaded = world.load("hub: { name: north }\nlog: { level: info }\n");
  CHECK(loaded->config.log.format == "json");
  CHECK(loaded->config.workers == 2);
  CHECK(world.check("hub: { name: north }\nlog: { level: info }\n") ==
        Lines{"conf.d/10-log.yaml:1:8: log.level is given here and at hub.yaml:2:8; keep one of "
              "them",
              "conf.d/20-log.yaml:2:1: workers is given here and at conf.d/10-log.yaml:2:1; keep "
              "one of them"});
}

TEST_CASE("everything is reported in one go, from top to bottom")
{
  const World world;
  const auto findings = world.check(R"(hub: { name: "no spaces" }
log: { level: loud }
endpoints:
  portal: { connector: portel, url: ftp://portal }
flows:
  ofice:
    portal: { direction: pul, every: 1h }
workers: 100
)");
  CHECK(findings ==
        Lines{"hub.yaml:1:14: hub.name is 'no spaces'; write a name of letters, digits, '-', '_' "
              "and '.'",
              "hub.yaml:2:15: log.level is 'loud'; one of debug, info, warning, error",
              "hub.yaml:4:24: endpoints.portal.connector names 'portel', which no manifest is "
              "called; did you mean 'portal'?",
              "hub.yaml:4:37: endpoints.portal.url is 'ftp://portal'; write https://host/path, "
              "without user, query and fragment",
              "hub.yaml:6:3: unknown entity 'ofice' in flows; did you mean 'office'?",
              "hub.yaml:7:26: flows.ofice.portal.direction is 'pul'; did you mean 'pull'?",
              "hub.yaml:8:10: workers is '100'; 1 to 64"});
}

TEST_CASE("a file that breaks off says so and guesses at nothing else")
{
  const World world;
  const auto findings = world.check("hub: { name: north\nlog: { level: loud }\n");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].starts_with("hub.yaml:"));
}

TEST_CASE("a store in a database says where it is, and keeps its password out of the file")
{
  const World world;
  const auto check = [&](const std::string& store, const std::string& rest = "") {
    return world.check("hub: { name: north }\nstore: { postgresql: { " + store + " } }\n" + rest);
  };
  CHECK(check("url: postgresql://hub@db.example.in/hub").empty());
  CHECK(check("folder: /srv") == Lines{"hub.yaml:2:22: 'url' is missing in store.postgresql; url: "
                                       "postgresql://gramsetu@db.example.gov.in/gramsetu"});
  CHECK(check("url: https://db.example.in/hub") ==
        Lines{"hub.yaml:2:29: store.postgresql.url is no address of a database; write "
              "postgresql://user@host/database; a password goes into password"});
  CHECK(check("url: postgresql://hub:secret@db.example.in/hub") ==
        Lines{"hub.yaml:2:29: store.postgresql.url is no address of a database, or holds a "
              "password; write postgresql://user@host/database; a password goes into password"});
  CHECK(check("url: postgresql://hub@db.example.in/hub, tls: { certificate: a.pem }") ==
        Lines{"hub.yaml:2:70: store.postgresql.tls has only half of our identity; certificate and "
              "key together"});
  CHECK(check("url: postgresql://hub@db.example.in/hub", "backup: { path: /srv/b }\n").size() == 1);
}

TEST_CASE("the API listens where nobody else hears, and never without tokens")
{
  const World world;
  CHECK(world.check("hub: { name: north }\n"
                    "api: { tcp: { listen: 0.0.0.0:8470, tokens: \"${env:T}\" } }\n") ==
        Lines{"hub.yaml:2:23: api.tcp.listen is '0.0.0.0:8470', where other machines reach it "
              "without TLS; 127.0.0.1:8470, or api.tcp.tls with a certificate and its key"});
  CHECK(
      world.check("hub: { name: north }\napi: { tcp: { listen: 127.0.0.1:0 } }\n") ==
      Lines{"hub.yaml:2:13: 'tokens' is missing in api.tcp; tokens: \"${credential:api-tokens}\""});
  CHECK(world
            .check("hub: { name: north }\n"
                   "api: { tcp: { listen: 0.0.0.0:8470, tokens: \"${env:T}\", tls: { certificate: "
                   "c.pem, key: \"${env:K}\" } } }\n")
            .empty());
  CHECK(world.check("hub: { name: north }\n"
                    "api: { tcp: { listen: 0.0.0.0:8470, tokens: \"${env:T}\", tls: { certificate: "
                    "c.pem } } }\n") ==
        Lines{"hub.yaml:2:62: 'key' is missing in api.tcp.tls; key: \"${credential:hub-key}\""});
  const std::string longest(108, 'x');
  CHECK(world.check("hub: { name: north }\napi: { unix: /" + longest + " }\n") ==
        Lines{"hub.yaml:2:14: api.unix is 109 bytes long; 107 at most, which is what the system "
              "takes"});
}

TEST_CASE("a relative path starts at the folder of its file")
{
  const World world;
  const auto loaded =
      world.load("hub: { name: north }\nstore: { sqlite: { path: data/hub.db } }\n");
  CHECK(loaded->config.store_path == world.dir.file("data/hub.db"));
}
