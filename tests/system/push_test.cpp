// Pushes to an endpoint that takes its time.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// The service centres, with batches of five.
std::string small_batches()
{
  std::ifstream file(GRAMSETU_SOURCE_DIR "/connectors/manifests/csc.yaml");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text.replace(text.find("connector: csc"), 14, "connector: csc-small");
  text.replace(text.find("max: 200"), 8, "max: 5");
  return text;
}

std::string requests(int first, int last)
{
  std::string lines;
  for (int number = first; number <= last; ++number)
    lines += fmt::format(R"({{"reference_number":"R{:04}","service_code":"INC","state":"19",)"
                         R"("status":"submitted","local_body":"245101","district":"309",)"
                         R"("applicant_name":"Rina Das","phone":"9000000001"}})"
                         "\n",
                         number);
  return lines;
}

} // namespace

TEST_CASE("a push has as many requests under way as the endpoint allows, and takes the fewer turns")
{
  Hub hub;
  const District district(hub.folder().path(),
                          {"--gps", "2", "--records", "0", "--service-requests", "0"});
  std::filesystem::create_directory(hub.path("connectors"));
  hub.folder().write("connectors/csc-small.yaml", small_batches());
  hub.configure(district, "flows: { service_request: { csc: { direction: push, every: 1d } } }\n");
  auto config = hub.config();
  config.replace(config.find("connector: csc"), 14, "connector: csc-small");
  district.fault("csc", R"({"kind":"stall","times":0,"method":"POST","path":"bulk","ms":100})");

  int sent = 0;
  for (const int allowed : {1, 4}) {
    CAPTURE(allowed);
    auto limited = config;
    limited.insert(limited.find("    url: ", limited.find("csc-small")),
                   fmt::format("    limits: {{ concurrent: {} }}\n", allowed));
    hub.write_config(limited);
    district.clear("csc", "ledger");
    const auto ran =
        hub.run({"records", "import", "service_request"}, requests(sent + 1, sent + 45));
    REQUIRE_MESSAGE(ran.code == 0, ran.err);
    sent += 45;
    const auto run = run_of(hub.ask({"sync"}), "service_request@csc");
    CHECK(number_at(run, "/counts/pushed") == 45);
    const auto ledger = district.get("csc", "ledger");
    // Nine batches: one by one; or one ahead, and twice four at once, which is three turns.
    CHECK(number_at(ledger, "/mostWritesAtOnce") == allowed);
    CHECK(list_at(ledger, "/effects").size() == 45);
    CHECK(number_at(ledger, "/replays") == 0);
  }
  CHECK(district.records("csc", "service_requests").size() == 90);
}
