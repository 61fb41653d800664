// Aadhaar numbers by every way in: none may be found in what the hub keeps or says.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// All pass the check of Aadhaar numbers.
const std::string kForms[] = {"234567890124",   "2345 6789 0124", "2345-6789-0124",
                              "२३४५ ६७८९ ०१२४", "499118665246",   "345678901238"};

std::string set(const schema::Value& record, const std::string& members)
{
  return R"({"stream":"service_requests","id":")" + text_at(record, "/requestId") + R"(","set":)" +
         members + "}";
}

struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "2", "--records", "0", "--service-requests", "5", "--data",
                     "bodies=" + hub.folder().write("bodies.ndjson", bodies())}};
  schema::List records = district.records("csc", "service_requests");

  Scene()
  {
    hub.configure(district, "flows: { service_request: { csc: { direction: both, every: 1d } },\n"
                            "         local_body: { bodies: { direction: pull, every: 1d } } }\n");
    auto config = hub.config();
    config.insert(config.find("  lgd:"),
                  "  bodies: { connector: http, options: { path: bodies }, url: \"" +
                      text_at(district.ports(), "/generic/url") + "\" }\n");
    hub.write_config(config);
    district.edit("csc", set(records[0], R"({"remarks":"Aadhaar 2345 6789 0124 seen",)"
                                         R"("formData":{"aadhaarNo":"234567890124"},)"
                                         R"("citizenUid":499118665246})"));
    district.edit("csc", set(records[1], R"({"state":"LOST","remarks":"आधार २३४५ ६७८९ ०१२४"})"));
  }

  // A piece that cannot be read, because of its bytes.
  static std::string bodies()
  {
    return R"({"code":"245101","name":"Rampur","state":"19","district":"309"})"
           "\n"
           R"({"code":"245102","name":"Belpur","state":"19","district":"309"})"
           "\n"
           R"({"code":"102","name":")"
           "\xff"
           R"(","secretary_aadhaar":"234567890124"})"
           "\n";
  }

  std::string key(std::size_t number) { return text_at(records.at(number), "/applicationNo"); }

  // What it keeps and says, in one text.
  std::string all(const Process& daemon)
  {
    std::string text = daemon.out() + daemon.err();
    for (const auto& entry : std::filesystem::directory_iterator(hub.folder().path()))
      if (entry.path().filename().string().starts_with("hub.db"))
        text += hub.folder().read(entry.path().filename().string());
    for (const Hub::Words& words :
         {Hub::Words{"quarantine", "list", "--unmask", "a test"}, {"logs"}, {"runs", "list"}})
      text += hub.run(words).out;
    return text;
  }
};

void expect_none(const std::string& text)
{
  for (const auto& form : kForms)
    CHECK_MESSAGE(text.find(form) == std::string::npos, form);
}

} // namespace

TEST_CASE("no Aadhaar number that comes or is entered is in the store, its journal, the log or "
          "quarantine, and none is lost where it came from")
{
  Scene scene;
  auto& hub = scene.hub;
  const auto daemon = hub.serve();
  hub.ask({"sync"}, 4);
  std::int64_t drifted = 0; // the daemon may have run it by itself just before
  for (const auto& run : list_at(hub.ask({"runs", "list"}), "/runs"))
    drifted = std::max(drifted, number_at(run, "/counts/drifted"));
  CHECK(drifted >= 2);
  const auto got =
      hub.ask({"records", "get", "service_request", scene.key(0), "--unmask", "a test"});
  CHECK(text_at(got, "/record/remarks") == "Aadhaar XXXX-XXXX-0124 seen");
  CHECK(text_at(got, "/record/details/aadhaarNo") == "XXXX-XXXX-0124");
  const auto put = [&](const std::string& key, const std::string& fields) {
    return hub.run({"records", "put", "service_request", key, "--note", "UID 345678901238"},
                   fields);
  };
  CHECK(put(scene.key(2), R"({"remarks":"his uid is 2345-6789-0124"})").code == 0);
  CHECK(put(scene.key(2), R"({"remarks":"XXXX-XXXX-0124 again"})").code == 2);

  // The others' fields go there; of a record with a masked one, nothing, for PUT would empty it.
  CHECK(put(scene.key(0), R"({"address":"Ward 4"})").code == 0);
  CHECK(put(scene.key(3), R"({"address":"Ward 5"})").code == 0);
  hub.ask({"sync"}, 4);
  const auto there = scene.district.records("csc", "service_requests");
  CHECK(text_at(there[0], "/remarks") == "Aadhaar 2345 6789 0124 seen");
  CHECK(text_at(there[0], "/formData/aadhaarNo") == "234567890124");
  CHECK(text_at(there[0], "/address") != "Ward 4");
  CHECK(text_at(there[3], "/address") == "Ward 5");
  CHECK(has(hub.run({"quarantine", "list"}).out, "takes whole records only"));

  const auto all = scene.all(*daemon);
  expect_none(all);
  CHECK(has(all, "XXXX-XXXX-0124"));
  CHECK(has(all, "XXXX-XXXX-5246"));
  CHECK(has(all, "a number that is not kept was masked"));
  CHECK(has(all, "/citizenUid"));
}
