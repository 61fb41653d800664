// What can be made to go wrong.
#include "tests/endpoints/sim_fixture.hpp"

#include <chrono>
#include <thread>

using namespace gramsetu;
using namespace gramsetu::sim;

TEST_CASE("a fault strikes so often, after so many, on its path and method, and counts its hits")
{
  Fixture f;
  f.fault("csc", R"({"kind":"status","status":429,"retry_after":"7","times":2,"skip":1,
                     "path":"service_requests","method":"GET"})");
  CHECK(f.csc("GET", "/v2/survey_responses").status == 200);
  CHECK(f.csc("GET", "/v2/service_requests").status == 200);
  const auto struck = f.csc("GET", "/v2/service_requests");
  CHECK(struck.status == 429);
  CHECK(struck.header("Retry-After") == "7");
  CHECK(f.csc("GET", "/v2/service_requests").status == 429);
  CHECK(f.csc("GET", "/v2/service_requests").status == 200);
  const auto list = Fixture::json(ask(f.simulator->port("control"), "GET", "/_sim/csc/faults"));
  CHECK(text_at(list, "/faults/0/hits") == "2");
  CHECK(
      ask(f.simulator->port("control"), "POST", "/_sim/csc/faults", {}, R"({"kind":"x"})").status ==
      400);
}

TEST_CASE("commit then drop has its effect, says nothing, and the repetition tells")
{
  Fixture f;
  f.fault("csc", R"({"kind":"commit_then_drop","method":"POST"})");
  const Fixture::Headers key = {{"Idempotency-Key", "k"}};
  const std::string body = R"({"applicationNo":"N1","serviceId":"INC","gp_lgd_code":245101})";
  const auto lost = f.csc("POST", "/v2/service_requests", key, body);
  CHECK(lost.connected);
  CHECK(lost.status == 0);
  CHECK(f.effects("csc").size() == 1);
  const auto again = f.csc("POST", "/v2/service_requests", key, body);
  CHECK(again.status == 201);
  CHECK(again.header("Idempotent-Replay") == "true");
  CHECK(f.effects("csc").size() == 1);
}

TEST_CASE("closing without effect leaves the records as they were")
{
  Fixture f;
  f.fault("csc", R"({"kind":"close"})");
  CHECK(f.csc("DELETE", "/v2/service_requests/CSC0000001", {{"If-Match", "1"}}).status == 0);
  CHECK(f.effects("csc").empty());
}

TEST_CASE("a stalled write has its effect late, a hanging one has none")
{
  Fixture f;
  f.fault("csc", R"({"kind":"stall","ms":60})");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(f.csc("DELETE", "/v2/service_requests/CSC0000001", {{"If-Match", "1"}}).status == 200);
  CHECK(f.effects("csc").size() == 1);
  f.fault("csc", R"({"kind":"hang","ms":60})");
  CHECK(f.csc("DELETE", "/v2/service_requests/CSC0000002", {{"If-Match", "1"}}).status == 0);
  CHECK(f.effects("csc").size() == 1);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(120));
}

TEST_CASE("bodies can be cut, doubled in length, or broken")
{
  Fixture f;
  const std::string path = "/v2/service_requests";
  const std::string whole = f.csc("GET", path).body;
  f.fault("csc", R"({"kind":"truncate"})");
  const auto cut = f.csc("GET", path);
  CHECK(cut.header("Content-Length") == std::to_string(whole.size()));
  CHECK(cut.body.size() == whole.size() / 2);
  f.fault("csc", R"({"kind":"chunk_cut"})");
  const auto chunked = f.csc("GET", path);
  CHECK(chunked.header("Transfer-Encoding") == "chunked");
  CHECK_FALSE(chunked.body.ends_with("0\r\n\r\n"));
  f.fault("csc", R"({"kind":"two_lengths"})");
  const std::string head = f.csc("GET", path).head;
  CHECK(head.find("Content-Length") != head.rfind("Content-Length"));
  f.fault("csc", R"({"kind":"malformed"})");
  const auto broken = f.csc("GET", path);
  CHECK(broken.header("Content-Length") == std::to_string(broken.body.size()));
  CHECK_FALSE(schema::parse_json(broken.body));
  f.fault("csc", R"({"kind":"html"})");
  CHECK(f.csc("GET", path).body.starts_with("<!DOCTYPE html>"));
}

TEST_CASE("a line can cut what is long, and let through what is short")
{
  Fixture f;
  const std::string path = "/v2/service_requests";
  const std::string whole = f.csc("GET", path).body;
  f.fault("csc",
          R"({"kind":"cut_long","times":0,"bytes":)" + std::to_string(whole.size() - 1) + "}");
  const auto cut = f.csc("GET", path);
  CHECK(cut.header("Content-Length") == std::to_string(whole.size()));
  CHECK(cut.body.size() == whole.size() - 1);
  const auto shorter = f.csc("GET", path + "?limit=2");
  CHECK(shorter.header("Content-Length") == std::to_string(shorter.body.size()));
  CHECK(schema::parse_json(shorter.body));
}

TEST_CASE("writes that overlap are counted, and reads are not")
{
  Fixture f;
  f.fault("csc", R"({"kind":"stall","times":0,"ms":200})");
  const auto most = [&] { return f.simulator->endpoint("csc")->ledger().most_writes(); };
  const auto together = [&](const char* method) {
    std::vector<std::jthread> all;
    for (int i = 0; i < 3; ++i)
      all.emplace_back([&] { f.csc(method, "/v2/service_requests/CSC0000001", {}); });
  };
  together("GET");
  CHECK(most() == 0);
  CHECK(f.csc("DELETE", "/v2/service_requests/CSC0000001").status == 428);
  CHECK(most() == 1);
  together("DELETE");
  CHECK(most() == 3);
  f.simulator->endpoint("csc")->ledger().clear();
  CHECK(most() == 0);
}

TEST_CASE("lists can lie: repeated, halved, or suddenly empty")
{
  Fixture f;
  const std::string second = "/v1/vouchers?skip=10&limit=10";
  const std::string first_id =
      text_at(Fixture::json(f.central("GET", "/v1/vouchers")), "/response/vouchers/0/voucherId");
  f.fault("central", R"({"kind":"repeat_page","path":"/v1/vouchers"})");
  CHECK(text_at(Fixture::json(f.central("GET", second)), "/response/vouchers/0/voucherId") ==
        first_id);
  f.fault("central", R"({"kind":"half_page","path":"/v1/vouchers"})");
  const auto half = Fixture::json(f.central("GET", second));
  CHECK(schema::at_pointer(half, "/response/vouchers")->list().size() == 5);
  CHECK(text_at(half, "/response/count") == "25");
  f.fault("central", R"({"kind":"empty","path":"/v1/vouchers"})");
  const auto empty = f.central("GET", second);
  CHECK(empty.status == 200);
  CHECK(text_at(Fixture::json(empty), "/response/count") == "0");
}

TEST_CASE("answers can be late, and the port can refuse for a while and come back")
{
  Fixture f;
  const auto begin = std::chrono::steady_clock::now();
  f.fault("csc", R"({"kind":"latency","ms":60})");
  CHECK(f.csc("GET", "/v2/service_requests").status == 200);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(60));

  f.fault("csc", R"({"kind":"refuse","ms":800})");
  CHECK(f.csc("GET", "/v2/service_requests").status == 0);
  CHECK_FALSE(f.csc("GET", "/v2/service_requests").connected);
  // The port comes back by itself; ten seconds is far beyond what it needs.
  int status = 0;
  for (int i = 0; i < 200 && status == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    status = f.csc("GET", "/v2/service_requests").status;
  }
  CHECK(status == 200);
}

TEST_CASE("chance strikes by the seed")
{
  Fixture f;
  f.fault("csc", R"({"kind":"status","status":503,"times":0,"probability":0.3})");
  int struck = 0;
  for (int i = 0; i < 60; ++i)
    struck += f.csc("GET", "/v2/survey_responses").status == 503 ? 1 : 0;
  CHECK(struck > 5);
  CHECK(struck < 35);
  CHECK(ask(f.simulator->port("control"), "DELETE", "/_sim/csc/faults").status == 200);
  CHECK(f.csc("GET", "/v2/survey_responses").status == 200);
}
