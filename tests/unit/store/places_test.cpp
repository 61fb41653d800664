// Versions of places, successions, and the queue of what is waited for.
#include "tests/unit/store/fixture.hpp"

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::kNow;
using gramsetu::test::StoreFixture;

namespace {

PlaceRow version(const std::string& code, std::int64_t number, const std::string& listing = "")
{
  return {"local_body", code, listing, number, 0, "{\"name\":\"Binnaguri\"}", "", kNow, {}, {}};
}

SuccessionRow step(const std::string& from, const std::string& to)
{
  SuccessionRow row;
  row.source = "local_body/" + to;
  row.from_kind = row.to_kind = "local_body";
  row.from_code = from;
  row.to_code = to;
  return row;
}

QuarantineRow waiting(const std::string& flow, const std::string& key, const std::string& parent)
{
  QuarantineRow row;
  row.flow = flow;
  row.entity = "voucher";
  row.key = key;
  row.direction = "pull";
  row.payload = key;
  row.waits_for = parent;
  row.first_at = row.last_at = kNow;
  return row;
}

} // namespace

TEST_CASE("versions of a place are kept by listing and number, and outlive a restart")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_place(version("245101", 2)));
    TRY_VOID(tx.put_place(version("245101", 10)));
    TRY_VOID(tx.put_place(version("245101", 1, "12")));
    TRY_VOID(tx.put_place(version("245102", 1)));
    auto corrected = version("245101", 2);
    corrected.body = "{\"name\":\"Banarhat\"}";
    corrected.effective = "2026-10-01";
    corrected.corrected_at = corrected.ended_at = kNow;
    return tx.put_place(corrected);
  });
  fixture.reopen();
  auto rows = fixture.in([](Tx& tx) { return tx.places("local_body", "245101"); });
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].version == 2);
  CHECK(rows[0].body == "{\"name\":\"Banarhat\"}");
  CHECK(rows[0].effective == "2026-10-01");
  CHECK(rows[0].corrected_at == kNow);
  CHECK(rows[0].ended_at == kNow);
  CHECK(rows[1].version == 10);
  CHECK_FALSE(rows[1].ended_at);
  CHECK(rows[2].listing == "12");
  fixture.in([&](Tx& tx) { return tx.erase_place(rows[1]); });
  CHECK(fixture.in([](Tx& tx) { return tx.places("local_body", "245101"); }).size() == 2);
  CHECK(fixture.in([](Tx& tx) { return tx.places("block", "245101"); }).empty());
}

TEST_CASE("successions are found from both ends, and a source's later word replaces its former one")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_successions("local_body/3", {step("1", "3"), step("2", "3")}));
    return tx.put_successions("local_body/4", {step("1", "4")});
  });
  const auto after = [&](const char* code) {
    return fixture.in([&](Tx& tx) { return tx.successors("local_body", code); });
  };
  const auto before = [&](const char* code) {
    return fixture.in([&](Tx& tx) { return tx.predecessors("local_body", code); });
  };
  CHECK(after("1").size() == 2);
  CHECK(before("3").size() == 2);
  fixture.in([](Tx& tx) { return tx.put_successions("local_body/3", {step("2", "3")}); });
  CHECK(after("1").size() == 1);
  CHECK(before("3").size() == 1);
  fixture.in([](Tx& tx) { return tx.put_successions("local_body/3", {}); });
  CHECK(before("3").empty());
}

TEST_CASE("what is waited for is a queue by code, with its size, its age and examples")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (const auto* key : {"V-1", "V-2", "V-3", "V-4"})
      TRY_VOID(tx.add_quarantine(waiting("voucher@central", key, "local_body/245102")));
    TRY_VOID(tx.add_quarantine(waiting("voucher@state", "V-5", "local_body/245102")));
    TRY_VOID(tx.add_quarantine(waiting("voucher@state", "V-6", "local_body/245103")));
    TRY_VOID(tx.add_quarantine(waiting("voucher@state", "V-7", "")));
    auto settled = waiting("voucher@state", "V-8", "local_body/245104");
    settled.state = "replayed";
    TRY_VOID(tx.add_quarantine(settled));
    return {};
  });
  auto rows = fixture.in([](Tx& tx) { return tx.awaited("", "", 10); });
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].waits_for == "local_body/245102");
  CHECK(rows[0].records == 5);
  CHECK(rows[0].since == kNow);
  CHECK(rows[0].examples == std::vector<std::string>{"voucher@central V-1", "voucher@central V-2",
                                                     "voucher@central V-3"});
  CHECK(rows[1].records == 1);
  CHECK(fixture.in([](Tx& tx) { return tx.awaited("", "local_body/245102", 10); }).size() == 1);
  rows = fixture.in([](Tx& tx) { return tx.awaited("voucher@central", "", 10); });
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].waits_for == "local_body/245102");
}

TEST_CASE("records of a place are counted without those that were deleted")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (int i = 0; i < 5; ++i) {
      RecordRow row;
      row.entity = "voucher";
      row.key = std::to_string(i);
      row.body = "{}";
      row.place = i < 4 ? "245101" : "245102";
      row.deleted = i == 0;
      TRY_VOID(tx.put_record(row));
    }
    return {};
  });
  CHECK(fixture.in([](Tx& tx) { return tx.count_of_place("voucher", "245101"); }) == 3);
  CHECK(fixture.in([](Tx& tx) { return tx.count_of_place("voucher", "9"); }) == 0);
}
