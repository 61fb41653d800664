// Records that people enter at the hub by command.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

const std::string kKey = "WB/309/0000003";

struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "2", "--records", "0", "--service-requests", "5"}};

  Scene()
  {
    hub.configure(district,
                  "flows: { service_request: { csc: { direction: both, every: 1d } } }\n");
    hub.ask({"sync"});
  }

  schema::Value get(const std::string& key)
  {
    return hub.ask({"records", "get", "service_request", key, "--unmask", "a test"});
  }

  Ran put(const std::string& key, const std::string& fields, std::vector<std::string> more = {})
  {
    more.insert(more.begin(), {"records", "put", "service_request", key});
    return hub.run(more, fields);
  }
};

} // namespace

TEST_CASE("an edit says only what changes, and the endpoint gets it")
{
  Scene scene;
  const auto before = scene.get(kKey);
  const auto ran = scene.put(kKey, R"({"address":"Ward 4"})");
  CHECK_MESSAGE(ran.code == 0, ran.err);
  const auto after = scene.get(kKey);
  CHECK(text_at(after, "/record/address") == "Ward 4");
  CHECK(number_at(after, "/record/fee") == number_at(before, "/record/fee"));
  CHECK(number_at(after, "/revision") == number_at(before, "/revision") + 1);
  CHECK(number_at(run_of(scene.hub.ask({"sync"}), "service_request@csc"), "/counts/pushed") == 1);
  for (const auto& record : scene.district.records("csc", "service_requests"))
    CHECK((text_at(record, "/address") == "Ward 4") == (text_at(record, "/applicationNo") == kKey));
  CHECK(has(scene.put(kKey, R"({"address":"Ward 4"})").out, "as it was"));
}

TEST_CASE("a new record is named by its key alone, and everything that it lacks is said at once")
{
  Scene scene;
  const auto lacks = scene.put("HUB/1", R"({"fee":500})");
  CHECK(lacks.code == 2);
  for (const auto* lacking : {"local_body is required", "service_code is required"})
    CHECK_MESSAGE(has(lacks.err, lacking), lacks.err);
  CHECK_FALSE(has(lacks.err, "reference_number"));
  const auto wrong = scene.put("HUB/1", R"({"fee":"5","fees":1})");
  CHECK(wrong.code == 2);
  CHECK(has(wrong.err, "service_request has no field 'fees'; did you mean 'fee'?"));
  CHECK(has(wrong.err, "fee is text, not money"));
  const auto place = text_at(scene.get(kKey), "/record/local_body");
  const auto put =
      scene.put("HUB/1", R"({"fee":500,"service_code":"INC","local_body":")" + place + R"("})");
  CHECK_MESSAGE(put.code == 0, put.err);
  CHECK(text_at(scene.get("HUB/1"), "/record/reference_number") == "HUB/1");
}

TEST_CASE("an edit over another revision is refused, and one of another key as well")
{
  Scene scene;
  const auto revision = number_at(scene.get(kKey), "/revision");
  const auto put = [&](std::int64_t at, const std::string& fields) {
    return scene.put(kKey, fields, {"--revision", std::to_string(at)}).code;
  };
  CHECK(put(revision + 1, R"({"address":"x"})") == 1);
  CHECK(put(revision, R"({"reference_number":"WB/309/0000004"})") == 2);
  CHECK(put(revision, R"({"address":"x"})") == 0);
}

TEST_CASE("an import takes the good lines, names the others, and ends with 4")
{
  Scene scene;
  const auto ran = scene.hub.run({"records", "import", "service_request", "--json"},
                                 R"({"reference_number":"WB/309/0000001","address":"one"})"
                                 "\n{\"reference_number\":\"WB/309/0000002\",\n"
                                 R"({"reference_number":"WB/309/0000003","fee":"12.345"})"
                                 "\n"
                                 R"({"address":"whose?"})"
                                 "\n"
                                 R"({"reference_number":"WB/309/0000005","address":"five"})");
  CHECK(ran.code == 4);
  CHECK(number_at(ran.json(), "/changed") == 2);
  CHECK(number_at(ran.json(), "/refused") == 3);
  for (const auto* line : {"line 2: ", "line 3: ", "line 4: "})
    CHECK_MESSAGE(has(ran.err, line), ran.err);
  CHECK(text_at(scene.get("WB/309/0000005"), "/record/address") == "five");
}
