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
              "central' names none of this hub's sides; conflicts: { office: { fields: { name: { "
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
  CHECK(rule_of(*loaded, "status").kind == RuleKind::forward);
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
