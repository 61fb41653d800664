// Endpoints and flows: references to manifests, entities and each other.
#include "tests/unit/config/world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gramsetu;
using test::World;
using Lines = std::vector<std::string>;

namespace {

const std::string kHub = "hub: { name: north, area: { state: 19, district: 309 } }\n";

std::string endpoint(const std::string& block)
{
  return kHub + "endpoints:\n  a: { " + block + " }\n";
}

std::string flow(const std::string& block)
{
  return endpoint("connector: portal, url: https://a.example") + "flows:\n  office:\n    a: { " +
         block + " }\n";
}

} // namespace

TEST_CASE("every kind of auth is bound")
{
  const World world;
  const auto auth = [&](const std::string& text) {
    const auto loaded =
        world.load(endpoint("connector: portal, url: https://a.example, auth: " + text));
    for (const auto& finding : loaded->findings)
      FAIL_CHECK(to_text(finding));
    return loaded->config.endpoints.at("a").auth;
  };
  using Kind = connectors::Auth::Kind;
  CHECK(auth("none").kind == Kind::none);
  CHECK(auth("{ none: {} }").kind == Kind::none);
  CHECK(auth("{ api_key: { header: X-Key, value: \"${env:K}\" } }").header == "X-Key");
  CHECK(auth("{ api_key: { query: key, value: \"${env:K}\" } }").query == "key");
  CHECK(auth("{ basic: { user: u, password: \"${env:P}\" } }").user == "u");
  CHECK(auth("{ bearer: { token: \"${env:T}\" } }").kind == Kind::bearer);
  const auto oauth2 = auth("{ oauth2: { token_url: https://a.example/token, client_id: c, "
                           "client_secret: \"${env:S}\", scope: \"x y\" } }");
  CHECK(oauth2.kind == Kind::oauth2);
  CHECK(oauth2.token_url == "https://a.example/token");
  CHECK(oauth2.scope == "x y");
  CHECK(auth("{ hmac: { key_id: k, secret: \"${env:S}\" } }").kind == Kind::hmac);
}

TEST_CASE("pins come in twos at least, so that an endpoint can change its key")
{
  const World world;
  const std::string one = "sha256//" + std::string(43, 'A') + "=",
                    two = "sha256//" + std::string(43, 'B') + "=";
  const auto with = [](const std::string& pins) {
    return endpoint("connector: portal, url: https://a.example, tls: { pins: \"" + pins + "\" }");
  };
  CHECK(world.load(with(one + " " + two))->config.endpoints.at("a").tls.pins == Lines{one, two});
  REQUIRE(world.check(with(one)).size() == 1);
  CHECK(world.check(with(one)).front().find("has only one key; two at least") != std::string::npos);
  CHECK(world.check(with(one + " sha256//short")).front().find("'sha256//short' is no pin") !=
        std::string::npos);
}

TEST_CASE("auth is one of its kinds")
{
  const World world;
  const std::string start = "connector: portal, url: https://a.example, auth: ";
  CHECK(world.check(endpoint(start + "{ none: {}, bearer: { token: \"${env:T}\" } }")) ==
        Lines{"hub.yaml:3:57: endpoints.a.auth has none and bearer; keep one of them"});
  CHECK(world.check(endpoint(start + "{ api_key: { value: \"${env:T}\" } }")) ==
        Lines{"hub.yaml:3:68: endpoints.a.auth.api_key has neither header nor query; one of them"});
  CHECK(
      world.check(endpoint(start + "secret")) ==
      Lines{"hub.yaml:3:57: endpoints.a.auth is no block of options; one of none, api_key, basic, "
            "bearer, oauth2, hmac, ssh_key"});
}

TEST_CASE("plaintext goes to this machine only, unless it is allowed")
{
  const World world;
  CHECK(world.check(endpoint("connector: portal, url: http://127.0.0.1:8080/x")).empty());
  CHECK(world.check(endpoint("connector: portal, url: \"http://[::1]:8080\"")).empty());
  CHECK(world.check(endpoint("connector: portal, url: http://a.example, allow_plaintext: true"))
            .empty());
  CHECK(world.check(endpoint("connector: portal, url: http://a.example")) ==
        Lines{"hub.yaml:3:32: endpoints.a.url goes over the network in the clear; https://, or "
              "allow_plaintext: true"});
  // A host that only starts like this machine is another one.
  CHECK(world.check(endpoint("connector: portal, url: http://127.0.0.1.example.in")).size() == 1);
  CHECK(world.check(endpoint("connector: portal, url: \"https://user:pass@a.example\"")).size() ==
        1);
}

TEST_CASE("an endpoint has what its transport needs, and nothing it has no use for")
{
  const World world;
  CHECK(world.check(endpoint("connector: portal")) ==
        Lines{"hub.yaml:3:3: 'url' is missing in endpoints.a; url: "
              "https://central.example.gov.in/api"});
  CHECK(
      world.check(endpoint("connector: drop, path: /srv, url: https://a.example")) ==
      Lines{"hub.yaml:3:42: endpoints.a.url has no use with the transport 'files'; leave it out"});
  world.dir.write("share/connectors/tap.yaml", "{ connector: tap, role: local, transport: exec, "
                                               "tap: { command: [ tap ] }, "
                                               "streams: { r: { entity: request } } }");
  CHECK(world.check(endpoint("connector: tap, auth: none")).empty());
  CHECK(world.check(endpoint("connector: tap, url: https://a.example")) ==
        Lines{"hub.yaml:3:29: endpoints.a.url has no use with the transport 'exec'; leave it out"});
  CHECK(world.check(endpoint("connector: portal, url: https://a.example, tls: { certificate: c.pem "
                             "}")) ==
        Lines{"hub.yaml:3:56: endpoints.a.tls has only half of our identity; certificate and key "
              "together"});
}

TEST_CASE("an SFTP server must be known, and we to it")
{
  const World world;
  const std::string start =
      "connector: { transport: sftp, role: local, streams: { offices: { entity: office, pull: { "
      "path: \"*.csv\" } } } }, url: sftp://a.example/~/in";
  const std::string key = ", auth: { ssh_key: { user: u, key: \"${env:K}\" } }";
  const std::string known = ", host_key: \"SHA256:uNiVztksCsDhcc0u9e8BrrADltlVEy4XYLDC6pFp2mE\"";
  const auto loaded = world.load(endpoint(start + key + known));
  for (const auto& finding : loaded->findings)
    FAIL_CHECK(to_text(finding));
  const auto& settings = loaded->config.endpoints.at("a");
  CHECK(settings.auth.kind == connectors::Auth::Kind::ssh_key);
  CHECK(settings.host_keys.size() == 1);
  const auto says = [&](const std::string& text, const std::string& what) {
    const auto found = world.check(endpoint(text));
    CHECK_MESSAGE(found.size() == 1, text);
    for (const auto& line : found)
      CHECK_MESSAGE(line.find(what) != std::string::npos, line);
  };
  says(start + key, "'host_key' is missing in endpoints.a");
  says(start + known, "'auth' is missing in endpoints.a");
  says(start + key + ", host_key: \"MD5:16:27\"", "endpoints.a.host_key is no host key");
  says(start + known + ", auth: { bearer: { token: \"${env:K}\" } }",
       "endpoints.a.auth does not fit the transport 'sftp'");
  says("connector: portal, url: sftp://a.example", "endpoints.a.url does not fit");
}

TEST_CASE("an endpoint's options are those of its manifest")
{
  const World world;
  const std::string start = "connector: portal, url: https://a.example, options: ";
  CHECK(world.load(endpoint(start + "{ page_size: 50 }"))
            ->config.endpoints.at("a")
            .options.at("page_size") == "50");
  CHECK(world.check(endpoint(start + "{ pagesize: 50 }")) ==
        Lines{"hub.yaml:3:62: unknown key 'pagesize' in endpoints.a.options; did you mean "
              "'page_size'?"});
  CHECK(world.check(endpoint(start + "{ page_size: 5000 }")) ==
        Lines{"hub.yaml:3:73: endpoints.a.options.page_size is '5000'; 1 to 1000"});
  CHECK(world.check(endpoint(start + "{ page_size: all }")) ==
        Lines{"hub.yaml:3:73: endpoints.a.options.page_size is 'all'; write a value of type "
              "integer"});
}

TEST_CASE("a database is a file or an address, and a password in the address is not repeated")
{
  const World world;
  const std::string stream = "streams: { offices: { entity: office, pull: { table: offices, key: "
                             "[code] } } } }";
  const auto check = [&](const std::string& address) {
    return world.check(
        endpoint("connector: { transport: sql, role: local, " + stream + ", " + address));
  };
  CHECK(check("path: /srv/local.db").empty());
  CHECK(check("url: \"postgresql://hub@db.example:5432/local\"").empty());
  CHECK(check("url: \"postgresql://%2Frun%2Fpostgresql/local\"").empty());
  const auto both = check("path: /srv/local.db, url: \"postgresql://db.example/local\"");
  REQUIRE(both.size() == 1);
  CHECK(both[0].find("path has no use") != std::string::npos);
  const auto other = check("url: https://db.example/local");
  REQUIRE(other.size() == 1);
  CHECK(other[0].find("url does not fit the transport 'sql'") != std::string::npos);
  const auto told = check("url: \"postgresql://hub:geheim@db.example/local\"");
  REQUIRE_FALSE(told.empty());
  for (const auto& line : told)
    CHECK(line.find("geheim") == std::string::npos);
}

TEST_CASE("a manifest comes by name, by file or inline")
{
  const World world;
  world.dir.write("mine.yaml", world.dir.read("share/connectors/portal.yaml"));
  const auto by_file = world.load(endpoint("connector: ./mine.yaml, url: https://a.example"));
  CHECK(by_file->findings.empty());
  CHECK(by_file->config.endpoints.at("a").manifest->name == "portal");

  const std::string streams =
      "streams: { offices: { entity: office, pull: { path: \"*.csv\" } } } }";
  const auto written =
      world.load(endpoint("path: /srv, connector: { transport: files, role: local, " + streams));
  for (const auto& finding : written->findings)
    FAIL_CHECK(to_text(finding));
  CHECK(written->config.endpoints.at("a").manifest->name == "a");
  CHECK(written->config.endpoints.at("a").role == "local");

  CHECK(world.check(endpoint("connector: ./other.yaml, url: https://a.example")) ==
        Lines{"hub.yaml:3:19: endpoints.a.connector names './other.yaml', which is not there; the "
              "path of a manifest, from the folder of this file"});
  CHECK(world.check(
            endpoint("path: /srv, connector: { transport: pigeons, role: local, " + streams)) ==
        Lines{"hub.yaml:3:44: there is no transport 'pigeons'; one of http, files, exec, sql, "
              "sftp"});
}

TEST_CASE(
    "what is wrong in a manifest is said once, with its own place, and nothing follows from it")
{
  const World world;
  world.dir.write("share/connectors/broken.yaml",
                  "connector: broken\nrole: state\ntransport: http\nstreams:\n  offices:\n"
                  "    entity: ofice\n");
  const auto findings =
      world.check(kHub + "endpoints:\n"
                         "  a: { connector: broken, url: https://a.example }\n"
                         "  b: { connector: broken, url: https://b.example }\n"
                         "flows: { office: { a: { direction: pull, every: 1h } } }\n");
  CHECK(findings ==
        Lines{"share/connectors/broken.yaml:6:13: unknown entity 'ofice'; did you mean 'office'?"});
}

TEST_CASE("an endpoint's name means one thing to the rules")
{
  const World world;
  CHECK(world.check(kHub + "endpoints: { csc: { connector: portal, url: https://a.example } }\n") ==
        Lines{"hub.yaml:2:14: endpoints.csc is called like a role, but its role is state; another "
              "name, or that role"});
  CHECK(
      world.check(kHub + "endpoints: { local: { connector: portal, url: https://a.example } }\n") ==
      Lines{"hub.yaml:2:14: an endpoint cannot be called 'local', which is the hub itself; another "
            "name"});
  CHECK(world.check(kHub +
                    "endpoints: { \"a@b\": { connector: portal, url: https://a.example } }\n") ==
        Lines{"hub.yaml:2:14: 'a@b' cannot be the name of an endpoint; letters, digits, '-', '_' "
              "and '.', no number and no word such as yes or null"});
}

TEST_CASE("a flow has one schedule, and a sane one")
{
  const World world;
  CHECK(world.check(flow("direction: pull")) ==
        Lines{"hub.yaml:6:5: flows.office.a has neither every nor cron; every: 15m"});
  CHECK(world.check(flow("direction: pull, every: 1h, cron: \"0 * * * *\"")) ==
        Lines{"hub.yaml:6:5: flows.office.a has every and cron; keep one of them"});
  CHECK(world.check(flow("direction: pull, every: 500ms")) ==
        Lines{"hub.yaml:6:34: flows.office.a.every is '500ms'; 1s to 366d"});
  CHECK(world.check(flow("direction: pull, every: 1h, jitter: 2h")) ==
        Lines{"hub.yaml:6:46: flows.office.a.jitter is not below its every; less than 1h"});
  CHECK(world.check(flow("direction: pull, every: 1h, window: \"25:00-06:00\"")) ==
        Lines{"hub.yaml:6:46: flows.office.a.window is '25:00-06:00'; write times of day such as "
              "\"20:00-06:00\""});
  CHECK(world.check(flow("every: 1h")) ==
        Lines{"hub.yaml:6:8: 'direction' is missing in flows.office.a; direction: pull | push | "
              "both"});
  const auto bad_cron = world.check(flow("direction: pull, cron: \"61 * * * *\""));
  REQUIRE(bad_cron.size() == 1);
  CHECK(bad_cron[0].starts_with("hub.yaml:6:33: flows.office.a.cron is '61 * * * *': "));
  CHECK(world.check(flow("direction: pull, cron: \"0 0 31 2 *\"")) ==
        Lines{"hub.yaml:6:33: flows.office.a.cron is '0 0 31 2 *', a day that no calendar has; "
              "write five cron fields such as \"30 2 * * *\""});
}

TEST_CASE("a flow joins an entity and an endpoint that are there, by a stream that can do it")
{
  const World world;
  const std::string a = endpoint("connector: portal, url: https://a.example");
  CHECK(world.check(a + "flows: { office: { b: { direction: pull, every: 1h } } }\n") ==
        Lines{"hub.yaml:4:20: flow office@b goes to 'b', which no endpoint is called; did you mean "
              "'a'?"});
  CHECK(
      world.check(flow("direction: both, every: 1h")) ==
      Lines{"hub.yaml:6:5: flow office@a pushes, but stream 'offices' of connector 'portal' has no "
            "push; direction: pull, or a push block in the manifest"});
  CHECK(world.check(flow("direction: pull, every: 1h, stream: office")) ==
        Lines{"hub.yaml:6:46: connector 'portal' has no stream 'office' for office; did you mean "
              "'offices'?"});
  CHECK(world.check(endpoint("connector: counter, url: https://a.example") +
                    "flows: { office: { a: { direction: pull, every: 1h } } }\n") ==
        Lines{"hub.yaml:4:20: connector 'counter' has no stream for office; it has requests"});
}

TEST_CASE("a stream that is read by district needs one")
{
  const World world;
  CHECK(
      world.check("hub: { name: north }\nendpoints: { a: { connector: counter, url: "
                  "https://a.example } }\nflows: { request: { a: { direction: pull, every: 1h } } "
                  "}\n") ==
      Lines{"hub.yaml:3:21: flow request@a reads by the hub's district, which hub.area does not "
            "name; hub: { area: { district: 309 } }"});
}

TEST_CASE("flows come with the parents' entities first")
{
  const World world;
  const auto loaded = world.load(endpoint("connector: portal, url: https://a.example") +
                                 "flows:\n  request: { a: { direction: pull, every: 1h } }\n"
                                 "  office: { a: { direction: pull, every: 1h } }\n");
  REQUIRE(loaded->config.flows.size() == 2);
  CHECK(loaded->config.flows[0].id == "office@a");
  CHECK(loaded->config.flows[1].id == "request@a");
}
