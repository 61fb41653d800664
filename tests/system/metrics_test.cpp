// /metrics of a real hub: strictly readable, bounded, and all that dashboard and alerts ask for.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

constexpr const char* kFlows =
    "flows:\n"
    "  local_body: { lgd: { direction: pull, every: 1d } }\n"
    "  village_coverage: { lgd: { direction: pull, every: 1d } }\n"
    "  voucher: { central: { direction: pull, every: 1d } }\n"
    "  service_request: { csc: { direction: both, every: 1d }, central: { direction: push, cron: "
    "\"30 2 * * *\" } }\n";

struct Answer {
  int status = 0;
  std::string body;
};

Answer get(const Hub& hub, const std::string& path, int number)
{
  const auto body = hub.path("body-" + std::to_string(number));
  Process curl({{"/usr/bin/curl", "-s", "-o", body, "-w", "%{http_code}", "--unix-socket",
                 hub.path("api.sock"), "http://localhost" + path}},
               hub.path("curl-" + std::to_string(number)));
  REQUIRE(curl.wait());
  return {std::atoi(curl.out().c_str()), hub.folder().read("body-" + std::to_string(number))};
}

// What the checker finds wrong; empty when all is well.
std::string complaints(Hub& hub, const std::string& metrics, int most)
{
  const auto file = hub.folder().write("metrics.txt", metrics);
  Process check({{"/usr/bin/python3", GRAMSETU_SOURCE_DIR "/tests/metrics/check.py", file,
                  std::to_string(most), GRAMSETU_BINARY_DIR "/gramsetu"}},
                hub.path("check"));
  const auto ended = check.wait();
  REQUIRE(ended);
  MESSAGE(check.out());
  return ended->code == 0 ? "" : check.out() + check.err();
}

} // namespace

TEST_CASE("metrics are read by a strict parser, and stay few however many places there are")
{
  Hub hub;
  const District district(hub.folder().path(), {"--gps", "60", "--records", "40"});
  hub.configure(district, kFlows);
  const auto daemon = hub.serve();
  hub.run({"sync"});
  const auto metrics = get(hub, "/metrics", 1);
  REQUIRE(metrics.status == 200);
  // Sixty places, which the simulator knows nothing of, and as many series as with one.
  CHECK(complaints(hub, metrics.body, 400) == "");
  for (const auto* line :
       {"gramsetu_flow_places{flow=\"local_body@lgd\",age=\"1h\"} 1",
        "gramsetu_flow_places{flow=\"village_coverage@lgd\",age=\"never\"} 60",
        "gramsetu_flow_stalest_place_age_seconds{flow=\"local_body@lgd\",place=\"309\"}",
        "gramsetu_runs_total{flow=\"voucher@central\",kind=\"sync\",state=\"done\"} 1",
        "gramsetu_flow_records_total{flow=\"voucher@central\",outcome=\"created\"} 40",
        "gramsetu_flow_last_run_ok{flow=\"voucher@central\"} 1",
        "gramsetu_flow_interval_seconds{flow=\"voucher@central\"} 86400",
        "gramsetu_flow_interval_seconds{flow=\"service_request@central\"} 86400",
        "gramsetu_queue_records{flow=\"voucher@central\",queue=\"outbox\"} 0",
        "gramsetu_endpoint_up{endpoint=\"central\"} 1",
        "gramsetu_api_requests_total{operation=\"post_runs\",code=\"20",
        "gramsetu_api_request_seconds_count{operation=\"post_runs\"} 1",
        "gramsetu_endpoint_breaker_open{endpoint=\"central\"} 0",
        "gramsetu_endpoint_requests_total{endpoint=\"central\",class=\"2xx\"}"})
    CHECK_MESSAGE(has(metrics.body, line), std::string(line));

  // The list of places is for people, and bounded as they ask.
  const auto places = hub.ask({"status", "--places", "--flow", "village_coverage@lgd", "-n", "5"});
  CHECK(list_at(places, "/places").size() == 5);
  CHECK(text_at(places, "/places/0/flow") == "village_coverage@lgd");
  CHECK_FALSE(text_at(places, "/places/0/place").empty());
}

TEST_CASE("ready is who opened its store and runs its schedule; neither answer says anything else")
{
  Hub hub;
  const District district(hub.folder().path(), {"--gps", "2", "--records", "4"});
  hub.configure(district, kFlows);
  const auto daemon = hub.serve();
  CHECK(until([&] { return get(hub, "/readyz", 1).status == 200; }));
  CHECK(get(hub, "/readyz", 2).body == "ok\n");
  CHECK(get(hub, "/healthz", 3).body == "ok\n");
}
