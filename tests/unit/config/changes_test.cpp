// What a reload says of two configurations: names and keys, never values.
#include "config/changes.hpp"
#include "tests/unit/config/world.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace gramsetu;
using test::World;

namespace {

std::string hub(const std::string& more = "", const std::string& token = "${file:token}")
{
  return "hub: { name: north }\n"
         "endpoints:\n"
         "  portal:\n"
         "    connector: portal\n"
         "    url: https://portal.example.in\n"
         "    auth: { bearer: { token: \"" +
         token + "\" } }\n" + more;
}

struct Scene {
  World world;
  Scene() { token("canary-old"); }
  void token(const std::string& value) const
  {
    ::chmod(world.dir.write("token", value).c_str(), 0600);
  }
  std::unique_ptr<config::Loaded> load(const std::string& text) const
  {
    auto loaded = world.load(text, true);
    for (const auto& finding : loaded->findings)
      FAIL_CHECK(to_text(finding));
    return loaded;
  }
  std::string changes(const std::string& before, const std::string& after) const
  {
    const auto a = load(before), b = load(after);
    return to_text(config::changes(*a, *b));
  }
};

} // namespace

TEST_CASE("nothing changed is said as such, also when the file was written another way")
{
  const Scene scene;
  CHECK(scene.changes(hub(), hub("# a remark\n")) == "nothing changed");
}

TEST_CASE("endpoints come, change and go by name, with the keys that changed")
{
  const Scene scene;
  const std::string limits = "    limits: { concurrent: 2, requests_per_second: 5 }\n";
  const std::string other = "  other: { connector: portal, url: https://other.example.in }\n";
  CHECK(scene.changes(hub(), hub(other)) == "endpoints +1 ~0 -0 (+ other)");
  CHECK(scene.changes(hub(other), hub()) == "endpoints +0 ~0 -1 (- other)");
  CHECK(scene.changes(hub(), hub(limits)) == "endpoints +0 ~1 -0 (~ portal: limits)");
  auto slower = limits;
  slower.replace(slower.find('5'), 1, "4");
  CHECK(scene.changes(hub(limits), hub(slower)) ==
        "endpoints +0 ~1 -0 (~ portal: limits.requests_per_second)");
}

TEST_CASE("the hub's own options are named with their whole path")
{
  const Scene scene;
  CHECK(scene.changes(hub("rails: { max_deletes: 5%, at_least: 3 }\n"),
                      hub("rails: { max_deletes: 9%, at_least: 3 }\nworkers: 2\n")) ==
        "options ~2 (rails.max_deletes, workers)");
}

TEST_CASE("a secret that was changed where it is kept is told without its value")
{
  const Scene scene;
  const auto before = scene.load(hub());
  scene.token("canary-new");
  const auto after = scene.load(hub());
  CHECK(to_text(config::changes(*before, *after)) == "endpoints +0 ~1 -0 (~ portal: credentials)");
  CHECK(to_text(config::changes(*after, *after)) == "nothing changed");
}

TEST_CASE("a manifest that was changed beside the file changes its endpoints")
{
  const Scene scene;
  const auto before = scene.load(hub());
  const auto path = before->config.endpoints.at("portal").manifest->place.file;
  const auto name = path.substr(path.rfind('/') + 1);
  auto after = scene.load(hub());
  REQUIRE(after->manifest_files.contains("portal"));
  CHECK(to_text(config::changes(*before, *after)) == "nothing changed");
  after->manifest_files["portal"][0] ^= 1;
  CHECK(to_text(config::changes(*before, *after)) == "endpoints +0 ~1 -0 (~ portal: connector)");
  after->entity_files["extra"] = {};
  CHECK(to_text(config::changes(*before, *after)).ends_with("entities +1 ~0 -0 (+ extra)"));
}

TEST_CASE("settings are renewed when a secret has changed, and only then")
{
  const Scene scene;
  const auto loaded = scene.load(hub());
  const auto& present = loaded->config.endpoints.at("portal");
  CHECK_FALSE(config::renewed(*loaded, present));
  scene.token("canary-new\n");
  const auto next = config::renewed(*loaded, present);
  REQUIRE(next);
  CHECK(next->auth.value.reveal() == "canary-new");
  CHECK_FALSE(config::renewed(*loaded, *next));
  // What everybody may read, what is empty and what is gone are no secrets: the one before stays.
  ::chmod(scene.world.dir.write("token", "canary-third").c_str(), 0644);
  CHECK_FALSE(config::renewed(*loaded, *next));
  scene.token("\n");
  CHECK_FALSE(config::renewed(*loaded, *next));
  std::remove(scene.world.dir.file("token").c_str());
  CHECK_FALSE(config::renewed(*loaded, *next));
}
