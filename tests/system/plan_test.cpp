// Plans and undo by the real programs: what they write, what they end with, with a daemon and without.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

using Words = std::vector<std::string>;

struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "2", "--records", "0", "--service-requests", "8"}};
  std::string plan = hub.path("plan.json");

  explicit Scene(const std::string& direction = "both")
  {
    hub.configure(district, "flows: { service_request: { csc: { direction: " + direction +
                                ", every: 1d } } }\n");
    hub.ask({"sync"});
  }

  // A clerk at the service centre.
  void edit(int number, const std::string& address)
  {
    for (const auto& record : district.records("csc", "service_requests"))
      if (text_at(record, "/applicationNo") == request_key(number))
        district.edit("csc", R"({"stream":"service_requests","id":")" +
                                 text_at(record, "/requestId") + R"(","set":{"address":")" +
                                 address + R"("}})");
  }

  std::string there(int number)
  {
    for (const auto& record : district.records("csc", "service_requests"))
      if (text_at(record, "/applicationNo") == request_key(number))
        return text_at(record, "/address");
    return "";
  }

  std::string here(int number)
  {
    return text_at(
        hub.ask({"records", "get", "service_request", request_key(number), "--unmask", "a test"}),
        "/record/address");
  }

  void put(int number, const std::string& address)
  {
    const auto ran = hub.run({"records", "put", "service_request", request_key(number)},
                             R"({"address":")" + address + R"("})");
    REQUIRE_MESSAGE(ran.code == 0, ran.err);
  }

  std::string text() const
  {
    std::ifstream file(plan);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string last_run() { return text_at(hub.ask({"runs", "list", "-n", "1"}), "/runs/0/run"); }
};

void apply_all_of_a_plan(Scene& scene)
{
  scene.edit(1, "House 1");
  scene.put(2, "House 2");
  const auto planned = scene.hub.run({"plan", "-o", scene.plan});
  CHECK_MESSAGE(planned.code == 0, planned.err);
  CHECK(has(planned.out, "update " + request_key(1) + "  address"));
  CHECK(has(planned.out, "push update " + request_key(2) + "  address"));
  CHECK(scene.here(1) != "House 1");
  CHECK(scene.there(2) != "House 2");
  struct stat info {};
  REQUIRE(::stat(scene.plan.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK_FALSE(has(scene.text(), "House"));
  CHECK(has(scene.text(), R"("push_fields":["address"])"));

  const auto effects = scene.district.effects("csc").size();
  const auto applied = scene.hub.ask({"apply", scene.plan});
  const auto run = run_of(applied, "service_request@csc");
  CHECK(number_at(run, "/counts/updated") == 1);
  CHECK(number_at(run, "/counts/pushed") == 1);
  CHECK(text_at(run, "/counts/kind") == "apply");
  CHECK_FALSE(text_at(run, "/approved_by").empty());
  CHECK(list_at(run, "/remarks").empty());
  CHECK(scene.here(1) == "House 1");
  CHECK(scene.there(2) == "House 2");
  CHECK(scene.district.effects("csc").size() == effects + 1);
  // Again: it is done already.
  scene.hub.ask({"apply", scene.plan});
  CHECK(scene.district.effects("csc").size() == effects + 1);
}

} // namespace

TEST_CASE("a plan is written for its owner, without personal values, and carried out by itself")
{
  Scene scene;
  apply_all_of_a_plan(scene);
}

TEST_CASE("a plan is written and carried out through a daemon")
{
  Scene scene;
  const auto daemon = scene.hub.serve();
  apply_all_of_a_plan(scene);
}

TEST_CASE("what moved since the plan is left and listed with its reason, and apply ends with 1")
{
  Scene scene("pull");
  scene.edit(1, "House 1");
  scene.edit(2, "House 2");
  scene.hub.ask({"plan", "-o", scene.plan});
  CHECK(
      scene.hub
          .run({"records", "put", "service_request", request_key(2)}, R"({"remarks":"slipped in"})")
          .code == 0);
  scene.edit(3, "House 3");
  const auto applied = scene.hub.run({"apply", scene.plan});
  CHECK(applied.code == 1);
  CHECK_MESSAGE(has(applied.out, request_key(2)), applied.out);
  CHECK(has(applied.out, "it changed at the hub: planned at revision 1, now at 2"));
  CHECK(scene.here(1) == "House 1");
  CHECK(scene.here(2) != "House 2");
  CHECK(scene.here(3) != "House 3");
  scene.hub.ask({"sync"});
  CHECK(scene.here(2) == "House 2");
  CHECK(scene.here(3) == "House 3");
}

TEST_CASE("a plan that anybody edited, of another hub, or that nobody here made is refused with 2")
{
  Scene scene("pull");
  scene.edit(1, "House 1");
  scene.hub.ask({"plan", "-o", scene.plan});
  const auto good = scene.text();
  const auto refused = [&](const std::string& text, const std::string& why) {
    std::ofstream(scene.plan) << text;
    for (const bool json : {false, true}) {
      Words words{"apply", scene.plan};
      if (json) words.emplace_back("--json");
      const auto ran = scene.hub.run(words);
      CHECK(ran.code == 2);
      CHECK_MESSAGE(has(ran.err, why), ran.err);
      CHECK((json ? has(text_at(json_of(ran.out), "/title"), why) : ran.out.empty()));
    }
  };
  auto edited = good;
  edited.replace(edited.find("update"), 6, "delete");
  refused(edited, "was changed after it was written");
  refused(good.substr(0, good.rfind("{\"seal\"")), "is cut off");
  refused("flows: {}\n", "is no plan");
  CHECK(scene.hub.run({"apply", scene.hub.path("nowhere.json")}).code == 2);
  CHECK(scene.hub.run({"apply"}).code == 2);

  std::ofstream(scene.plan) << good;
  auto config = scene.hub.config();
  const auto name = config.find("name: ");
  REQUIRE(name != std::string::npos);
  scene.hub.write_config(config.substr(0, name) + "name: malda" +
                         config.substr(config.find_first_of(",}\n", name)));
  const auto other = scene.hub.run({"apply", scene.plan});
  CHECK(other.code == 2);
  CHECK_MESSAGE(has(other.err, "the plan is not of this hub, malda"), other.err);
  scene.hub.write_config(config);
  // The same hub after its store was lost.
  for (const auto* file : {"hub.db", "hub.db-wal", "hub.db-shm"})
    std::filesystem::remove(scene.hub.path(file));
  const auto unknown = scene.hub.run({"apply", scene.plan});
  CHECK(unknown.code == 2);
  CHECK_MESSAGE(has(unknown.err, "there is no run "), unknown.err);
}

TEST_CASE("personal values stand in a plan only for those who may see them and say why")
{
  Scene scene("pull");
  scene.edit(1, "House 1");
  scene.hub.ask({"plan", "-o", scene.plan, "--unmask", "to look at the mapping"});
  CHECK(has(scene.text(), R"("after":"House 1")"));
  CHECK(scene.hub.run({"plan", "--unmask", "why not"}).code == 2);
  CHECK(scene.hub.run({"apply", scene.plan}).code == 0);
}

TEST_CASE("a plan that cannot be written ends with 1 and says why")
{
  Scene scene("pull");
  const auto ran = scene.hub.run({"plan", "-o", scene.hub.path("nowhere/plan.json")});
  CHECK(ran.code == 1);
  CHECK_MESSAGE(has(ran.err, "nowhere/plan.json: No such file or directory"), ran.err);
}

TEST_CASE("a run is undone, the endpoint gets the correction, and `why` tells")
{
  Scene scene;
  const auto before = scene.here(1);
  scene.edit(1, "House 1");
  scene.edit(2, "House 2");
  const auto daemon = scene.hub.serve();
  scene.hub.ask({"sync"});
  const auto wrong = scene.last_run();
  scene.put(2, "House 22");
  const auto ran = scene.hub.run({"runs", "undo", wrong, "--note", "the macro went wrong"});
  CHECK(ran.code == 1); // something was left
  CHECK_MESSAGE(has(ran.out, "undo of run " + wrong + ": the macro went wrong"), ran.out);
  CHECK(has(ran.out, "restored=1 left=1"));
  CHECK(has(ran.out, "changed since by"));
  CHECK(scene.here(1) == before);
  CHECK(scene.here(2) == "House 22");
  const auto told = scene.hub.ask({"why", "service_request", request_key(1), "address"});
  CHECK(text_at(told, "/fields/0/rule") == "undo of run " + wrong);
  CHECK_FALSE(text_at(told, "/fields/0/actor").empty());
  scene.hub.ask({"sync"});
  CHECK(scene.there(1) == before);
  CHECK(scene.there(2) == "House 22");

  // The undo is a run, and can be undone.
  const auto list = scene.hub.ask({"runs", "list"});
  std::string undo;
  for (const auto& run : list_at(list, "/runs"))
    if (text_at(run, "/counts/kind") == "undo") undo = text_at(run, "/run");
  const auto again = scene.hub.ask({"runs", "undo", undo});
  CHECK(number_at(again, "/counts/restored") == 1);
  CHECK(list_at(again, "/remarks").empty());
  CHECK(scene.here(1) == "House 1");
}

TEST_CASE("what cannot be undone is refused with 1: no such run, or one that changed nothing")
{
  Scene scene("pull");
  const auto nobody = scene.hub.run({"runs", "undo", "R404"});
  CHECK(nobody.code == 1);
  CHECK(has(nobody.err, "there is no run 'R404'"));
  scene.hub.ask({"plan"});
  const auto plan = scene.hub.run({"runs", "undo", scene.last_run()});
  CHECK(plan.code == 1);
  CHECK_MESSAGE(has(plan.err, "was a plan; it changed nothing"), plan.err);
}
