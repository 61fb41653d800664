// The queue for people, by command: by cause, one or many at once, and who decided why.
#include "tests/endpoints/plain_client.hpp"
#include "tests/support/script_server.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <filesystem>

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

TEST_CASE("where the file asks for it, two people settle a conflict about money, and one does not")
{
  Hub hub;
  const District district{hub.folder().path(),
                          {"--gps", "2", "--records", "0", "--service-requests", "3"}};
  const auto tokens = hub.folder().write("tokens", "sen operator a-long-secret-of-sen\n");
  std::filesystem::permissions(tokens, std::filesystem::perms::owner_read);
  const auto port = static_cast<std::uint16_t>(closed_port());
  hub.configure(district, "flows: { service_request: { csc: { direction: both, every: 1d } } }\n"
                          "conflicts: { service_request: { fields: { fee: manual } } }\n"
                          "rails: { second_approver_for_money: true }\n");
  auto config = hub.config();
  const std::string socket = "api.sock }";
  config.replace(config.find(socket), socket.size(),
                 "api.sock, tcp: { listen: 127.0.0.1:" + std::to_string(port) +
                     ", tokens: \"${file:" + tokens + "}\" } }");
  hub.write_config(config);
  const auto daemon = hub.serve();
  hub.ask({"sync"});
  const auto before = district.records("csc", "service_requests").front();
  const auto key = text_at(before, "/applicationNo");
  hub.run({"records", "put", "service_request", key, "--note", "by telephone"},
          R"({"fee":700,"remarks":"ours"})");
  district.edit("csc", R"({"stream":"service_requests","id":")" + text_at(before, "/requestId") +
                           R"(","set":{"feeAmount":"9.00","remarks":"theirs"}})");
  hub.ask({"sync"}, 4);
  const auto id_of = [&](const std::string& field) {
    const auto rows = list_at(hub.ask({"conflicts", "list", "--field", field}), "/conflicts");
    REQUIRE(rows.size() == 1);
    return std::to_string(number_at(rows[0], "/id"));
  };
  const auto fee = id_of("fee");
  const auto resolve_as_sen = [&](const std::string& choice) {
    return sim::ask(
        port, "POST", "/api/v1/conflicts/" + fee + "/resolve",
        {{"Authorization", "Bearer a-long-secret-of-sen"}, {"Content-Type", "application/json"}},
        R"({"choice":")" + choice + R"("})");
  };
  CHECK(hub.run({"conflicts", "resolve", id_of("remarks"), "ours"}).code == 0); // no money

  const auto first = hub.run({"conflicts", "resolve", fee, "theirs", "--note", "saw the receipt"});
  CHECK(first.code == 3);
  CHECK_MESSAGE(has(first.out, "one more person must decide the same"), first.out);
  const auto again = hub.run({"conflicts", "resolve", fee, "theirs"});
  CHECK(again.code == 1);
  CHECK_MESSAGE(has(again.err, "has decided so already"), again.err);
  const auto many =
      hub.run({"conflicts", "resolve", "theirs", "--all-matching", "--field", "fee", "--yes"});
  CHECK_MESSAGE(has(many.out + many.err, "two people settle one by one"), many.out, many.err);
  CHECK(text_at(hub.ask({"conflicts", "show", fee}), "/outcome") == "open");
  CHECK(text_at(hub.ask({"conflicts", "show", fee}), "/proposal/note") == "saw the receipt");

  CHECK(resolve_as_sen("ours").status == 202); // another word begins anew
  CHECK(hub.run({"conflicts", "resolve", fee, "theirs"}).code == 3);
  const auto second = resolve_as_sen("theirs");
  REQUIRE_MESSAGE(second.status == 200, second.head, second.body);
  const auto settled = hub.ask({"conflicts", "show", fee});
  CHECK(text_at(settled, "/settled_by") == "sen");
  CHECK(schema::at_pointer(settled, "/proposal") == nullptr);
  const auto record = hub.ask({"records", "get", "service_request", key});
  CHECK(number_at(record, "/record/fee") == 900);
  CHECK(has(hub.run({"audit", "list", "--json"}).out, "\"proposed\""));
}
