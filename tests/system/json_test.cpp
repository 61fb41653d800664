// Every command answers in JSON when it is asked to, with a daemon and without one.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

using Words = std::vector<std::string>;

struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "4", "--records", "20", "--service-requests", "30"}};
  std::string key; // of a request that CSC and state have

  Scene()
  {
    hub.configure(district, "flows:\n  voucher: { central: { direction: pull, every: 1d } }\n"
                            "  service_request: { csc: { direction: both, every: 1d },\n"
                            "                     state: { direction: both, every: 1d } }\n");
    hub.ask({"sync"});
    const auto record = district.records("state", "service_requests").front();
    key = text_at(record, "/referenceNumber");
    // One remark on each side: a conflict. One bad amount: quarantine.
    district.edit("state", R"({"stream":"service_requests","id":")" + text_at(record, "/id") +
                               R"(","set":{"remarks":"there"}})");
    REQUIRE(hub.run({"records", "put", "service_request", key}, R"({"remarks":"here"})").code == 0);
    district.edit("central", R"({"stream":"vouchers","id":"V0000002","set":{"amount":"1.234"}})");
    hub.ask({"sync"}, 4);
  }

  std::vector<std::pair<Words, int>> commands()
  {
    const auto run = text_at(hub.ask({"runs", "list"}), "/runs/0/run");
    const auto conflict =
        std::to_string(number_at(hub.ask({"conflicts", "list"}), "/conflicts/0/id"));
    return {
        {{"check"}, 0},
        {{"status"}, 0},
        {{"plan"}, 4},
        {{"plan", "-o", hub.path("plan.json")}, 4},
        {{"apply", hub.path("plan.json")}, 0},
        {{"sync"}, 4},
        {{"verify"}, 0},
        {{"runs", "list"}, 0},
        {{"runs", "show", run}, 0},
        {{"runs", "undo", run}, 0},
        {{"logs"}, 0},
        {{"records", "list", "voucher"}, 0},
        {{"records", "get", "service_request", key}, 0},
        {{"records", "put", "service_request", key}, 0},
        {{"records", "history", "service_request", key}, 0},
        {{"records", "export", "voucher"}, 0},
        {{"records", "import", "voucher"}, 0},
        {{"why", "voucher", "V0000003"}, 0},
        {{"why", "voucher", "V0000003", "amount"}, 0},
        {{"conflicts", "list", "--all"}, 0},
        {{"conflicts", "list", "--exceptions"}, 0},
        {{"conflicts", "show", conflict}, 0},
        {{"conflicts", "resolve", conflict, "ours"}, 0},
        {{"records", "delete", "service_request", key}, 0},
        {{"quarantine", "list"}, 0},
        {{"quarantine", "show", "1"}, 0},
        {{"quarantine", "replay", "--all"}, 4},
        {{"quarantine", "discard", "1", "--note", "known"}, 0},
        {{"connectors", "list"}, 0},
        {{"connectors", "describe", "csc"}, 0},
        {{"connectors", "probe"}, 0},
    };
  }

  void try_all()
  {
    for (auto [words, code] : commands()) {
      const bool puts = words.size() > 1 && words[1] == "put";
      const bool lines = words[0] == "logs" || (words.size() > 1 && words[1] == "export");
      words.push_back("--json");
      CAPTURE(line_of(words));
      const auto ran = hub.run(words, puts ? R"({"pending_with":"BDO"})" : "");
      CHECK_MESSAGE(ran.code == code, ran.err, ran.out);
      if (!lines) {
        CHECK_MESSAGE(schema::parse_json(ran.out), ran.out);
        continue;
      }
      std::size_t at = 0, count = 0;
      for (auto end = ran.out.find('\n'); end != std::string::npos;
           at = end + 1, end = ran.out.find('\n', at), ++count)
        CHECK(schema::parse_json(ran.out.substr(at, end - at)));
      CHECK(count > 0);
      CHECK(at == ran.out.size());
    }
  }
};

} // namespace

TEST_CASE("every command answers in JSON, without a daemon")
{
  Scene scene;
  scene.try_all();
}

TEST_CASE("every command answers in JSON, through a daemon")
{
  Scene scene;
  const auto daemon = scene.hub.serve();
  scene.try_all();
}

TEST_CASE("what goes wrong is JSON, too, with its reason")
{
  Scene scene;
  for (const auto& words :
       {Words{"records", "get", "voucher", "V404"}, Words{"sync", "vouchr"},
        Words{"runs", "show", "no-such-run"}, Words{"runs", "undo", "no-such-run"},
        Words{"apply", "/nonexistent"}, Words{"conflicts", "show", "404"},
        Words{"records", "list", "vouchr"},
        Words{"records", "put", "voucher", "V1", "/nonexistent"},
        Words{"connectors", "describe", "cscc"}, Words{"connectors", "probe", "cscc"}}) {
    auto asked = words;
    asked.push_back("--json");
    CAPTURE(line_of(asked));
    const auto ran = scene.hub.run(asked);
    CHECK(ran.code != 0);
    CHECK_FALSE(ran.err.empty());
    const auto problem = schema::parse_json(ran.out);
    REQUIRE_MESSAGE(problem, ran.out);
    CHECK_FALSE(text_at(*problem, "/title").empty());
  }
}
