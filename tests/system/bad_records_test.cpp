// Records that cannot be used, over real HTTP: each is parked with its reason, its neighbours are loaded.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// The open quarantine, by key; records without one are under the code.
std::map<std::string, schema::Value> parked(Hub& hub)
{
  std::map<std::string, schema::Value> rows;
  for (const auto& row : list_at(hub.ask({"quarantine", "list"}), "/quarantine")) {
    const auto key = text_at(row, "/key");
    rows[key.empty() ? text_at(row, "/code") : key] = row;
  }
  return rows;
}

std::int64_t count_of(Hub& hub, const std::string& entity)
{
  return number_at(hub.ask({"status"}), "/records/" + entity);
}

} // namespace

TEST_CASE("a wrong type, an unknown code, three decimals and another district's record are parked; "
          "their neighbours are loaded")
{
  Hub hub;
  District district(hub.folder().path(), {"--gps", "4", "--records", "30"});
  hub.configure(district, "flows: { voucher: { central: { direction: pull, every: 1d } } }\n");
  struct Bad {
    std::string id, set, code, pointer;
  };
  const Bad all[] = {
      {"V0000002", R"({"voucherDate":{"day":3}})", "wrong_type", "/voucherDate"},
      {"V0000005", R"({"typeCd":"Z"})", "unknown_choice", "/typeCd"},
      {"V0000007", R"({"amount":"12.345"})", "bad_amount", "/amount"},
      {"V0000011", R"({"lgd/districtCode":999})", "out_of_area", ""},
      {"V0000013", R"({"voucherDate":"31/02/2026"})", "bad_date", "/voucherDate"},
  };
  for (const auto& bad : all)
    district.edit("central",
                  R"({"stream":"vouchers","id":")" + bad.id + R"(","set":)" + bad.set + "}");
  const auto run = run_of(hub.ask({"sync"}, 4), "voucher@central");
  CHECK(text_at(run, "/state") == "partial");
  CHECK(number_at(run, "/counts/quarantined") == 5);
  CHECK(number_at(run, "/counts/created") == 25);
  CHECK(count_of(hub, "voucher") == 25);
  const auto rows = parked(hub);
  REQUIRE(rows.size() == 5);
  for (const auto& bad : all) {
    CAPTURE(bad.id);
    REQUIRE(rows.contains(bad.id));
    const auto& row = rows.at(bad.id);
    CHECK(text_at(row, "/code") == bad.code);
    CHECK(text_at(row, "/pointer") == bad.pointer);
    CHECK_FALSE(text_at(row, "/reason").empty());
  }
  // Known trouble is not news: it is counted, not parked again.
  hub.ask({"sync", "--full"}, 4);
  CHECK(parked(hub).size() == 5);
  // Once the endpoint has put it right, it comes in and the parking place is empty.
  district.edit("central", R"({"stream":"vouchers","id":"V0000007","set":{"amount":"12.34"}})");
  hub.run({"sync"});
  CHECK(count_of(hub, "voucher") == 26);
  CHECK(parked(hub).size() == 4);
}

TEST_CASE("text that is no UTF-8 and what is no record are parked with their place on the page")
{
  Hub hub;
  const auto line = [](int code, const std::string& name) {
    return R"({"code":")" + std::to_string(code) + R"(","name":")" + name +
           R"(","state":"19","district":"309"})" + "\n";
  };
  const auto file = hub.folder().write(
      "bodies.ndjson", line(101, "Rampur") + line(102, "Na\xff\xferain") + "\"just a text\"\n" +
                           line(104, "\xe0\xa4\xb0\xe0\xa4\xbe\xe0\xa4\xae") + "[1,2]\n" +
                           line(106, "Sitapur"));
  District district(hub.folder().path(), {"--empty", "--data", "bodies=" + file});
  hub.configure(district, "flows: { local_body: { bodies: { direction: pull, every: 1d } } }\n");
  auto config = hub.config();
  config.insert(config.find("  lgd:"), "  bodies: { connector: http, options: { path: bodies }, "
                                       "url: \"" +
                                           text_at(district.ports(), "/generic/url") + "\" }\n");
  hub.write_config(config);
  const auto run = run_of(hub.ask({"sync"}, 4), "local_body@bodies");
  CHECK(number_at(run, "/counts/created") == 3);
  CHECK(number_at(run, "/counts/quarantined") == 3);
  std::map<std::string, std::string> codes; // by pointer
  for (const auto& row : list_at(hub.ask({"quarantine", "list"}), "/quarantine"))
    codes[text_at(row, "/pointer")] = text_at(row, "/code");
  CHECK(codes == std::map<std::string, std::string>{{"/records/1", "bad_encoding"},
                                                    {"/records/2", "malformed"},
                                                    {"/records/4", "malformed"}});
  CHECK(count_of(hub, "local_body") == 3);
}

TEST_CASE("a page that breaks off is parked, the other pages are loaded, and nothing is taken as "
          "deleted")
{
  Hub hub;
  District district(hub.folder().path(), {"--gps", "4", "--records", "30"});
  hub.configure(district, "flows: { voucher: { central: { direction: pull, every: 1d } } }\n");
  auto config = hub.config();
  config.insert(config.find("    url: ", config.find("egramswaraj")),
                "    options: { page_size: 10 }\n");
  hub.write_config(config);
  // The second page of the first slice.
  district.fault("central", R"({"kind":"malformed","times":1,"path":"skip=10"})");
  const auto first = run_of(hub.ask({"sync"}, 4), "voucher@central");
  CHECK(number_at(first, "/counts/quarantined") == 1);
  CHECK(number_at(first, "/counts/created") == 20);
  const auto rows = parked(hub);
  REQUIRE(rows.contains("malformed"));
  CHECK_FALSE(text_at(rows.at("malformed"), "/reason").empty());
  // The same page in the same state is not parked twice.
  district.fault("central", R"({"kind":"malformed","times":1,"path":"skip=10"})");
  hub.ask({"sync"}, 4);
  CHECK(list_at(hub.ask({"quarantine", "list"}), "/quarantine").size() == 1);
  // The page is whole again: what was missing comes, and what was parked of it is settled.
  CHECK(hub.run({"sync"}).code == 0);
  CHECK(count_of(hub, "voucher") == 30);
  CHECK(parked(hub).empty());
}
