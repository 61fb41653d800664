// What the routes answer is what they declare, over a store with something in it.
#include "tests/unit/daemon/api_bench.hpp"

using namespace gramsetu;
using namespace gramsetu::api;
using namespace gramsetu::test;

namespace {

constexpr const char* kRequest =
    R"({"local_body":"107001","service_code":"BIRTH","applicant_name":"Kamala","phone":"98300"})";

} // namespace

TEST_CASE("records come back as they were put, masked for whoever has no right to them")
{
  ApiBench bench;
  auto put = bench.request("PUT", "/api/v1/records/service_request/CSC%2F1", kRequest);
  put.headers["if-none-match"] = "*";
  CHECK(bench.ask(put).status == 200);
  CHECK(bench.ask(put).status == 412);
  const auto record = bench.json("GET", "/api/v1/records/service_request/CSC%2F1");
  CHECK(text_of(record, "/record/service_code") == "BIRTH");
  CHECK(text_of(record, "/record/applicant_name") == "********");
  CHECK(bench.ask("GET", "/api/v1/records/service_request").status == 200);
  CHECK(bench.ask("GET", "/api/v1/records/service_request/CSC%2F1/history").status == 200);
  CHECK(bench.ask("GET", "/api/v1/feed/service_request").status == 200);
  CHECK(bench.ask("GET", "/api/v1/why/service_request/CSC%2F1").status == 200);
  CHECK(bench.ask("GET", "/api/v1/why/service_request/CSC%2F1/phone").status == 200);
  CHECK(bench.ask("GET", "/api/v1/counts/service_request").status == 200);
  CHECK(bench.ask("DELETE", "/api/v1/records/service_request/CSC%2F1").status == 200);
  CHECK(bench.ask("GET", "/api/v1/changes").status == 200);
}

TEST_CASE("a run, its plan and what it left behind answer as they declare")
{
  ApiBench bench;
  bench.folder().write("drop/states.csv", "code,name\n19,West Bengal\n20,Jharkhand\n");
  const auto runs = bench.json("POST", "/api/v1/runs", R"({"wait":true})");
  const auto run = text_of(runs, "/runs/0/run");
  CHECK(bench.ask("GET", "/api/v1/runs/" + run).status == 200);
  CHECK(bench.ask("POST", "/api/v1/plan", R"({"wait":true,"flows":["state"]})").status == 200);
  CHECK(bench.ask("GET", "/api/v1/runs/" + run + "/remarks").status == 200);
  CHECK(bench.ask("POST", "/api/v1/verify", R"({"wait":true})").status == 200);
  bench.hub().meters().ticked(bench.clock().ticks(), {});
  for (const auto* path :
       {"/api/v1/status", "/api/v1/freshness", "/api/v1/flows", "/api/v1/runs", "/api/v1/logs",
        "/api/v1/conflicts", "/api/v1/quarantine", "/api/v1/exceptions", "/api/v1/connectors",
        "/api/v1/places/unresolved", "/metrics", "/healthz", "/readyz", "/api/v1/openapi.json"})
    CHECK(bench.ask("GET", path).status == 200);
  CHECK(bench.ask("POST", "/api/v1/connectors/drop/probe").status == 200);
  CHECK(bench.ask("POST", "/api/v1/runs", R"({"flows":["vouchr"]})").status == 404);
}
