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
  CHECK(bench.ask("GET", "/api/v1/personal/service_request/CSC%2F1").status == 200);
  CHECK(bench.ask("POST", "/api/v1/personal/find", R"({"value":"Kamala"})").status == 200);
  const auto all = bench.json("POST", "/api/v1/personal/export", R"({"value":"Kamala"})");
  CHECK(text_of(all, "/records/0/key") == "CSC/1");
  CHECK(text_of(all, "/records/0/record/applicant_name") == "********");
  const auto erased = bench.json("POST", "/api/v1/personal/erase",
                                 R"({"records":[{"entity":"service_request","key":"nobody"},)"
                                 R"({"entity":"service_request","key":"CSC/1"}],"note":"asked"})");
  CHECK(text_of(erased, "/left/0/key") == "nobody");
  CHECK(text_of(erased, "/erased/0/key") == "CSC/1");
  CHECK(bench.json("POST", "/api/v1/personal/find", R"({"value":"Kamala"})")
            .object()
            .find("found")
            ->list()
            .empty());
  const std::string why = R"({"note":"asked by the person"})";
  const auto personal = [&](const std::string& verb) {
    return bench.ask("POST", "/api/v1/personal/service_request/CSC%2F1/" + verb, why).status;
  };
  CHECK(personal("erase") == 200);
  CHECK(personal("lift") == 200);
  CHECK(personal("lift") == 404);
  CHECK(bench.ask("GET", "/api/v1/removals").status == 200);
  CHECK(bench.ask("DELETE", "/api/v1/records/service_request/CSC%2F1").status == 200);
  CHECK(bench.ask("GET", "/api/v1/changes").status == 200);
}

TEST_CASE("an export leaves nothing out, however much there is")
{
  ApiBench bench;
  bench.ask(bench.request("PUT", "/api/v1/records/service_request/CSC%2F1", kRequest));
  REQUIRE(bench.hub().store().transact([](store::Tx& tx) -> Result<void> {
    store::ChangeRow change;
    change.entity = "service_request";
    change.key = "CSC/1";
    change.kind = "updated";
    for (int i = 0; i < 1200; ++i)
      TRY_VOID(tx.add_change(change));
    store::ConflictRow conflict;
    conflict.flow = "service_request@drop";
    conflict.entity = change.entity;
    conflict.key = change.key;
    for (int i = 0; i < 1200; ++i)
      TRY_VOID(tx.add_conflict(conflict));
    return {};
  }));
  const auto held = bench.json("GET", "/api/v1/personal/service_request/CSC%2F1");
  CHECK(held.object().find("history")->list().size() == 1201);
  CHECK(held.object().find("conflicts")->list().size() == 1200);
}

TEST_CASE(
    "the feed waits until something comes, goes on by the last id, and keeps to what one may see")
{
  ApiBench bench;
  bench.ask("PUT", "/api/v1/records/service_request/R1", kRequest);
  auto wait = bench.request("GET", "/api/v1/changes");
  wait.query = {{"wait", "30"}};
  const auto first = *schema::parse_json(bench.ask(wait).body);
  CHECK(text_of(first, "/changes/0/key") == "R1");
  CHECK(schema::to_json(first).find("Kamala") == std::string::npos);
  const auto newest = schema::at_pointer(first, "/after")->integer();

  wait.query["after"] = std::to_string(newest);
  auto waiting = bench.raw(wait);
  REQUIRE(waiting.later);
  CHECK_FALSE(waiting.later(false));
  bench.ask("PUT", "/api/v1/records/service_request/R2", kRequest);
  const auto came = waiting.later(false);
  REQUIRE(came);
  CHECK(came->body.find("\"R2\"") != std::string::npos);
  wait.query["after"] = std::to_string(newest + 100);
  waiting = bench.raw(wait);
  CHECK_FALSE(waiting.later(false));
  CHECK(waiting.later(true)->body ==
        "{\"changes\":[],\"after\":" + std::to_string(newest + 100) + "}");
  bench.clock().advance(std::chrono::seconds(31));
  CHECK(waiting.later(false));

  auto stream = bench.request("GET", "/api/v1/changes");
  stream.headers = {{"accept", "text/event-stream"}, {"last-event-id", std::to_string(newest)}};
  const auto events = bench.raw(stream);
  CHECK(events.content_type == "text/event-stream");
  const auto text = *events.more();
  CHECK(text.find("\"R2\"") != std::string::npos);
  CHECK(text.find("\"R1\"") == std::string::npos);
  CHECK(text.starts_with("id: " + std::to_string(newest + 1) + "\nevent: change\ndata: {"));
  CHECK(events.more()->empty());
  bench.clock().advance(std::chrono::seconds(16));
  CHECK(*events.more() == ": nothing new\n\n");

  bench.ask("PUT", "/api/v1/records/service_request/R1", R"({"applicant_name":"Bimala"})");
  const auto masked = bench.ask("GET", "/api/v1/changes").body;
  CHECK(masked.find("applicant_name") != std::string::npos);
  CHECK(masked.find("Bimala") == std::string::npos);
  auto app = bench.request("GET", "/api/v1/changes/service_request");
  app.role = Role::app;
  app.entities = {"service_request"};
  CHECK(bench.ask(app).body.find("[\"Kamala\",\"Bimala\"]") != std::string::npos);
  app.path = "/api/v1/changes";
  CHECK(bench.ask(app).status == 403);
  bench.hub().request_stop();
  CHECK_FALSE(events.more());
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
        "/api/v1/backup", "/api/v1/rewind", "/api/v1/places/unresolved", "/metrics", "/healthz",
        "/readyz", "/api/v1/openapi.json"})
    CHECK(bench.ask("GET", path).status == 200);
  CHECK(bench.ask("POST", "/api/v1/connectors/drop/probe").status == 200);
  CHECK(bench.ask("POST", "/api/v1/runs", R"({"flows":["vouchr"]})").status == 404);
}
