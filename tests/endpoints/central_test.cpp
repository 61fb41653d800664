// The central endpoint: tokens, lists, and writes that have their effect once.
#include "tests/endpoints/sim_fixture.hpp"

#include <fmt/format.h>

#include <set>

using namespace gramsetu;
using namespace gramsetu::sim;

namespace {

const std::string kVoucher =
    R"({"voucherDate":"01/05/2026","typeCd":"P","amount":"125000.5","lgd":{"gpCode":245101}})";

} // namespace

TEST_CASE("central lets nobody in without a token that it gave")
{
  Fixture f;
  const auto port = f.simulator->port("central");
  CHECK(ask(port, "GET", "/v1/vouchers").status == 401);
  CHECK(ask(port, "GET", "/v1/vouchers", {{"Authorization", "Bearer x"}}).status == 401);
  CHECK(ask(port, "POST", "/oauth2/token", {},
            "grant_type=client_credentials&client_id=jalpaiguri&client_secret=wrong")
            .status == 401);
  CHECK(f.central("GET", "/v1/vouchers").status == 200);
  f.fault("central", R"({"kind":"revoke"})");
  CHECK(f.central("GET", "/v1/vouchers").status == 401);
}

TEST_CASE("pages by skip and limit hold every record once, and the count is of all")
{
  Fixture f;
  std::set<std::string> seen;
  for (int skip = 0; skip < 30; skip += 10) {
    const auto page =
        Fixture::json(f.central("GET", fmt::format("/v1/vouchers?skip={}&limit=10", skip)));
    CHECK(text_at(page, "/response/count") == "25");
    for (const auto& record : schema::at_pointer(page, "/response/vouchers")->list())
      CHECK(seen.insert(text_at(record, "voucherId")).second);
  }
  CHECK(seen.size() == 25);
}

TEST_CASE("a list without a match is 404 with words, not an empty list")
{
  Fixture f;
  const auto answer = f.central("GET", "/v1/vouchers?lgdCode=999");
  CHECK(answer.status == 404);
  CHECK(answer.body.find("not available") != std::string::npos);
}

TEST_CASE("changed since is inclusive and takes times in three forms")
{
  Fixture f;
  Endpoint& central = *f.simulator->endpoint("central");
  REQUIRE(central.edit("vouchers", "V0000003", object({{"particulars", "new"}})));
  const auto changed = Fixture::json(f.central("GET", "/v1/vouchers/V0000003"));
  const std::string at = text_at(changed, "/response/modifiedOn");
  for (const std::string& since : {percent_encode(at), std::string("2026-01-01T00:00:00Z")}) {
    const auto page = Fixture::json(f.central("GET", "/v1/vouchers?modifiedSince=" + since));
    CHECK(text_at(page, "/response/vouchers/0/voucherId").size() == 8);
    CHECK(page.object().find("response") != nullptr);
  }
  const auto page =
      Fixture::json(f.central("GET", "/v1/vouchers?modifiedSince=" + percent_encode(at)));
  CHECK(text_at(page, "/response/count") == "1");
  CHECK(f.central("GET", "/v1/vouchers?modifiedSince=yesterday").status == 422);
}

TEST_CASE("repeating an idempotency key gives the stored answer and no second effect")
{
  Fixture f;
  const Fixture::Headers key = {{"Idempotency-Key", "k1"}};
  const auto first = f.central("POST", "/v1/vouchers", key, kVoucher);
  REQUIRE(first.status == 201);
  CHECK(text_at(Fixture::json(first), "/response/amount") == "1,25,000.50");
  const auto second = f.central("POST", "/v1/vouchers", key, kVoucher);
  CHECK(second.status == 201);
  CHECK(second.body == first.body);
  CHECK(second.header("Idempotent-Replay") == "true");
  CHECK(f.central("POST", "/v1/vouchers", key, kVoucher + " ").status == 422);
  CHECK(f.effects("central").size() == 1);
  CHECK(f.simulator->endpoint("central")->ledger().replays() == 1);
}

TEST_CASE("a write over another version than the present one has no effect")
{
  Fixture f;
  const std::string path = "/v1/vouchers/V0000001";
  CHECK(f.central("PUT", path, {}, R"({"remarks":"a"})").status == 428);
  CHECK(f.central("PUT", path, {{"If-Match", "\"9\""}}, R"({"remarks":"a"})").status == 412);
  const auto good = f.central("PUT", path, {{"If-Match", "\"1\""}}, R"({"lgd":{"gpVersion":7}})");
  CHECK(good.status == 200);
  CHECK(good.header("ETag") == "\"2\"");
  CHECK(text_at(Fixture::json(good), "/response/lgd/gpVersion") == "7");
  CHECK(text_at(Fixture::json(good), "/response/lgd/gpCode") == "245101"); // merged, not replaced
  CHECK(f.central("DELETE", path, {{"If-Match", "1"}}).status == 412);
  CHECK(f.central("DELETE", path, {{"If-Match", "2"}}).status == 200);
  CHECK(f.central("DELETE", path, {{"If-Match", "2"}}).status == 200); // nothing more to do
  CHECK(f.central("PUT", path, {{"If-Match", "3"}}, "{}").status == 410);
  CHECK(f.effects("central").size() == 2);
  CHECK(text_at(Fixture::json(f.central("GET", path)), "/response/isDeleted") == "Y");
}

TEST_CASE("what is no voucher is refused")
{
  Fixture f;
  for (const char* bad :
       {"[]", "{", R"({"voucherDate":"2026-05-01","typeCd":"P","amount":"1","lgd":{"gpCode":1}})",
        R"({"voucherDate":"01/05/2026","typeCd":"Q","amount":"1","lgd":{"gpCode":1}})",
        R"({"voucherDate":"01/05/2026","typeCd":"P","amount":"1.234","lgd":{"gpCode":1}})",
        R"({"voucherDate":"01/05/2026","typeCd":"P","amount":"1"})"})
    CHECK_MESSAGE(f.central("POST", "/v1/vouchers", {}, bad).status == 422, bad);
  CHECK(f.central("POST", "/v1/vouchers", {}, R"({"voucherId":"V0000001",)" + kVoucher.substr(1))
            .status == 409);
  CHECK(f.effects("central").empty());
}

TEST_CASE("bulk answers for each record, not in the order asked, and repeats nothing")
{
  Fixture f;
  const std::string body = R"({"records":[{"clientReferenceId":"A","idempotencyKey":"i1",)" +
                           kVoucher.substr(1) +
                           R"(,{"clientReferenceId":"B","amount":"x"},)"
                           R"({"clientReferenceId":"C","voucherId":"V0000002","rowVersion":1,)"
                           R"("isDeleted":"Y","idempotencyKey":"i3"},)"
                           R"({"clientReferenceId":"D","voucherId":"V0000003","rowVersion":5}]})";
  const auto answer = f.central("POST", "/v1/vouchers/bulk", {}, body);
  CHECK(answer.status == 207);
  std::map<std::string, std::string> statuses;
  std::string order;
  const auto results = Fixture::json(answer);
  for (const auto& result : schema::at_pointer(results, "/response/results")->list()) {
    order += text_at(result, "clientReferenceId");
    statuses[text_at(result, "clientReferenceId")] = text_at(result, "status");
  }
  CHECK(order != "ABCD");
  CHECK(statuses ==
        std::map<std::string, std::string>{{"A", "201"}, {"B", "422"}, {"C", "200"}, {"D", "412"}});
  CHECK(f.effects("central").size() == 2);
  CHECK(f.central("POST", "/v1/vouchers/bulk", {}, body).status == 207);
  CHECK(f.effects("central").size() == 2);
}
