// The queue for people, by command: by cause, one or many at once, and who decided why.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// Five requests whose remarks the hub and the service centre changed, and one whose details differ, too.
struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "2", "--records", "0", "--service-requests", "5"}};

  Scene()
  {
    hub.configure(district, "flows: { service_request: { csc: { direction: both, every: 1d } } }\n"
                            "conflicts: { service_request: { fields: { address: manual } } }\n");
    hub.ask({"sync"});
    for (const auto& record : district.records("csc", "service_requests")) {
      const auto key = text_at(record, "/applicationNo");
      hub.run({"records", "put", "service_request", key, "--note", "by telephone"},
              R"({"remarks":"ours","address":"our ward"})");
      district.edit("csc", R"({"stream":"service_requests","id":")" +
                               text_at(record, "/requestId") +
                               R"(","set":{"remarks":"theirs","address":"their ward"}})");
    }
    hub.ask({"sync"}, 4);
  }

  std::size_t open(const std::string& field)
  {
    return list_at(hub.ask({"conflicts", "list", "--field", field}), "/conflicts").size();
  }
};

} // namespace

TEST_CASE("conflicts are told by cause, and all of one are settled at once when that is said")
{
  Scene scene;
  auto& hub = scene.hub;
  const auto groups = list_at(hub.ask({"conflicts", "list", "--group"}), "/groups");
  REQUIRE(groups.size() == 2);
  CHECK(number_at(groups[0], "/count") == 5);
  CHECK(text_at(groups[0], "/rule") == "manual");
  CHECK(has(hub.run({"conflicts", "list", "--group"}).out, "service_request@csc"));

  const Hub::Words all = {"conflicts", "resolve", "theirs", "--all-matching",
                          "--field",   "remarks", "--note", "heard the centre"};
  const auto looked = hub.ask(all);
  CHECK(number_at(looked, "/would_settle") == 5);
  CHECK(scene.open("remarks") == 5); // looking decides nothing
  auto yes = all;
  yes.emplace_back("--yes");
  const auto done = hub.ask(yes);
  CHECK(number_at(done, "/settled") == 5);
  CHECK(scene.open("remarks") == 0);
  CHECK(scene.open("address") == 5);
  hub.ask({"sync"});
  for (const auto& record : scene.district.records("csc", "service_requests")) {
    CHECK(text_at(record, "/remarks") == "theirs");
    CHECK(text_at(record, "/address") == "their ward"); // each side keeps its own until decided
  }
  CHECK(has(hub.run(yes).out, "these 0 would be settled"));
}

TEST_CASE("several are settled by their numbers, and who comes second is told")
{
  Scene scene;
  auto& hub = scene.hub;
  Hub::Words words = {"conflicts", "resolve"};
  std::vector<std::string> ids;
  for (const auto& row :
       list_at(hub.ask({"conflicts", "list", "--field", "address"}), "/conflicts"))
    ids.push_back(std::to_string(number_at(row, "/id")));
  words.insert(words.end(), ids.begin(), ids.end());
  words.insert(words.end(), {"value", "Ward 7", "--note", "asked them"});
  CHECK(number_at(hub.ask(words), "/settled") == 5);
  const auto again = hub.run({"conflicts", "resolve", ids[0], "ours"});
  CHECK(again.code == 1);
  CHECK_MESSAGE(has(again.err, "was settled by"), again.err);
  CHECK(hub.run({"conflicts", "resolve", ids[0]}).code == 2);
  CHECK(hub.run({"conflicts", "resolve", "ours"}).code == 2);
  CHECK(hub.run({"conflicts", "resolve", "1", "ours", "--field", "address"}).code == 2);
  hub.ask({"sync"});
  for (const auto& record : scene.district.records("csc", "service_requests"))
    CHECK(text_at(record, "/address") == "Ward 7");

  const auto shown = hub.run({"conflicts", "show", ids[0], "--unmask", "a test"});
  CHECK_MESSAGE(has(shown.out, "ours came from local, changed "), shown.out);
  CHECK(has(shown.out, "theirs from csc, changed "));
  CHECK(has(shown.out, "note: asked them"));
}

TEST_CASE("why tells who decided and why, what it said before, and what nobody has said")
{
  Scene scene;
  auto& hub = scene.hub;
  const auto key = request_key(3);
  const auto row =
      list_at(hub.ask({"conflicts", "list", "--key", key, "--field", "remarks"}), "/conflicts");
  REQUIRE(row.size() == 1);
  hub.ask({"conflicts", "resolve", std::to_string(number_at(row[0], "/id")), "ours", "--note",
           "saw the papers"});
  const auto why = hub.ask({"why", "service_request", key, "remarks", "--unmask", "a test"});
  const auto field = list_at(why, "/fields").front();
  CHECK(text_at(field, "/value") == "ours");
  CHECK(text_at(field, "/from") == "local");
  CHECK(text_at(field, "/note") == "by telephone");
  CHECK(text_at(field, "/decided/note") == "saw the papers");
  CHECK(text_at(list_at(field, "/losing").front(), "/value") == "theirs");
  CHECK(text_at(list_at(field, "/earlier").front(), "/replaced/note") == "by telephone");
  const auto unset = hub.ask({"why", "service_request", key, "certificate_number"});
  CHECK(text_at(list_at(unset, "/fields").front(), "/rule") == "nobody has said");
  CHECK(text_at(list_at(unset, "/fields").front(), "/from").empty());

  hub.ask({"records", "delete", "service_request", key, "--note", "entered twice"});
  const auto gone = hub.ask({"why", "service_request", key, "remarks", "--unmask", "a test"});
  CHECK(text_at(gone, "/deletion/note") == "entered twice");
  CHECK(text_at(list_at(gone, "/fields").front(), "/note") == "by telephone");
  const auto told = hub.run({"why", "service_request", key, "remarks", "--unmask", "a test"});
  CHECK_MESSAGE(has(told.out, "deleted: local ("), told.out);
  CHECK(has(told.out, "remarks was decided by "));
}
