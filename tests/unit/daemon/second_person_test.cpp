// Money that two people settle, where the operator's file asks for it.
#include "daemon/runtime/second_person.hpp"
#include "tests/unit/daemon/api_bench.hpp"

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

constexpr const char* kFlow = "service_request@drop";

// A request with a fee that was sent, and nobody knows whether it arrived.
std::int64_t ask_about(ApiBench& bench, const std::string& key)
{
  std::int64_t id = 0;
  const auto stored = bench.hub().store().transact([&](store::Tx& tx) -> Result<void> {
    store::OutboxRow sent;
    sent.flow = kFlow;
    sent.key = key;
    sent.state = store::OutboxState::unknown;
    sent.verb = "create";
    sent.payload = "{}";
    TRY_VOID(tx.put_outbox(sent));
    store::QuarantineRow row;
    row.flow = kFlow;
    row.entity = "service_request";
    row.key = key;
    row.direction = "push";
    row.code = "outcome_unknown";
    row.payload = sent.payload;
    row.state = "open";
    TRY(id, tx.add_quarantine(row));
    return {};
  });
  REQUIRE_MESSAGE(stored, stored.error().what);
  return id;
}

api::Response say(ApiBench& bench, std::int64_t id, const std::string& by,
                  const std::string& outcome)
{
  auto request = bench.request("POST", "/api/v1/quarantine/" + std::to_string(id) + "/resolve",
                               R"({"outcome":")" + outcome + R"(","note":"asked them"})");
  request.actor = by;
  return bench.ask(request);
}

api::Response choose_theirs(ApiBench& bench, std::int64_t id, const std::string& by)
{
  auto request = bench.request("POST", "/api/v1/conflicts/" + std::to_string(id) + "/resolve",
                               R"({"choice":"theirs","note":"their receipt"})");
  request.actor = by;
  return bench.ask(request);
}

} // namespace

TEST_CASE("what the first of two people saw is what the second one settles")
{
  ApiBench bench("rails: { second_approver_for_money: true }\n", "service_request");
  store::ConflictRow conflict;
  conflict.flow = kFlow;
  conflict.entity = "service_request";
  conflict.key = "R1";
  conflict.field = "fee";
  conflict.hub = "5000";
  conflict.remote = "7500";
  conflict.outcome = "open";
  auto& store = bench.hub().store();
  REQUIRE(store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(conflict.id, tx.add_conflict(conflict));
    return {};
  }));
  CHECK(choose_theirs(bench, conflict.id, "meera").status == 202);
  CHECK(choose_theirs(bench, conflict.id, "meera").status == 412);
  conflict.remote = "750000"; // the endpoint has changed it once more
  REQUIRE(store.transact([&](store::Tx& tx) { return tx.put_conflict(conflict); }));
  CHECK(choose_theirs(bench, conflict.id, "sen").status == 202);
  const auto shown = bench.json("GET", "/api/v1/conflicts/" + std::to_string(conflict.id));
  CHECK(text_of(shown, "/proposal/by") == "sen");
}

TEST_CASE("an outcome of money that nobody knows is told by two people")
{
  ApiBench bench("rails: { second_approver_for_money: true }\n", "service_request");
  const auto id = ask_about(bench, "R1");
  const auto where = "/api/v1/quarantine/" + std::to_string(id);
  CHECK(say(bench, id, "meera", "no-effect").status == 202);
  CHECK(text_of(bench.json("GET", where), "/state") == "open");
  CHECK(text_of(bench.json("GET", where), "/proposal/by") == "meera");
  CHECK(say(bench, id, "meera", "no-effect").status == 412);
  CHECK(say(bench, id, "sen", "took-effect").status == 202); // they do not agree
  CHECK(text_of(bench.json("GET", where), "/proposal/choice") == "took-effect");
  CHECK(say(bench, id, "meera", "took-effect").status == 200);
  const auto settled = bench.json("GET", where);
  CHECK(text_of(settled, "/state") == "took_effect");
  CHECK(text_of(settled, "/settled_by") == "meera");
  CHECK(schema::at_pointer(settled, "/proposal") == nullptr);
  CHECK(say(bench, id, "sen", "took-effect").status == 412); // settled already
}

TEST_CASE("where the file does not ask for it, or there is no money, one person settles")
{
  ApiBench one({}, "service_request");
  CHECK(say(one, ask_about(one, "R1"), "meera", "no-effect").status == 200);

  ApiBench two("rails: { second_approver_for_money: true }\n", "service_request");
  const auto& flow = *two.hub().setup()->find(kFlow);
  CHECK(runtime::needs_two(flow, "fee"));
  CHECK(runtime::needs_two(flow, "*"));
  CHECK_FALSE(runtime::needs_two(flow, "remarks"));
  ApiBench places("rails: { second_approver_for_money: true }\n");
  CHECK_FALSE(runtime::needs_two(*places.hub().setup()->find("state@drop"), "*"));
}
