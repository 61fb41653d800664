// Metrics of a hub without a network: what is counted, what is bounded, and when it is ready.
#include "connectors/api/traffic.hpp"
#include "daemon/api/certificates.hpp"
#include "daemon/api/metrics_parts.hpp"
#include "daemon/runtime/meters.hpp"
#include "tests/unit/daemon/api_bench.hpp"

using namespace gramsetu;
using namespace gramsetu::test;
using namespace std::chrono_literals;

TEST_CASE("samples are written as Prometheus reads them")
{
  api::MetricsWriter out;
  out.family("a_total", "counter", "Things.");
  out.sample({{"name", "a\"b\\c\nd"}}, 3);
  out.gauge("b", "One thing.", 250ms);
  out.gauge("d", "Behind.", -1500ms);
  out.gauge("c", "Many things.", 12345678901);
  CHECK(out.take() == "# HELP a_total Things.\n# TYPE a_total counter\n"
                      "a_total{name=\"a\\\"b\\\\c\\nd\"} 3\n"
                      "# HELP b One thing.\n# TYPE b gauge\nb 0.250\n"
                      "# HELP d Behind.\n# TYPE d gauge\nd -1.500\n"
                      "# HELP c Many things.\n# TYPE c gauge\nc 12345678901\n");
}

TEST_CASE("the loop's worst lateness is remembered for about a minute")
{
  runtime::Meters meters;
  Ticks now{10min};
  CHECK_FALSE(meters.is_ticking(now));
  meters.ticked(now, 500ms);
  CHECK(meters.lag(now) == 0ms);
  meters.ticked(now += 2s, 500ms);
  meters.ticked(now += 500ms, 500ms);
  CHECK(meters.lag(now) == 1500ms);
  CHECK(meters.is_ticking(now + 10s));
  CHECK_FALSE(meters.is_ticking(now + 20s));
  for (int i = 0; i < 300; ++i)
    meters.ticked(now += 500ms, 500ms);
  CHECK(meters.lag(now) == 0ms);
}

TEST_CASE("places are as fresh as their stalest slice of today, and old years make nothing stale")
{
  connectors::Stream stream;
  stream.slices = {
      {"local_body", connectors::SliceDimension::Source::children, "local_body", {}, 0},
      {"financial_year", connectors::SliceDimension::Source::years, "", {}, 1}};
  std::vector<connectors::Slice> slices;
  std::vector<store::SliceRow> rows;
  const Instant now{1'000'000s};
  const auto add = [&](const std::string& place, const std::string& year, std::optional<Instant> at,
                       bool today = true) {
    const auto id = "local_body=" + place + ",financial_year=" + year;
    if (today) slices.push_back({id, {{"local_body", place}, {"financial_year", year}}});
    store::SliceRow row;
    row.slice = id;
    row.complete_at = at;
    rows.push_back(row);
  };
  add("101", "2025", now - 2h);
  add("101", "2026", now - 1h);
  add("101", "2020", now - 9000h, false);
  add("102", "2025", now - 5h);
  add("102", "2026", std::nullopt);
  slices.push_back(
      {"local_body=103,financial_year=2026", {{"local_body", "103"}, {"financial_year", "2026"}}});
  add("104", "2026", now - 3h);
  const auto ages = runtime::place_ages(stream, slices, rows);
  REQUIRE(ages.size() == 4);
  CHECK(ages[0].place == "102");
  CHECK_FALSE(ages[0].at);
  CHECK(ages[1].place == "103"); // never begun
  CHECK_FALSE(ages[1].at);
  CHECK(ages[2].place == "104");
  CHECK(ages[3].place == "101");
  CHECK(*ages[3].at == now - 2h);
}

TEST_CASE("ready says why not, in a word, and never when the schedule stands still")
{
  ApiBench bench;
  const auto standing = bench.ask("GET", "/readyz");
  CHECK(standing.status == 503);
  CHECK(standing.body.find("the schedule does not run") != std::string::npos);
  bench.hub().meters().ticked(bench.clock().ticks(), 500ms);
  CHECK(bench.ask("GET", "/readyz").status == 200);
  bench.hub().request_stop();
  const auto stopping = bench.ask("GET", "/readyz");
  CHECK(stopping.status == 503);
  CHECK(stopping.body.find("stopping") != std::string::npos);
  CHECK(bench.ask("GET", "/healthz").status == 200);
}

TEST_CASE("what runs came to is added up by flow")
{
  ApiBench bench;
  bench.folder().write("drop/states.csv", "code,name\n19,West Bengal\n20,Jharkhand\n");
  bench.json("POST", "/api/v1/runs", R"({"wait":true})");
  bench.json("POST", "/api/v1/runs", R"({"wait":true})");
  const auto text = bench.ask("GET", "/metrics").body;
  const auto has = [&](const std::string& line) {
    return text.find(line + "\n") != std::string::npos;
  };
  CHECK(has("gramsetu_runs_total{flow=\"state@drop\",kind=\"sync\",state=\"done\"} 2"));
  CHECK(has("gramsetu_flow_records_total{flow=\"state@drop\",outcome=\"created\"} 2"));
  CHECK(has("gramsetu_flow_places{flow=\"state@drop\",age=\"1h\"} 1"));
  CHECK(has("gramsetu_flow_interval_seconds{flow=\"state@drop\"} 3600"));
  CHECK(has("gramsetu_records{entity=\"state\"} 2"));
  CHECK(has("gramsetu_hub_info{hub=\"bench\"} 1"));
}

TEST_CASE("pages that are smaller than the manifest says are shown with their size")
{
  ApiBench bench;
  const auto traffic = connectors::traffic_of("drop");
  const auto line = [&] {
    const auto text = bench.ask("GET", "/metrics").body;
    const auto at = text.find("\ngramsetu_endpoint_page_records{");
    return at == text.npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  };
  CHECK(line().empty());
  traffic->smaller_pages("states", 125);
  CHECK(line() == "gramsetu_endpoint_page_records{endpoint=\"drop\",stream=\"states\"} 125");
  traffic->smaller_pages("states", std::nullopt);
  CHECK(line().empty());
}

TEST_CASE("requests are counted by operation and status, whatever strangers ask for")
{
  ApiBench bench;
  const auto count = api::count_requests(bench.hub());
  count({"GET", "/api/v1/records/state/27", 200, 1500us});
  count({"GET", "/api/v1/records/district/4%2F1", 404, 1500us});
  count({"GET", "/api/v1/records/state/27", 403, 0us});
  count({"DELETE", "/api/v1/status", 405, 1ms});
  count({"GET", "/" + std::string(500, 'x'), 401, 1ms});
  count({"", "", 400, 1ms}); // what was no HTTP
  const auto text = bench.ask("GET", "/metrics").body;
  const auto has = [&](const std::string& line) {
    CHECK_MESSAGE(text.find("gramsetu_api_" + line + "\n") != std::string::npos, line);
  };
  const std::string one = "operation=\"get_records_entity_key\"", none = "operation=\"none\"";
  has("requests_total{" + one + ",code=\"200\"} 1");
  has("requests_total{" + one + ",code=\"404\"} 1");
  has("requests_total{" + one + ",code=\"403\"} 1");
  has("requests_total{" + none + ",code=\"405\"} 1");
  has("requests_total{" + none + ",code=\"401\"} 1");
  has("requests_total{" + none + ",code=\"400\"} 1");
  has("request_seconds_sum{" + one + "} 0.003");
  has("request_seconds_count{" + one + "} 3");
}

TEST_CASE("a certificate that ends within a month is told in days, one that ended too")
{
  ApiBench bench;
  const auto traffic = connectors::traffic_of("drop");
  const auto now = bench.clock().now();
  const auto endpoint = [&](const std::string& member) {
    const auto status = bench.json("GET", "/api/v1/status");
    const auto* found = schema::at_pointer(status, "/endpoints/0/" + member);
    return found ? schema::to_json(*found) : "none";
  };
  CHECK(endpoint("our_certificate_until") == "none");
  traffic->identity_until(now + 31 * 24h);
  CHECK(endpoint("our_certificate_days") == "none");
  CHECK(endpoint("our_certificate_until") != "none");
  traffic->identity_until(now + 29 * 24h + 1h);
  traffic->server_until(now - 1h);
  CHECK(endpoint("our_certificate_days") == "29");
  CHECK(endpoint("their_certificate_days") == "-1");
  const auto text = bench.ask("GET", "/metrics").body;
  CHECK(text.find(
            "gramsetu_certificate_expiry_timestamp_seconds{endpoint=\"drop\",whose=\"ours\"}") !=
        std::string::npos);
}

TEST_CASE("a certificate that ends within a month is in the log once a day, until it is renewed")
{
  ApiBench bench;
  const auto traffic = connectors::traffic_of("drop");
  const auto now = bench.clock().now();
  traffic->identity_until(now + 31 * 24h + 1h);
  traffic->server_until(now + 10 * 24h);
  api::CertificateWatch watch(bench.hub());
  const auto told = [&] {
    watch.look();
    auto request = bench.request("GET", "/api/v1/logs");
    request.query["event"] = "certificate_ending";
    const auto answer = *schema::parse_json(bench.ask(request).body);
    std::vector<std::string> said;
    for (const auto& entry : schema::at_pointer(answer, "/entries")->list())
      if (text_of(entry, "/fields/endpoint") == "drop") // other tests of this process serve by TLS
        said.push_back(text_of(entry, "/text") + " " + text_of(entry, "/fields/whose"));
    return said;
  };
  const std::string theirs = "the certificate that drop shows ends in ";
  CHECK(told() == std::vector<std::string>{theirs + "10 days theirs"});
  bench.clock().advance(23h);
  CHECK(told().size() == 1);
  bench.clock().advance(1h);
  auto said = told();
  REQUIRE(said.size() == 2);
  CHECK(said.back() == theirs + "9 days theirs");
  bench.clock().advance(12h); // ours comes into the last month, and not on the other's turn
  said = told();
  REQUIRE(said.size() == 3);
  CHECK(said.back() == "our certificate for drop ends in 29 days ours");
  traffic->identity_until(now + 400 * 24h);
  traffic->server_until(now + 1h); // another one, and it has ended
  said = told();
  REQUIRE(said.size() == 4);
  CHECK(said.back() == "the certificate that drop shows has ended theirs");
}

TEST_CASE("without a service nobody reads the file again")
{
  ApiBench bench;
  CHECK(bench.ask("POST", "/api/v1/reload").status == 412);
  bool dry = false;
  std::string who;
  bench.hub().reload_with([&](bool only_look, const std::string& by) {
    dry = only_look;
    who = by;
    runtime::Reloaded reloaded;
    reloaded.refused = {"gramsetu.yaml:3:1: unknown key"};
    return reloaded;
  });
  auto request = bench.request("POST", "/api/v1/reload");
  request.query["dry_run"] = "true";
  const auto answer = bench.ask(request);
  CHECK(answer.status == 200);
  CHECK(dry);
  CHECK(who == "meera");
  CHECK(answer.body.find("unknown key") != std::string::npos);
}
