// Acts of people leave their trace, or are not done.
#include "daemon/api/trace.hpp"
#include "daemon/audit/reading.hpp"
#include "daemon/runtime/evidence.hpp"
#include "tests/unit/daemon/api_bench.hpp"

#include <filesystem>
#include <set>

using namespace gramsetu;
using namespace gramsetu::api;
using namespace gramsetu::test;

namespace {

constexpr const char* kPath = "/api/v1/records/service_request/CSC%2F1";
constexpr const char* kRequest =
    R"({"local_body":"107001","service_code":"BIRTH","phone":"98300"})";

std::vector<audit::Line> acts(ApiBench& bench, const std::string& what)
{
  audit::Query query;
  query.what = what;
  return audit::read_entries(audit_of(bench.hub())->folder(), query);
}

} // namespace

TEST_CASE("every route that is no GET says what it is to the audit log, or that it is nothing")
{
  std::set<std::string> routes, rows;
  for (const auto& route : all_routes())
    if (route.method != "GET")
      routes.insert(std::string(route.method) + std::string(route.pattern));
  for (const auto& row : act_names())
    rows.insert(std::string(row.method) + std::string(row.pattern));
  CHECK(routes == rows);
}

TEST_CASE(
    "an act stands there before it is done, and again with what came of it; its values do not")
{
  ApiBench bench;
  auto put = bench.request("PUT", kPath, kRequest);
  put.query["note"] = "by telephone";
  put.headers[kFrom] = "uid 1001";
  CHECK(bench.ask(put).status == 200);
  put.headers["if-none-match"] = "*";
  CHECK(bench.ask(put).status == 412);
  const auto entries = acts(bench, "record.put");
  REQUIRE(entries.size() == 4);
  const auto text = [&](std::size_t i, const char* name) {
    return audit::text_of(entries[i].members, name);
  };
  CHECK(text(0, "outcome") == "begun");
  CHECK(text(1, "outcome") == "done");
  CHECK(text(3, "outcome") == "refused");
  CHECK(text(0, "request") == text(1, "request"));
  CHECK(text(0, "request") != text(2, "request"));
  CHECK(text(0, "who") == "meera");
  CHECK(text(0, "role") == "admin");
  CHECK(text(0, "from") == "uid 1001");
  CHECK(text(0, "object") == "service_request CSC/1");
  CHECK(text(0, "reason") == "by telephone");
  for (const auto& entry : entries)
    CHECK(audit::canonical(entry.members).find("98300") == std::string::npos);
  // An application's work stands in the change log.
  put.role = Role::app;
  put.entities = {"service_request"};
  put.headers.clear();
  CHECK(bench.ask(put).status == 200);
  CHECK(acts(bench, "record.put").size() == 4);
}

TEST_CASE("without evidence an act is not done")
{
  ApiBench bench;
  bench.folder().write("audit", "in the way\n");
  const auto refused = bench.ask("PUT", kPath, kRequest);
  CHECK(refused.status == 503);
  CHECK(refused.body.find("AUDIT_BLOCKED") != std::string::npos);
  CHECK(bench.ask("GET", kPath).status == 404);
  CHECK(text_of(bench.json("GET", "/api/v1/status"), "/audit/state") == "AUDIT_BLOCKED");
  std::filesystem::remove(bench.folder().file("audit"));
  CHECK(bench.ask("PUT", kPath, kRequest).status == 200);
  CHECK(bench.json("GET", "/api/v1/audit/verify").object().find("good")->boolean());
  CHECK(bench.ask("GET", "/api/v1/audit/head").status == 200);
  CHECK(bench.ask("POST", "/api/v1/audit/export", R"({"reason":"a test"})").status == 200);
  CHECK(bench.ask("POST", "/api/v1/audit/export", R"({"reason":""})").status == 400);
}

TEST_CASE("whoever knocks again and again is counted, and does not fill the disk")
{
  ApiBench bench;
  {
    Refusals refusals(bench.hub());
    for (int i = 0; i < 100; ++i)
      refusals.take({"uid 1001", "a user without a role", "/api/v1/status"});
    CHECK(acts(bench, "access.refused").size() == 1);
    bench.clock().advance(std::chrono::minutes(2));
    refusals.take({"uid 1001", "a user without a role", "/api/v1/status"});
    const auto entries = acts(bench, "access.refused");
    REQUIRE(entries.size() == 2);
    CHECK(audit::text_of(entries[1].members, "detail") ==
          "a user without a role; and 99 times before");
  }
  auto denied = bench.request("POST", "/api/v1/runs", "{}");
  denied.role = Role::viewer;
  CHECK(bench.ask(denied).status == 403);
  const auto entries = acts(bench, "access.denied");
  REQUIRE(entries.size() == 1);
  CHECK(audit::text_of(entries[0].members, "role") == "viewer");
}

TEST_CASE("money waits for evidence, and an endpoint that cannot be trusted leaves some")
{
  struct Bank final : connectors::Connector {
    std::size_t sent = 0;
    connectors::Capabilities capabilities(const connectors::Stream&) const override { return {}; }
    Result<connectors::Page> pull(const connectors::PullRequest&, std::stop_token) override
    {
      return fail(ErrorKind::transient, "vouchers: SSL peer certificate was not OK");
    }
    std::vector<connectors::Receipt> push(const connectors::Stream&,
                                          std::span<const connectors::Intent> intents,
                                          std::stop_token) override
    {
      sent += intents.size();
      return std::vector<connectors::Receipt>(intents.size());
    }
    Result<std::vector<connectors::Sighting>> probe(const connectors::Stream&,
                                                    std::span<const connectors::Reference>,
                                                    std::stop_token) override
    {
      return fail(ErrorKind::not_found, "answered 404 'no certificate'");
    }
    Result<std::string> reach(std::stop_token) override { return std::string(); }
  };
  ApiBench bench;
  auto owned = std::make_unique<Bank>();
  auto& bank = *owned;
  const auto setup = bench.hub().setup();
  const auto connector =
      runtime::witnessed(std::move(owned), "central",
                         runtime::overseer_of(setup->config(), bench.clock(), bench.hub().log()));
  connectors::Stream money, plain;
  money.entity = setup->entities().find("voucher");
  plain.entity = setup->entities().find("state");
  const std::vector<connectors::Intent> intents(3);
  connector->push(money, intents, {});
  CHECK(bank.sent == 3);
  const auto entries = acts(bench, "money.send");
  REQUIRE(entries.size() == 1);
  CHECK(audit::text_of(entries[0].members, "object") == "voucher@central");
  std::filesystem::rename(bench.folder().file("audit"), bench.folder().file("away"));
  const auto held = connector->push(money, intents, {});
  CHECK(bank.sent == 3);
  REQUIRE(held.size() == 3);
  CHECK(held[0].outcome == connectors::Receipt::Outcome::not_sent);
  CHECK(held[0].error.what.starts_with("AUDIT_BLOCKED: "));
  connector->push(plain, intents, {});
  CHECK(bank.sent == 6);
  std::filesystem::rename(bench.folder().file("away"), bench.folder().file("audit"));
  connector->push(money, intents, {});
  CHECK(bank.sent == 9);

  CHECK_FALSE(connector->pull({}, {}));
  CHECK_FALSE(connector->probe(money, {}, {}));
  const auto distrusted = acts(bench, "tls.failed");
  REQUIRE(distrusted.size() == 1);
  CHECK(audit::text_of(distrusted[0].members, "object") == "central");
}
