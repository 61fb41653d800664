// One hub as the endpoint of another: the feed of records one way, conditional writes the other.
#include "tests/endpoints/plain_client.hpp"
#include "tests/support/script_server.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

constexpr const char* kSecret = "a-long-secret-of-the-lower-hub";

// The upper hub serves and knows nobody else; the lower one has it as its only endpoint.
struct TwoHubs {
  Hub upper, lower;
  std::uint16_t port = static_cast<std::uint16_t>(closed_port());
  std::unique_ptr<Process> daemon;

  TwoHubs()
  {
    namespace fs = std::filesystem;
    const auto tokens =
        upper.folder().write("tokens", fmt::format("lower app {} service_request\n", kSecret));
    fs::permissions(tokens, fs::perms::owner_read | fs::perms::owner_write);
    upper.write_config(fmt::format("hub: {{ name: upper }}\n"
                                   "store: {{ sqlite: {{ path: {0}/hub.db }} }}\n"
                                   "api: {{ unix: {0}/api.sock, tcp: {{ listen: 127.0.0.1:{1}, "
                                   "tokens: \"${{file:{2}}}\" }} }}\n",
                                   upper.folder().path(), port, tokens));
    const auto secret = lower.folder().write("secret", kSecret);
    fs::permissions(secret, fs::perms::owner_read | fs::perms::owner_write);
    lower.write_config(fmt::format("hub: {{ name: lower }}\n"
                                   "store: {{ sqlite: {{ path: {0}/hub.db }} }}\n"
                                   "endpoints:\n  upper:\n    connector: hub\n"
                                   "    url: http://127.0.0.1:{1}\n"
                                   "    auth: {{ bearer: {{ token: \"${{file:{2}}}\" }} }}\n"
                                   "api: {{ unix: {0}/api.sock }}\n"
                                   "conflicts: {{ service_request: {{ fields: {{ operator_id: "
                                   "{{ prefer: [upper, local] }} }} }} }}\n"
                                   "flows: {{ service_request: {{ upper: {{ direction: both, "
                                   "every: 1d }} }} }}\n",
                                   lower.folder().path(), port, secret));
    daemon = upper.serve();
    for (auto* hub : {&upper, &lower})
      enter_places(*hub);
  }

  void put(Hub& hub, const std::string& entity, const std::string& key, const std::string& fields)
  {
    const auto ran = hub.run({"records", "put", entity, key}, fields);
    REQUIRE_MESSAGE(ran.code == 0, ran.err);
  }

  // The places that the requests are of.
  void enter_places(Hub& hub)
  {
    put(hub, "state", "19", R"({"name":"West Bengal"})");
    put(hub, "district", "309", R"({"name":"Jalpaiguri","state":"19"})");
    put(hub, "local_body", "245101",
        R"({"code":"245101","name":"Aranda","state":"19","district":"309"})");
  }

  void request(Hub& hub, const std::string& key, const std::string& more = "")
  {
    put(hub, "service_request", key,
        R"({"local_body":"245101","service_code":"INC","fee":500,"phone":"03561 222333")" + more +
            "}");
  }

  std::string get(Hub& hub, const std::string& key, const std::string& field)
  {
    const auto record = hub.ask({"records", "get", "service_request", key, "--unmask", "a test"});
    return text_at(record, "/record/" + field);
  }

  std::int64_t fee(Hub& hub, const std::string& key)
  {
    return number_at(hub.ask({"records", "get", "service_request", key}), "/record/fee");
  }

  bool has(Hub& hub, const std::string& key)
  {
    const auto ran = hub.run({"records", "get", "service_request", key, "--json"});
    const auto json = ran.code == 0 ? ran.json() : schema::Value();
    const auto* deleted = ran.code == 0 ? schema::at_pointer(json, "/deleted") : nullptr;
    return deleted && deleted->kind() == schema::Value::Kind::boolean && !deleted->boolean();
  }

  sim::PlainAnswer ask_as_lower(const std::string& target)
  {
    return sim::ask(port, "GET", target, {{"Authorization", std::string("Bearer ") + kSecret}}, "");
  }
};

} // namespace

TEST_CASE(
    "two hubs keep each other's records: new, changed and deleted ones, and then nothing moves")
{
  TwoHubs hubs;
  auto& [upper, lower, port, daemon] = hubs;
  for (const auto* key : {"R/1", "R/2"})
    hubs.request(lower, key);
  lower.ask({"sync"});
  CHECK(hubs.get(upper, "R/1", "phone") == "03561 222333");
  hubs.request(upper, "R/3");
  hubs.put(upper, "service_request", "R/1", R"({"address":"Ward 4"})");
  hubs.put(lower, "service_request", "R/1", R"({"remarks":"came by foot"})");
  lower.ask({"sync"});
  for (auto* hub : {&upper, &lower}) {
    CHECK(hubs.get(*hub, "R/1", "address") == "Ward 4");
    CHECK(hubs.get(*hub, "R/1", "remarks") == "came by foot");
    CHECK(hubs.get(*hub, "R/3", "phone") == "03561 222333");
    CHECK(hubs.fee(*hub, "R/3") == 500);
  }
  CHECK(upper.run({"records", "delete", "service_request", "R/2"}).code == 0);
  CHECK(lower.run({"records", "delete", "service_request", "R/3"}).code == 0);
  lower.ask({"sync"});
  for (auto* hub : {&upper, &lower}) {
    CHECK(hubs.has(*hub, "R/1"));
    CHECK_FALSE(hubs.has(*hub, "R/2"));
    CHECK_FALSE(hubs.has(*hub, "R/3"));
  }
  const auto before = hubs.ask_as_lower("/api/v1/feed/service_request").body;
  const auto run = run_of(lower.ask({"sync"}), "service_request@upper");
  for (const auto* count : {"created", "updated", "deleted", "pushed", "conflicts"})
    CHECK_MESSAGE(number_at(run, std::string("/counts/") + count) == 0, count);
  CHECK(hubs.ask_as_lower("/api/v1/feed/service_request").body == before);
  CHECK(lower.run({"verify"}).code == 0);
}

TEST_CASE("the same field changed at both hubs is decided once, and both have it")
{
  TwoHubs hubs;
  hubs.request(hubs.upper, "R/1");
  hubs.lower.ask({"sync"});
  hubs.put(hubs.upper, "service_request", "R/1", R"({"remarks":"of the upper"})");
  hubs.put(hubs.lower, "service_request", "R/1", R"({"remarks":"of the lower"})");
  hubs.lower.ask({"sync"}, 4);
  CHECK(
      hubs.lower.run({"conflicts", "resolve", "1", "ours", "--note", "the papers are here"}).code ==
      0);
  hubs.lower.ask({"sync"});
  CHECK(hubs.get(hubs.upper, "R/1", "remarks") == "of the lower");
  CHECK(hubs.get(hubs.lower, "R/1", "remarks") == "of the lower");
}

TEST_CASE("an app sees the records of its entities, and nothing else of the hub")
{
  TwoHubs hubs;
  CHECK(hubs.ask_as_lower("/api/v1/feed/service_request").status == 200);
  for (const auto* target : {"/api/v1/feed/voucher", "/api/v1/records/service_request",
                             "/api/v1/status", "/api/v1/changes", "/api/v1/runs"})
    CHECK_MESSAGE(hubs.ask_as_lower(target).status == 403, target);
}

TEST_CASE("a new record goes in only where there is none")
{
  TwoHubs hubs;
  const auto put = [&](const std::string& remarks) {
    return sim::ask(hubs.port, "PUT", "/api/v1/records/service_request/R%2F1",
                    {{"Authorization", std::string("Bearer ") + kSecret},
                     {"Content-Type", "application/json"},
                     {"If-None-Match", "*"}},
                    R"({"local_body":"245101","service_code":"INC","remarks":")" + remarks + "\"}")
        .status;
  };
  CHECK(put("the first") == 200);
  CHECK(put("the second") == 412);
  CHECK(hubs.get(hubs.upper, "R/1", "remarks") == "the first");
}
