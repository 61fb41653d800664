// Writes that nobody answers for, through the real programs: a person is shown both readings, and decides.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <set>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

// Service centres that cannot be asked about a single request, and that may forget a key at once.
const char* const kBlind = R"(
connector: blind
title: Service centres without a look-up
role: csc
transport: http
streams:
  service_requests:
    entity: service_request
    pull:
      request: { path: /service_requests }
      records: /data
      pages: { by: cursor, cursor: next, next: /paging/next, more: /paging/hasMore, limit: limit,
               size: "100" }
      id: { field: /requestId }
      version: { field: /version }
      modified: { field: /updatedAt, format: epoch_ms }
      deletes: { field: /deleted, values: ["true"] }
    push:
      create: { path: /service_requests, key: /data/requestId, version: /data/version }
      update: { path: "/service_requests/{id}", version: /data/version }
      if_match: version
      idempotency: { header: Idempotency-Key, retention: 1m }
    fields:
      reference_number: applicationNo
      local_body: { from: gp_lgd_code, as: lgd.local_body }
      state: { from: state_code, as: lgd.state }
      district: { from: district_code, as: lgd.district }
      service_code: serviceId
      applicant_name: applicantName
      phone: mobile
      status: { from: state, values: { DRAFT: draft, SUBMITTED: submitted,
        UNDER_REVIEW: under_review, APPROVED: approved, REJECTED: rejected, DELIVERED: delivered,
        CLOSED: closed, CANCELLED: cancelled } }
)";

struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "2", "--records", "0", "--service-requests", "0"}};

  Scene()
  {
    std::filesystem::create_directory(hub.path("connectors"));
    hub.folder().write("connectors/blind.yaml", kBlind);
    hub.configure(district,
                  "flows: { service_request: { csc: { direction: push, every: 1d } } }\n");
    auto config = hub.config();
    config.replace(config.find("connector: csc"), 14, "connector: blind");
    hub.write_config(config);
  }

  void put(const std::string& key)
  {
    const auto ran = hub.run({"records", "put", "service_request", key},
                             R"({"service_code":"INC","status":"submitted","local_body":"245101",)"
                             R"("state":"19","district":"309","applicant_name":"Rina Das",)"
                             R"("phone":"9000000001"})");
    REQUIRE_MESSAGE(ran.code == 0, ran.err);
  }

  schema::Value run() { return run_of(hub.ask({"sync"}, 4), "service_request@csc"); }

  // The numbers of the open questions, by key.
  std::map<std::string, std::string> questions()
  {
    std::map<std::string, std::string> ids;
    for (const auto& row : list_at(hub.ask({"quarantine", "list"}), "/quarantine")) {
      CHECK(text_at(row, "/code") == "outcome_unknown");
      ids[text_at(row, "/key")] = std::to_string(number_at(row, "/id"));
    }
    return ids;
  }
};

} // namespace

TEST_CASE("an answer is lost, the key is too old, a person looks there and decides, both sides "
          "agree")
{
  Scene scene;
  auto& hub = scene.hub;
  scene.put("SR1");
  scene.put("SR2");
  // The first arrives and its answer is lost, the second never arrives: from here both look the same.
  scene.district.fault("csc", R"({"kind":"commit_then_drop","method":"POST"})");
  scene.district.fault("csc", R"({"kind":"close","method":"POST"})");
  CHECK(number_at(scene.run(), "/counts/unknown") == 2);
  const auto status = hub.ask({"status"});
  CHECK(number_at(status, "/unknown") == 2);
  CHECK_FALSE(text_at(status, "/oldest_unknown").empty());
  CHECK(has(hub.run({"status"}).out, "writes whose outcome is unknown: 2, the oldest sent "));
  for (int i = 0; i < 3; ++i)
    CHECK(number_at(scene.run(), "/counts/unknown") == 2);
  CHECK(scene.district.effects("csc").size() == 1);
  auto ids = scene.questions();
  REQUIRE(ids.size() == 2);

  const auto shown = hub.ask({"quarantine", "show", ids["SR1"]});
  CHECK(text_at(shown, "/outcome/sent/verb") == "create");
  CHECK(number_at(shown, "/outcome/sent/times") == 1);
  CHECK_FALSE(text_at(shown, "/outcome/sent/first_at").empty());
  CHECK(text_at(shown, "/outcome/sent/idempotency_key") ==
        text_at(scene.district.effects("csc")[0], "/idempotencyKey"));
  CHECK(text_at(shown, "/outcome/sent/record/service_code") == "INC");
  CHECK(text_at(shown, "/outcome/sent/record/phone") == "********");
  CHECK(text_at(shown, "/outcome/shown/what") == "it cannot be asked about single records");
  const auto readings = list_at(shown, "/outcome/readings");
  REQUIRE(readings.size() == 2);
  CHECK(text_at(readings[0], "/outcome") == "took-effect");
  CHECK(text_at(readings[1], "/outcome") == "no-effect");
  const auto told = hub.run({"quarantine", "show", ids["SR1"]}).out;
  for (const auto* words :
       {"sent: create, 1 times, first ", "it arrived, and only the answer was lost",
        "it never arrived, or was not carried out", "no-effect --note"})
    CHECK_MESSAGE(has(told, words), told);
  CHECK_FALSE(has(told, "Rina Das"));

  CHECK(hub.run({"quarantine", "replay", ids["SR1"]}).code == 1);
  CHECK(hub.run({"quarantine", "discard", ids["SR1"], "--note", "no"}).code == 1);
  CHECK(hub.run({"quarantine", "resolve", ids["SR1"], "took-effect"}).code == 2); // no reason
  const auto id = text_at(scene.district.records("csc", "service_requests").front(), "/requestId");
  const auto first = hub.ask({"quarantine", "resolve", ids["SR1"], "took-effect", "--remote-id", id,
                              "--note", "seen on their screen"});
  CHECK(text_at(first, "/state") == "took_effect");
  CHECK(text_at(first, "/note") == "seen on their screen");
  CHECK_FALSE(text_at(first, "/settled_by").empty());
  hub.ask({"quarantine", "resolve", ids["SR2"], "no-effect", "--note", "they have no such number"});
  CHECK(hub.run({"quarantine", "resolve", ids["SR2"], "no-effect", "--note", "again"}).code == 1);
  CHECK(scene.questions().empty());

  const auto run = run_of(hub.ask({"sync"}), "service_request@csc");
  CHECK(number_at(run, "/counts/pushed") == 1);
  const auto effects = scene.district.effects("csc");
  REQUIRE(effects.size() == 2);
  std::set<std::string> keys;
  for (const auto& effect : effects)
    keys.insert(text_at(effect, "/idempotencyKey"));
  CHECK(keys.size() == 2);
  CHECK(hub.run({"verify"}).code == 0);
  CHECK(number_at(hub.ask({"status"}), "/unknown") == 0);
}
