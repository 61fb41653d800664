// What both sides agreed on is kept for as long as its shadow is, however the record goes on.
#include "tests/unit/store/outside.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::sql;
using gramsetu::test::StoreFixture;
using gramsetu::test::voucher;

namespace {

const std::string kFirst = R"({"amount":100})", kSecond = R"({"amount":200})";

ShadowRow agreed(const std::string& base, const std::string& flow = "voucher@central")
{
  ShadowRow row;
  row.flow = flow;
  row.key = "V-1";
  row.slice = "all";
  row.remote_id = "V-1";
  row.mark.digest = sha256(base);
  row.base = base;
  return row;
}

std::string base_in(StoreFixture& fixture, const std::string& flow = "voucher@central")
{
  const auto found = fixture.in([&](Tx& tx) { return tx.shadow(flow, "V-1"); });
  return found ? found->base : "none";
}

std::string wide_halves(const StoreFixture& fixture)
{
  return sql(fixture.options.path, "SELECT count(*) FROM gs_shadow_base");
}

RecordRow revised(const std::string& body)
{
  auto row = voucher("V-1", body);
  row.revision = 2;
  return row;
}

} // namespace

TEST_CASE("a base outlives the record that said the same")
{
  StoreFixture fixture;
  auto shadow = agreed(kFirst);
  SUBCASE("under its key") {}
  SUBCASE("under no id")
  {
    shadow.remote_id.clear();
  }
  SUBCASE("under another id")
  {
    shadow.remote_id = "77";
  }
  SUBCASE("listed no more")
  {
    shadow.absences = 1;
  }
  const auto same = [&] {
    const auto found = fixture.in([](Tx& tx) { return tx.shadow("voucher@central", "V-1"); });
    REQUIRE(found);
    CHECK(found->base == kFirst);
    CHECK(found->remote_id == shadow.remote_id);
    CHECK(found->absences == shadow.absences);
    CHECK(found->mark.digest == shadow.mark.digest);
  };
  fixture.in([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(voucher("V-1", kFirst)));
    return tx.put_shadow(shadow);
  });
  same();
  fixture.in([&](Tx& tx) { return tx.put_record(revised(kSecond)); });
  same();
  auto gone = revised(kSecond);
  gone.deleted = true;
  fixture.in([&](Tx& tx) { return tx.put_record(gone); });
  same();
  CHECK(fixture.store->check().has_value());
}

TEST_CASE("each flow of a record keeps its own base, and flows of other entities keep theirs")
{
  StoreFixture fixture;
  fixture.in([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(voucher("V-1", kFirst)));
    auto other = voucher("V-1", kFirst);
    other.entity = "voucher_line";
    TRY_VOID(tx.put_record(other));
    for (const auto* flow : {"voucher@central", "voucher@csc", "voucher_line@central"})
      TRY_VOID(tx.put_shadow(agreed(kFirst, flow)));
    return {};
  });
  fixture.in([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(revised(kSecond)));
    return tx.put_shadow(agreed(kSecond, "voucher@csc"));
  });
  CHECK(base_in(fixture) == kFirst);
  CHECK(base_in(fixture, "voucher@csc") == kSecond);
  CHECK(base_in(fixture, "voucher_line@central") == kFirst);
  if (is_sqlite(fixture))
    CHECK(wide_halves(fixture) == "1"); // central's; the others have the records
}

TEST_CASE("a base that the record says is not written, until the record says something else")
{
  StoreFixture fixture;
  if (!is_sqlite(fixture)) return;
  fixture.in([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(voucher("V-1", kFirst)));
    return tx.put_shadow(agreed(kFirst));
  });
  CHECK(wide_halves(fixture) == "0");
  fixture.in([&](Tx& tx) { return tx.put_record(revised(kSecond)); });
  CHECK(wide_halves(fixture) == "1");
  // The endpoint has taken it; the record was written in an earlier transaction.
  fixture.in([&](Tx& tx) { return tx.put_shadow(agreed(kSecond)); });
  CHECK(wide_halves(fixture) == "0");
  CHECK(base_in(fixture) == kSecond);
  // Retention takes the rows of deleted records; what is gone at the endpoint does not rely on them.
  auto gone = agreed(kSecond);
  gone.mark.deleted = true;
  fixture.in([&](Tx& tx) { return tx.put_shadow(gone); });
  CHECK(wide_halves(fixture) == "1");
}

TEST_CASE("a record that was changed in the file is no base")
{
  StoreFixture fixture;
  if (!is_sqlite(fixture)) return;
  fixture.in([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(voucher("V-1", kFirst)));
    return tx.put_shadow(agreed(kFirst));
  });
  fixture.store.reset();
  SUBCASE("a digit")
  {
    sql(fixture.options.path, "UPDATE gs_record SET body = replace(body, '1', '9')");
  }
  SUBCASE("all of it")
  {
    sql(fixture.options.path, "DELETE FROM gs_record");
  }
  fixture.reopen();
  const auto read = fixture.store->transact([](Tx& tx) -> Result<void> {
    TRY(const auto row, tx.shadow("voucher@central", "V-1"));
    CHECK_FALSE(row);
    return {};
  });
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == ErrorKind::corrupt);
  CHECK(read.error().what.find("shadow voucher@central/V-1") != std::string::npos);
}

TEST_CASE("a base that was given between a shadow's reading and its writing is written over, not "
          "added to")
{
  StoreFixture fixture;
  const std::string csc = "voucher@csc";
  fixture.in([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_record(voucher("V-1", kFirst)));
    TRY_VOID(tx.put_shadow(agreed(kFirst)));
    return tx.put_shadow(agreed(kFirst, csc));
  });
  fixture.in([&](Tx& tx) -> Result<void> {
    TRY_VOID(tx.shadow("voucher@central", "V-1"));
    TRY_VOID(tx.put_record(revised(kSecond)));
    TRY_VOID(tx.put_shadow(agreed(kSecond, csc)));
    return tx.put_shadow(agreed(R"({"amount":300})"));
  });
  CHECK(base_in(fixture) == R"({"amount":300})");
  CHECK(base_in(fixture, csc) == kSecond);
  const auto checked = fixture.store->check();
  CHECK_MESSAGE(checked, (checked ? "" : checked.error().what));
}

namespace {

using Named = std::pair<std::string, std::string>; // flow or entity, and key

const char* const kFlows[] = {"voucher@central", "voucher@csc", "voucher_line@central"};

// Reads and writes by chance, and what must be there afterwards.
struct Play {
  std::mt19937 random{5};
  std::map<Named, ShadowRow> shadows = {};
  std::map<Named, std::int64_t> revisions = {};
  std::map<Named, std::string> places = {};

  unsigned below(unsigned most) { return static_cast<unsigned>(random() % most); }

  // What was read before a write spares the write a look: it must not be what was true once.
  Result<void> read(Tx& tx, const std::string& flow, const std::string& key)
  {
    if (below(2) == 0) TRY_VOID(tx.record(flow.substr(0, flow.find('@')), key));
    if (below(2) == 0) TRY_VOID(tx.shadow(flow, key));
    return {};
  }

  Result<void> adopt(Tx& tx, const std::string& flow, const std::string& key)
  {
    const auto slice = fmt::format("slice {}", below(2));
    TRY_VOID(tx.seen_clear(flow, slice));
    TRY_VOID(tx.seen_add(flow, slice, {key}));
    TRY_VOID(tx.adopt_seen(flow, slice));
    const auto found = shadows.find({flow, key});
    if (found == shadows.end()) return {};
    found->second.slice = slice;
    found->second.absences = 0;
    return {};
  }

  Result<void> put_record(Tx& tx, const std::string& flow, const std::string& key,
                          const std::string& body)
  {
    auto row = voucher(key, body);
    row.entity = flow.substr(0, flow.find('@'));
    row.revision = ++revisions[{row.entity, key}];
    row.deleted = below(5) == 0;
    row.place = fmt::format("{}", 245101 + below(2));
    places[{row.entity, key}] = row.place;
    return tx.put_record(row);
  }

  Result<void> put_shadow(Tx& tx, const std::string& flow, const std::string& key,
                          const std::string& body)
  {
    auto row = agreed(body, flow);
    row.key = key;
    row.slice = fmt::format("slice {}", below(2));
    row.remote_id = below(3) == 0 ? "" : below(3) == 0 ? "remote-" + key : key;
    row.absences = below(6) == 0 ? 1 : 0;
    row.mark.deleted = below(6) == 0;
    shadows[{flow, key}] = row;
    return tx.put_shadow(row);
  }

  Result<void> write(Tx& tx)
  {
    const auto key = fmt::format("V-{}", below(4));
    const std::string flow = kFlows[below(3)];
    const auto body = fmt::format(R"({{"amount":{}}})", below(3));
    TRY_VOID(read(tx, flow, key));
    if (below(6) == 0) TRY_VOID(adopt(tx, flow, key));
    if (below(2) == 0) return put_record(tx, flow, key, body);
    if (below(8) > 0) return put_shadow(tx, flow, key, body);
    shadows.erase({flow, key});
    return tx.erase_shadow(flow, key);
  }

  Result<void> write_some(Tx& tx)
  {
    for (unsigned i = below(6); i > 0; --i)
      TRY_VOID(write(tx));
    return {};
  }
};

void check_shadows(StoreFixture& fixture, const Play& play, const std::string& flow)
{
  const auto found = fixture.in([&](Tx& tx) { return tx.shadows(flow, "", 100); });
  const auto wanted = std::count_if(play.shadows.begin(), play.shadows.end(),
                                    [&](const auto& one) { return one.first.first == flow; });
  REQUIRE(found.size() == static_cast<std::size_t>(wanted));
  for (const auto& row : found) {
    const auto& put = play.shadows.at({flow, row.key});
    REQUIRE(row.base == put.base);
    REQUIRE(row.remote_id == put.remote_id);
    REQUIRE(row.absences == put.absences);
    REQUIRE(row.slice == put.slice);
    REQUIRE(row.mark.deleted == put.mark.deleted);
    REQUIRE(row.mark.digest == put.mark.digest);
  }
}

bool is_in_place(StoreFixture& fixture, const Named& record, const std::string& place)
{
  RecordQuery query;
  query.entity = record.first;
  query.place = place;
  query.with_deleted = true;
  const auto there = fixture.in([&](Tx& tx) { return tx.records(query); });
  return std::any_of(there.begin(), there.end(),
                     [&](const auto& row) { return row.key == record.second; });
}

} // namespace

TEST_CASE("after any order of reads and writes each shadow is what was put, and each record where "
          "it was put")
{
  StoreFixture fixture;
  Play play;
  for (int round = 0; round < 200; ++round) {
    fixture.in([&](Tx& tx) { return play.write_some(tx); });
    if (round % 50 == 49) fixture.reopen();
    CAPTURE(round);
    for (const auto* flow : kFlows)
      check_shadows(fixture, play, flow);
  }
  for (const auto& [record, place] : play.places)
    CHECK(is_in_place(fixture, record, place));
  const auto checked = fixture.store->check();
  CHECK_MESSAGE(checked, (checked ? "" : checked.error().what));
}
