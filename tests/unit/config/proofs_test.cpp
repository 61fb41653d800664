// What the check proves of the whole.
#include "tests/unit/config/world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gramsetu;
using schema::RuleKind;
using test::World;
using Lines = std::vector<std::string>;

namespace {

const std::string kStart = R"(hub: { name: north, area: { state: 19, district: 309 } }
endpoints:
  portal: { connector: portal, url: https://portal.example.in }
  counter: { connector: counter, url: https://counter.example.in }
)";

const std::string kTwoPullers = kStart + R"(flows:
  request:
    portal: { direction: pull, every: 1h }
    counter: { direction: pull, every: 1h }
)";

const schema::Rule& rule_of(const config::Loaded& loaded, std::string_view field)
{
  const auto* entity = loaded.entities.find("request");
  REQUIRE(entity);
  return loaded.config.rule_of(*entity, *entity->index_of(field));
}

} // namespace

TEST_CASE("a field that two endpoints write needs a rule")
{
  const World world;
  // The key, the field of one side only, the field with a rule and the state are no matter.
  CHECK(
      world.check(kTwoPullers) ==
      Lines{
          "hub.yaml:7:5: field 'remarks' of request is written by portal and counter and has no "
          "rule; conflicts: { request: { fields: { remarks: { prefer: [portal, counter] } } } }"});
  CHECK(world.check(kTwoPullers + "conflicts: { request: { default: newest } }\n").empty());
  CHECK(world.check(kTwoPullers + "conflicts: { request: { default: manual } }\n").empty());
  CHECK(world.check(kTwoPullers + "conflicts: { request: { fields: { remarks: manual } } }\n")
            .empty());
}

TEST_CASE("a flow that goes both ways makes the hub a side")
{
  const World world;
  const auto findings =
      world.check(kStart + "flows: { request: { portal: { direction: both, every: 1h } } }\n");
  CHECK(
      findings ==
      Lines{"hub.yaml:5:21: field 'office' of request is written by portal and local and has no "
            "rule; conflicts: { request: { fields: { office: { prefer: [portal, local] } } } }",
            "hub.yaml:5:21: field 'remarks' of request is written by portal and local and has no "
            "rule; conflicts: { request: { fields: { remarks: { prefer: [portal, local] } } } }"});
}

TEST_CASE("a rule names sides that are there")
{
  const World world;
  const auto fields = [&](const std::string& text) {
    return world.check(kTwoPullers +
                       "conflicts: { request: { default: newest, fields: { remarks: " + text +
                       " } } }\n");
  };
  CHECK(fields("{ owner: portal }").empty());
  CHECK(fields("{ owner: csc }").empty()); // counter's role
  CHECK(fields("{ prefer: [local, state] }").empty());
  CHECK(fields("{ prefer: [central, csc] }").empty()); // nobody is central here, which is no harm
  CHECK(
      fields("{ owner: central }") ==
      Lines{"hub.yaml:9:61: the rule 'owner central' names 'central', which no endpoint is called "
            "and none has as its role; one of counter, csc, local, portal, state"});
  CHECK(fields("{ prefer: [porta, csc] }") ==
        Lines{"hub.yaml:9:61: the rule 'prefer porta, csc' names 'porta', which no endpoint is "
              "called and none has as its role; did you mean 'portal'?"});
  CHECK(fields("newst") ==
        Lines{"hub.yaml:9:61: 'newst' is no merge rule; did you mean 'newest'?"});
  CHECK(
      fields("union") ==
      Lines{
          "hub.yaml:9:61: the rule of request.remarks does not fit: 'union' is for lists; newest, "
          "manual, { owner: X } or { prefer: [X, Y] }"});
  CHECK(world.check(kTwoPullers +
                    "conflicts: { request: { default: newest, fields: { remark: manual "
                    "} } }\n") ==
        Lines{"hub.yaml:9:52: request has no field 'remark'; did you mean 'remarks'?"});
}

TEST_CASE("an entity's own rule that names nobody here cannot decide")
{
  const World world;
  world.dir.write("share/entities/office.yaml",
                  "entity: office\ntitle: Office\nkey: [code]\nauthority: [state]\nrule: { owner: "
                  "central }\nfields:\n"
                  "  code: { type: text, privacy: open, help: Code }\n"
                  "  name: { type: text, privacy: open, help: Name }\n");
  const std::string text = "hub: { name: north }\nendpoints:\n"
                           "  a: { connector: portal, url: https://a.example }\n"
                           "  b: { connector: portal, url: https://b.example }\n"
                           "flows: { office: { a: { direction: pull, every: 1h }, b: { direction: "
                           "pull, every: 1h } } }\n";
  CHECK(world.check(text) ==
        Lines{"hub.yaml:5:20: field 'name' of office is written by a and b and its rule 'owner "
              "central' names none of them; conflicts: { office: { fields: { name: { "
              "prefer: [a, b] } } } }"});
}

TEST_CASE("the operator's rule for a field comes first, then the entity's, then the defaults")
{
  const World world;
  const auto loaded = world.load(
      kTwoPullers + "conflicts: { request: { default: newest, fields: { office: manual } } }\n");
  CHECK(loaded->findings.empty());
  CHECK(rule_of(*loaded, "office").kind == RuleKind::manual);
  CHECK(rule_of(*loaded, "amount").kind == RuleKind::max);
  CHECK(rule_of(*loaded, "remarks").kind == RuleKind::newest);
  CHECK(rule_of(*loaded, "status").kind == RuleKind::state);
}

TEST_CASE("two names for one system would echo")
{
  const World world;
  const auto text = [](const std::string& first, const std::string& second) {
    return "hub: { name: north }\nendpoints:\n"
           "  a: { connector: portal, url: https://x.example/api/ }\n"
           "  b: { connector: portal, url: \"https://X.example:443/api\" }\n"
           "flows:\n  request:\n    a: { direction: " +
           first + ", every: 1h }\n    b: { direction: " + second +
           ", every: 1h }\nconflicts: { request: { default: newest } }\n";
  };
  const Lines echo = {
      "hub.yaml:8:5: flows request@a and request@b reach the same stream of the same "
      "system, and would echo each other's changes; one endpoint for one system"};
  CHECK(world.check(text("both", "both")) == echo);
  CHECK(world.check(text("pull", "push")) == echo);
  CHECK(world.check(text("pull", "pull")).empty());
}

TEST_CASE("one system under two names is one system, however it is written")
{
  const World world;
  const auto text = [](const std::string& first, const std::string& second) {
    return "hub: { name: north }\nendpoints:\n"
           "  a: { connector: portal, url: \"" +
           first + "\" }\n  b: { connector: portal, url: \"" + second +
           "\" }\nflows:\n  request:\n    a: { direction: both, every: 1h }\n"
           "    b: { direction: both, every: 1h }\nconflicts: { request: { default: newest } }\n";
  };
  CHECK(world.check(text("http://localhost:8080/api", "http://127.0.0.1:8080/api/")).size() == 1);
  CHECK(world.check(text("http://[::1]:8080/api", "http://localhost:8080/api")).size() == 1);
  CHECK(world.check(text("https://x.example./api", "https://x.example/api")).size() == 1);
  CHECK(world.check(text("https://x.example/api", "https://y.example/api")).empty());
  CHECK(world.check(text("https://x.example/api", "https://x.example/other")).empty());
}

TEST_CASE("two streams over one path of one system would echo, too")
{
  const World world;
  world.dir.write("share/connectors/office.yaml",
                  "connector: office\ntitle: Office\nrole: state\ntransport: http\nstreams:\n"
                  "  mine:\n    entity: request\n"
                  "    pull:\n      request: { method: GET, path: /requests }\n"
                  "      records: /items\n      pages: { by: page, page: page, limit: limit, size: "
                  "100 }\n"
                  "    fields: { number: number, remarks: note }\n");
  const std::string start = "hub: { name: north }\nendpoints:\n"
                            "  a: { connector: portal, url: https://x.example }\n"
                            "  b: { connector: office, url: https://x.example }\nflows:\n"
                            "  request:\n    a: { direction: ";
  const std::string rest = ", every: 1h }\n    b: { direction: pull, every: 1h }\n"
                           "conflicts: { request: { default: newest } }\n";
  CHECK(world.check(start + "push" + rest) ==
        Lines{"hub.yaml:8:5: flows request@a and request@b reach the same stream of the same "
              "system, and would echo each other's changes; one endpoint for one system"});
  CHECK(world.check(start + "pull" + rest).empty());
}

TEST_CASE("what goes to one system does not come back through its mirror")
{
  const World world;
  const auto text = [](const std::string& a, const std::string& c) {
    return "hub: { name: north }\nendpoints:\n"
           "  a: { connector: portal, url: https://a.example }\n"
           "  b: { connector: portal, url: https://b.example, mirrors: a }\n"
           "  c: { connector: portal, url: https://c.example, role: peer, mirrors: b }\n"
           "flows:\n  request:\n    a: { direction: " +
           a + ", every: 1h }\n    c: { direction: " + c +
           ", every: 1h }\nconflicts: { request: { default: newest } }\n";
  };
  const Lines echo = {
      "hub.yaml:9:5: flows request@a and request@c go to systems that mirror each other: what one "
      "sends would come back, late, through the other; pull from both, or leave one of the two "
      "flows out"};
  CHECK(world.check(text("both", "both")) == echo);
  CHECK(world.check(text("push", "pull")) == echo);
  CHECK(world.check(text("pull", "push")) == echo);
  CHECK(world.check(text("pull", "pull")).empty());
  CHECK(world.check("hub: { name: north }\nendpoints:\n"
                    "  a: { connector: portal, url: https://a.example, mirrors: z }\n"
                    "  b: { connector: portal, url: https://b.example, mirrors: b }\n") ==
        Lines{"hub.yaml:3:3: endpoints.a mirrors 'z', which no endpoint is called; the name of "
              "another endpoint",
              "hub.yaml:4:3: endpoints.b mirrors itself; name another endpoint"});
}

TEST_CASE("a rule must name a side that writes the field, whoever wrote the rule")
{
  const World world;
  // The state's portal is there, but in these flows only the counter and the hub write.
  const std::string text =
      "hub: { name: north, area: { district: 309 } }\nendpoints:\n"
      "  portal: { connector: portal, url: https://portal.example.in }\n"
      "  other: { connector: portal, url: https://other.example.in, role: csc }\n"
      "flows:\n  office: { portal: { direction: pull, every: 1h } }\n"
      "  request: { other: { direction: both, every: 1h } }\n"
      "conflicts: { request: { default: ";
  CHECK(world.check(text + "{ owner: state } } }\n").front() ==
        "hub.yaml:8:23: field 'office' of request is written by other and local and its rule "
        "'owner state' names none of them; conflicts: { request: { fields: { office: { prefer: "
        "[other, local] } } } }");
  CHECK(world.check(text + "{ owner: csc } } }\n").empty());
  CHECK(world.check(text + "{ prefer: [issuer] } } }\n").empty());
}

TEST_CASE("a rule by time names a field that says when")
{
  const World world;
  const auto fields = [&](const std::string& rule) {
    return world.check(kTwoPullers +
                       "conflicts: { request: { default: newest, fields: { remarks: " + rule +
                       " } } }\n");
  };
  CHECK(fields("{ newest: office }") ==
        Lines{"hub.yaml:9:61: newest: 'office' is no time; name a field of type timestamp or "
              "date"});
  CHECK(fields("{ newest: when }") ==
        Lines{"hub.yaml:9:61: newest: 'when' is no field of request; name a field of type "
              "timestamp or date"});
}

TEST_CASE("the default rule and the phases are those in force")
{
  const World world;
  world.dir.write(
      "share/entities/request.yaml",
      "entity: request\ntitle: Request\nkey: [number]\nauthority: [state]\n"
      "rule: newest\nphases: { by: status, closed: { owner: state } }\nfields:\n"
      "  number: { type: text, privacy: open, help: Number }\n"
      "  office: { type: text, privacy: open, help: Office }\n"
      "  amount: { type: money, privacy: open, help: Amount, rule: max }\n"
      "  remarks: { type: text, privacy: open, help: Remarks }\n"
      "  status: { type: state, choices: [open, closed], privacy: open, help: State }\n");
  const auto phased = [&](const std::string& conflicts, std::string_view field) {
    const auto loaded = world.load(kTwoPullers + conflicts);
    const auto* entity = loaded->entities.find("request");
    REQUIRE(entity);
    return loaded->config.is_phased(*entity, *entity->index_of(field));
  };
  CHECK(phased("", "remarks"));
  CHECK_FALSE(phased("", "amount"));
  CHECK_FALSE(phased("conflicts: { request: { default: newest } }\n", "remarks"));
  CHECK_FALSE(phased("conflicts: { request: { fields: { remarks: newest } } }\n", "remarks"));
  CHECK(phased("conflicts: { request: { fields: { office: newest } } }\n", "remarks"));
  const auto loaded = world.load(kTwoPullers);
  CHECK(loaded->config.default_rule(*loaded->entities.find("request")).kind == RuleKind::newest);
  // A phase whose rule names nobody here.
  CHECK(world
            .check("hub: { name: north }\nendpoints:\n"
                   "  a: { connector: portal, url: https://a.example, role: csc }\n"
                   "flows: { request: { a: { direction: both, every: 1h } } }\n")
            .front() ==
        "hub.yaml:4:21: field 'office' of request is written by a and local and its rule 'owner "
        "state' of the phase 'closed' names none of them; conflicts: { request: { fields: { "
        "office: { prefer: [a, local] } } } }");
}

TEST_CASE("tombstones outlive what could bring old data back")
{
  const World world;
  const std::string flow =
      "flows: { office: { portal: { direction: pull, every: 1h, lookback: 60d } "
      "} }\n";
  CHECK(
      world.check(kStart + flow + "retention: { tombstones: 45d }\n") ==
      Lines{"hub.yaml:5:20: flow office@portal has lookback 60d, and tombstones are kept 45d only: "
            "deleted records would come back; less, or a longer retention.tombstones"});
  CHECK(world.check(kStart + flow).empty());
}

TEST_CASE("a flow that reads record by record of another entity needs somebody who brings these")
{
  const World world;
  const std::string text =
      "hub: { name: north }\nendpoints:\n"
      "  files: { connector: drop, path: /srv }\n"
      "  portal: { connector: portal, url: https://portal.example.in }\n"
      "flows:\n"
      "  request: { files: { direction: pull, every: 1h, stream: by_office } }\n";
  CHECK(world.check(text) ==
        Lines{"hub.yaml:6:14: flow request@files reads by office, which no flow of this hub pulls: "
              "it would read nothing; flows: { office: { ... } }"});
  CHECK(world.check(text + "  office: { portal: { direction: pull, every: 1h } }\n").empty());
}

TEST_CASE("the day's calls fit the endpoint's quota")
{
  const World world;
  const std::string start = "hub: { name: north }\nendpoints:\n"
                            "  portal: { connector: portal, url: https://portal.example.in,\n"
                            "            options: { quota_per_day: 1000 } }\n";
  const std::string flow = "flows: { office: { portal: { direction: pull, every: 1m } } }\n";
  CHECK(
      world.check(start + flow) ==
      Lines{"hub.yaml:3:3: the flows of portal start 1440 times a day, one call each at the least, "
            "and its quota is 1000 calls; longer intervals, or a larger options.quota_per_day"});
  const std::string night =
      "flows: { office: { portal: { direction: pull, every: 1m, window: \"20:00-06:00\" } } }\n";
  CHECK(world.check(start + night).empty());
  const std::string cron =
      "flows: { office: { portal: { direction: pull, cron: \"* * * * *\" } } }\n";
  CHECK(world.check(start + cron).size() == 1);
}
