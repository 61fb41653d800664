// YAML's traps: what other readers guess about is refused here, with its place.
#include "tests/unit/config/world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gramsetu;
using test::World;
using Lines = std::vector<std::string>;

namespace {

// The one finding of a hub whose name is written so.
std::string name_finding(std::string_view text)
{
  const World world;
  const auto findings = world.check("hub: { name: " + std::string(text) + " }\n");
  REQUIRE(findings.size() == 1);
  return findings.front();
}

} // namespace

TEST_CASE("texts that YAML readers take for something else must stand in quotes")
{
  for (const std::string text : {"0123", "no", "12:30", "1e3", "true", "0x1F", "1_000", "Off"}) {
    CAPTURE(text);
    CHECK(name_finding(text) == "hub.yaml:1:14: hub.name is '" + text +
                                    "' without quotes, which programs read differently; name: \"" +
                                    text + "\"");
  }
  const World world;
  CHECK(world.check("hub: { name: \"0123\" }\n").empty());
  CHECK(world.check("hub: { name: north-12 }\n").empty());
}

TEST_CASE("numbers and flags are read strictly")
{
  const World world;
  const auto workers = [&](const std::string& text) {
    return world.check("hub: { name: north }\nworkers: " + text + "\n");
  };
  for (const std::string text : {"010", "1e1", "1_0", "0x8", "+4", "4.0", "many"}) {
    CAPTURE(text);
    CHECK(workers(text) == Lines{"hub.yaml:2:10: workers is '" + text + "'; write a whole number"});
  }
  CHECK(world.check("hub: { name: north, area: { state: 019 } }\n") ==
        Lines{"hub.yaml:1:36: hub.area.state is '019'; write an LGD code: digits without leading "
              "zeros"});
  CHECK(world.check("hub: { name: north }\nendpoints: { a: { connector: portal, url: "
                    "https://a.example, allow_plaintext: yes } }\n") ==
        Lines{"hub.yaml:2:79: endpoints.a.allow_plaintext is 'yes'; write true or false"});
}

TEST_CASE("an alias bomb, a cycle, a merge key and a second document are refused")
{
  const World world;
  for (const std::string text :
       {"hub: &a { name: north }\nlog: *a\n", "hub: &a { name: north, area: *a }\n",
        "hub: { name: north, <<: { area: { state: 19 } } }\n",
        "hub: { name: north }\n---\nlog: {}\n", "hub: { name: !!str north }\n",
        "hub: { name: north, name: south }\n", "hub:\n\tname: north\n", "hub: [name, north]\n"}) {
    CAPTURE(text);
    CHECK_FALSE(world.check(text).empty());
  }
}

TEST_CASE("a duplicate key names its line")
{
  const World world;
  const auto findings = world.check("hub: { name: north }\nworkers: 2\nworkers: 3\n");
  CHECK(findings ==
        Lines{"hub.yaml:3:1: the key 'workers' stands twice; it was first given in line 2"});
}

TEST_CASE("depth without end is refused and survived")
{
  const World world;
  const std::string deep = "hub: " + std::string(5000, '[') + std::string(5000, ']') + "\n";
  CHECK_FALSE(world.check(deep).empty());
}

TEST_CASE("a device and a file of more than a mebibyte are not read")
{
  const World world;
  CHECK_FALSE(config::load("/dev/zero", world.paths, false)->findings.empty());
  CHECK_FALSE(config::load(world.dir.file("absent.yaml"), world.paths, false)->findings.empty());
  const std::string large = "hub: { name: north }\n# " + std::string(1 << 20, 'x') + "\n";
  CHECK(world.check(large) == Lines{"hub.yaml: the file is larger than 1 MiB; split it"});
}
