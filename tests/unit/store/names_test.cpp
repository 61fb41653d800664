// Names and origins are kept once; what is read is what was put.
#include "tests/unit/store/outside.hpp"

#include <fmt/format.h>

#include <stdexcept>

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::is_sqlite;
using gramsetu::test::kNow;
using gramsetu::test::sql;
using gramsetu::test::StoreFixture;
using gramsetu::test::voucher;

namespace {

// A record, its change and its shadow, all under that entity.
Result<void> put_all_of(Tx& tx, const std::string& entity)
{
  auto row = voucher("V-1");
  row.entity = entity;
  TRY_VOID(tx.put_record(row));
  ChangeRow change;
  change.entity = entity;
  change.key = row.key;
  change.run = "run of " + entity;
  TRY_VOID(tx.add_change(change));
  ShadowRow shadow;
  shadow.flow = entity + "@central";
  shadow.key = shadow.remote_id = row.key;
  shadow.base = row.body;
  return tx.put_shadow(shadow);
}

Result<void> see_all_of(Tx& tx, const std::string& entity, bool there)
{
  CAPTURE(entity);
  TRY(const auto row, tx.record(entity, "V-1"));
  CHECK(row.has_value() == there);
  if (row) CHECK(row->entity == entity);
  TRY(const auto shadow, tx.shadow(entity + "@central", "V-1"));
  CHECK(shadow.has_value() == there);
  if (shadow) CHECK(shadow->base == voucher("V-1").body);
  ChangeQuery query;
  query.run = "run of " + entity;
  TRY(const auto changes, tx.changes(query));
  REQUIRE(changes.size() == (there ? 1 : 0));
  if (there) CHECK(changes[0].entity == entity);
  if (there) CHECK(changes[0].run == query.run);
  return {};
}

std::string origin_of(std::int64_t at, std::string_view changed, std::string_view rest)
{
  return fmt::format(R"({{"*":["csc","csc",{},{},{}]}})", at, changed, rest);
}

// What one run took in, and what is said behind that.
std::string changed_later(std::int64_t at, std::string_view later)
{
  auto origin = origin_of(at, "1767225700000", R"("run-1","new at csc",2000)");
  origin.pop_back();
  return origin.append(later);
}

const std::int64_t kMillis = kNow.time_since_epoch().count();
constexpr std::string_view kRest = R"("run-1","new at csc",2000)";

// Puts records with that origin, and says what of it they have for themselves.
std::string put_with_origin(StoreFixture& fixture, const std::string& origin, int records = 6)
{
  fixture.in([&](Tx& tx) -> Result<void> {
    for (int i = 0; i < records; ++i) {
      auto row = voucher(fmt::format("{}", i));
      row.origin = origin;
      row.revision = 1;
      TRY_VOID(tx.put_record(row));
    }
    return {};
  });
  for (int i = 0; i < records; ++i) {
    const auto row = fixture.in([&](Tx& tx) { return tx.record("voucher", fmt::format("{}", i)); });
    REQUIRE(row);
    REQUIRE(row->origin == origin);
  }
  return is_sqlite(fixture)
             ? sql(fixture.options.path,
                   fmt::format("SELECT origin || origin_of || ifnull(origin_at, '-') "
                               "FROM gs_record WHERE key = '{}'",
                               records - 1))
             : "";
}

} // namespace

TEST_CASE("a name that a rolled-back transaction brought is new when it comes again")
{
  StoreFixture fixture;
  bool dies = false;
  SUBCASE("after an error") {}
  SUBCASE("after an exception")
  {
    dies = true;
  }
  try {
    static_cast<void>(fixture.store->transact([&](Tx& tx) -> Result<void> {
      TRY_VOID(put_all_of(tx, "voucher"));
      if (dies) throw std::runtime_error("death");
      return fail(ErrorKind::precondition, "the other side moved");
    }));
  } catch (const std::runtime_error&) {
  }
  fixture.in([](Tx& tx) { return see_all_of(tx, "voucher", false); });
  // Others take the numbers that it had.
  fixture.in([](Tx& tx) { return put_all_of(tx, "scheme"); });
  fixture.in([](Tx& tx) { return put_all_of(tx, "voucher"); });
  for (int i = 0; i < 2; ++i) {
    fixture.in([](Tx& tx) -> Result<void> {
      TRY_VOID(see_all_of(tx, "scheme", true));
      return see_all_of(tx, "voucher", true);
    });
    fixture.reopen();
  }
  CHECK(fixture.store->check().has_value());
}

TEST_CASE("asking for a name that no row has finds nothing, and makes it none")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(see_all_of(tx, "voucher", false));
    RecordQuery records;
    records.entity = "voucher";
    TRY(const auto listed, tx.records(records));
    CHECK(listed.empty());
    TRY(const auto marks, tx.marks("voucher@central", {"V-1"}));
    CHECK_FALSE(marks.at(0));
    TRY(const auto shadows, tx.shadows("voucher@central", "", 9));
    CHECK(shadows.empty());
    TRY(const auto count, tx.count_shadows("voucher@central", ""));
    CHECK(count == 0);
    TRY(const auto of_place, tx.count_of_place("voucher", "245101"));
    CHECK(of_place == 0);
    TRY(const auto key, tx.key_of_remote("voucher@central", "77"));
    CHECK_FALSE(key);
    TRY_VOID(tx.put_fingerprint("voucher@central", "V-1", "x"));
    return tx.erase_shadow("voucher@central", "V-1");
  });
  if (is_sqlite(fixture)) CHECK(sql(fixture.options.path, "SELECT count(*) FROM gs_name") == "1");
}

TEST_CASE("the name of a run goes with the last of its changes, and may come again")
{
  StoreFixture fixture;
  const auto add = [&](const char* run, Instant at) {
    fixture.in([&](Tx& tx) -> Result<void> {
      ChangeRow change;
      change.entity = "voucher";
      change.run = run;
      change.at = at;
      TRY_VOID(tx.add_change(change));
      return {};
    });
  };
  const auto hour = std::chrono::hours(1);
  add("old", kNow - 2 * hour);
  add("long", kNow - 2 * hour);
  add("voucher", kNow - 2 * hour); // called as an entity is
  add("long", kNow);
  PurgeLimits limits;
  limits.change_log = kNow - hour;
  CHECK(fixture.in([&](Tx& tx) { return tx.purge(limits); }).change_log == 3);
  if (is_sqlite(fixture)) {
    CHECK(sql(fixture.options.path, "SELECT group_concat(name) FROM (SELECT name FROM gs_name "
                                    "WHERE id > 0 ORDER BY name)") == "long,voucher");
  }
  add("new", kNow);
  add("old", kNow);
  fixture.reopen(); // to what is in the store, and not what was known of it
  std::string runs;
  for (const auto& change : fixture.in([](Tx& tx) { return tx.changes({}); }))
    runs += change.run + " " + change.entity + ";";
  CHECK(runs == "long voucher;new voucher;old voucher;");
  CHECK(fixture.store->check().has_value());
}

TEST_CASE("the origin that a run repeats is kept once")
{
  StoreFixture fixture;
  const auto kept = put_with_origin(fixture, origin_of(kMillis, "1767225700000", kRest));
  const auto timeless = put_with_origin(fixture, origin_of(kMillis, "null", kRest));
  if (!is_sqlite(fixture)) return;
  CHECK(kept == "11767225700000");
  CHECK(timeless == "2-");
  CHECK(sql(fixture.options.path, "SELECT group_concat(text, ' ') FROM gs_origin") ==
        R"({"*":["csc","csc",,,"run-1","new at csc",2000]} )"
        R"({"*":["csc","csc",,null,"run-1","new at csc",2000]})");
}

TEST_CASE("what a run took in keeps its frame when it changes, and says what changed")
{
  StoreFixture fixture;
  put_with_origin(fixture, origin_of(kMillis, "1767225700000", kRest));
  const std::string amount = R"(,"amount":["csc","csc",1,2,"run-2","only csc changed it",2000]})";
  const auto kept = put_with_origin(fixture, changed_later(kMillis - 5, amount), 1);
  if (!is_sqlite(fixture)) return;
  CHECK(kept == std::to_string(kMillis - 5) + amount + "11767225700000");
  CHECK(sql(fixture.options.path, "SELECT count(*) FROM gs_origin") == "1");
}

TEST_CASE("an origin that is said a few times only is kept where it is said")
{
  StoreFixture fixture;
  for (int run = 0; run < 200; ++run) {
    const auto rest = fmt::format(R"("run-{}","new at csc",2000)", run);
    put_with_origin(fixture, origin_of(kMillis, "1767225700000", rest), 3);
  }
  if (is_sqlite(fixture)) CHECK(sql(fixture.options.path, "SELECT count(*) FROM gs_origin") == "0");
}

TEST_CASE("an origin that a rolled-back transaction brought is not relied on")
{
  StoreFixture fixture;
  const auto put = [](Tx& tx) -> Result<void> {
    for (int i = 0; i < 9; ++i) {
      auto row = voucher(fmt::format("{}", i));
      row.origin = origin_of(kMillis, "1", kRest);
      TRY_VOID(tx.put_record(row));
    }
    return fail(ErrorKind::precondition, "the other side moved");
  };
  CHECK_FALSE(fixture.store->transact(put));
  put_with_origin(fixture, origin_of(kMillis, "2", R"("run-2","new at csc",2000)"));
  put_with_origin(fixture, origin_of(kMillis, "1", kRest));
  fixture.reopen();
  CHECK(fixture.store->check().has_value());
}

TEST_CASE("every other origin is kept as it is, and comes back byte for byte")
{
  StoreFixture fixture;
  const std::string odd[] = {
      "",
      "{}",
      "null",
      "{\"*\":[",
      R"({"*":[]})",
      "\"",
      std::string("\0\xff", 2),
      origin_of(kMillis, "1", kRest) + " ",
      " " + origin_of(kMillis, "1", kRest),
      origin_of(kMillis + 1, "1", kRest), // not when the record changed
      origin_of(kMillis, "01", kRest),
      origin_of(kMillis, "-0", kRest),
      origin_of(kMillis, "+1", kRest),
      origin_of(kMillis, "-", kRest),
      origin_of(kMillis, "", kRest),
      origin_of(kMillis, "1.0", kRest),
      origin_of(kMillis, "99999999999999999999", kRest),
      origin_of(kMillis, "9223372036854775808", kRest),
      origin_of(kMillis, "nul", kRest),
      origin_of(kMillis, "nullnull", kRest),
      origin_of(kMillis, "null1", kRest),
      fmt::format(R"({{"*":["csc","csc",0{},1,{}]}})", kMillis, kRest),
      fmt::format(R"({{"*":["c\"sc","csc",{},1,{}]}})", kMillis, kRest),
      fmt::format(R"({{"*":["csc","c\\sc",{},1,{}]}})", kMillis, kRest),
      origin_of(kMillis, "1", R"("run\u0031","new",2000)"),
      origin_of(kMillis, "1", R"("run","new","2000")"),
      origin_of(kMillis, "1", R"("run","new")"),
      origin_of(kMillis, "1", R"("run","new",2000,"Asha")"),
      origin_of(kMillis, "1", R"("run","new",2000,"Asha","said so")"),
      changed_later(kMillis, "]}"),
      changed_later(kMillis, "x}"),
      changed_later(kMillis, ""),
      fmt::format(R"({{"*":["csc","csc",0{},1,{}],"amount":[1]}})", kMillis, kRest),
      fmt::format(R"({{"*":["csc","csc",,1,{}],"amount":[1]}})", kRest)};
  for (const auto& origin : odd) {
    CAPTURE(origin);
    const auto kept = put_with_origin(fixture, origin);
    if (is_sqlite(fixture) && origin.find('\0') == std::string::npos) CHECK(kept == origin + "0-");
  }
  const std::string framed[] = {
      origin_of(kMillis, "0", kRest), origin_of(kMillis, "-1", kRest),
      origin_of(kMillis, "9223372036854775807", kRest),
      origin_of(kMillis, "-9223372036854775808", kRest),
      origin_of(kMillis, "1", R"("1,2,,null","{}[]: \t,,\"",0)"),
      origin_of(kMillis, "1", R"("","",007)"), origin_of(kMillis, "1", R"("","",-)"),
      origin_of(kMillis, "null", R"("null","\xff",2000)"),
      fmt::format(R"({{"*":["",",,",{},{},{}]}})", kMillis, 12, kRest),
      fmt::format(R"({{"*":["{{}}","null",{},{},{}]}})", kMillis, "null", kRest),
      // What came later is the row's own, whatever it is, and when the record was taken in is not when it changed.
      changed_later(kMillis, R"(,"amount":["csc","csc",1,2,"run-2","only csc changed it",2000]})"),
      changed_later(kMillis - 1, R"(,"amount":["hub","hub",1,null,"","",0,"Asha","said so"]})"),
      changed_later(-7, R"(,"amount":["a","b",1,2,"","",0],"payee":["a","b",3,4,"","",0]})"),
      changed_later(0, ","), changed_later(0, ",,}]{")};
  for (const auto& origin : framed) {
    CAPTURE(origin);
    put_with_origin(fixture, origin);
  }
  if (is_sqlite(fixture))
    CHECK(sql(fixture.options.path, "SELECT count(*) FROM gs_origin WHERE text LIKE '%Asha%'") ==
          "0");
  fixture.reopen();
  CHECK(fixture.store->check().has_value());
}
