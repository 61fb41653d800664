// What an older program left is read by this one, or saved.
#include "tests/unit/store/older.hpp"

#include "daemon/store/care.hpp"
#include "daemon/store/doctor.hpp"

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::kNow;
using gramsetu::test::leave_as_schema_5;
using gramsetu::test::sql;
using gramsetu::test::StoreFixture;
using gramsetu::test::voucher;

namespace {

constexpr const char* kFlows[] = {"voucher@central", "voucher@csc", "scheme@central"};

Result<void> put_record_of(Tx& tx, const std::string& flow, int number)
{
  auto row = voucher(fmt::format("{:02}", number));
  row.entity = flow.substr(0, flow.find('@'));
  row.place = number % 2 == 0 ? "245101" : "";
  row.origin = fmt::format(R"({{"*":["csc","csc",{},1,"run-{}","new",2000]}})",
                           kNow.time_since_epoch().count(), number);
  row.revision = 1;
  row.deleted = number == 7;
  if (row.deleted) row.dead_until = kNow + std::chrono::hours(1);
  ChangeRow change;
  change.entity = row.entity;
  change.key = row.key;
  change.run = number % 3 == 0 ? "" : fmt::format("run-{}", number);
  change.at = kNow - std::chrono::hours(number);
  TRY(row.sequence, tx.add_change(change));
  return tx.put_record(row);
}

// Shadows with a base of their own and without one, under the key and another id.
Result<void> put_shadow_of(Tx& tx, const std::string& flow, int number)
{
  ShadowRow shadow;
  shadow.flow = flow;
  shadow.key = fmt::format("{:02}", number);
  shadow.remote_id = number % 4 == 0 ? "" : number % 4 == 1 ? "id " + shadow.key : shadow.key;
  shadow.slice = number < 5 ? "first" : "second";
  shadow.base = number % 5 == 0 ? "{}" : voucher("").body;
  shadow.absences = number == 6 ? 1 : 0;
  shadow.mark.version = std::to_string(number);
  shadow.mark.deleted = number == 7;
  shadow.mark.digest = sha256(shadow.key);
  shadow.mark.fingerprint = std::string("\0\x01", 2);
  return tx.put_shadow(shadow);
}

Result<void> put_much(Tx& tx)
{
  for (int number = 0; number < 20; ++number)
    for (const std::string flow : kFlows) {
      if (flow != "voucher@csc") TRY_VOID(put_record_of(tx, flow, number));
      TRY_VOID(put_shadow_of(tx, flow, number));
    }
  TRY_VOID(tx.add_change({})); // of no entity and no run
  OutboxRow sent;
  sent.flow = kFlows[0];
  sent.key = "03";
  TRY_VOID(tx.put_outbox(sent));
  return tx.put_fact("kept", "yes");
}

Result<std::string> all_records(Tx& tx, const std::string& entity)
{
  std::string text;
  RecordQuery query;
  query.entity = entity;
  query.with_deleted = true;
  TRY(const auto rows, tx.records(query));
  TRY(const auto live, tx.count_records(entity));
  TRY(const auto of_place, tx.count_of_place(entity, "245101"));
  for (const auto& row : rows)
    text += fmt::format("{}/{} {} {} '{}' {} {} {}\n", row.entity, row.key, row.body, row.origin,
                        row.place, row.sequence, row.deleted, row.dead_until.has_value());
  return text + fmt::format("{} live, {} there\n", live, of_place);
}

Result<std::string> all_shadows(Tx& tx, const std::string& flow)
{
  std::string text;
  TRY(const auto rows, tx.shadows(flow, "", 100));
  for (const auto& row : rows) {
    TRY(const auto one, tx.shadow(flow, row.key));
    TRY(const auto marks, tx.marks(flow, {row.key}));
    TRY(const auto key, tx.key_of_remote(flow, row.remote_id));
    text += fmt::format("{}/{} {} '{}' {} {} {} {} {} {}\n", row.flow, row.key, row.slice,
                        row.remote_id, one->base, row.absences, row.mark.version, row.mark.deleted,
                        marks.at(0)->fingerprint.size(), key.value_or("none"));
  }
  return text;
}

// All that the tables say whose names became numbers.
std::string all_of(Store& store)
{
  std::string text;
  const auto done = store.transact([&](Tx& tx) -> Result<void> {
    for (const auto* entity : {"voucher", "scheme", "", "none"}) {
      TRY(const auto records, all_records(tx, entity));
      text += records;
    }
    for (const auto* flow : kFlows) {
      TRY(const auto shadows, all_shadows(tx, flow));
      text += shadows;
    }
    ChangeQuery of_run;
    of_run.run = "run-4";
    ChangeQuery of_record;
    of_record.entity = "scheme";
    of_record.key = "03";
    for (const auto& query : {ChangeQuery(), of_run, of_record}) {
      TRY(const auto changes, tx.changes(query));
      for (const auto& row : changes)
        text += fmt::format("{} {}/{} '{}'\n", row.sequence, row.entity, row.key, row.run);
    }
    TRY(const auto heads, heads_of(tx));
    TRY(const auto kept, tx.fact("kept"));
    text += fmt::format("{} {}\n", heads.change, kept.value_or("nothing"));
    return {};
  });
  REQUIRE_MESSAGE(done, done.error().what);
  const auto checked = store.check();
  CHECK_MESSAGE(checked, (checked ? "" : checked.error().what));
  return text;
}

// A store of today, and one of schema 5 that has the same.
struct Scene {
  StoreFixture fixture;
  std::string said;
  StoreOptions older = fixture.options;

  Scene()
  {
    fixture.in(put_much);
    PurgeLimits limits; // numbers stay given whose rows are gone
    limits.change_log = kNow - std::chrono::hours(18);
    fixture.in([&](Tx& tx) { return tx.purge(limits); });
    fixture.in([](Tx& tx) -> Result<void> {
      Heads heads;
      heads.change = 1000;
      return pass_heads(tx, heads);
    });
    said = all_of(*fixture.store);
    fixture.store.reset();
    older.path = fixture.dir.file("older.db");
    leave_as_schema_5(fixture.options.path, older.path);
  }
};

} // namespace

TEST_CASE("a store of schema 5 says the same after it was brought up to this program's")
{
  Scene scene;
  sql(scene.older.path,
      "CREATE VIEW voucher AS SELECT key FROM gs_record WHERE entity = 'voucher'");
  scene.older.views = {{"voucher", {{"payee", false}}}};
  auto opened = open_store(scene.older);
  REQUIRE_MESSAGE(opened, opened.error().what);
  auto& store = **opened;
  CHECK(all_of(store) == scene.said);
  CHECK(sql(scene.older.path, "SELECT group_concat(DISTINCT payee) FROM voucher") == "Asha");
  const auto done = store.transact([](Tx& tx) -> Result<void> {
    TRY(const auto number, tx.add_change({}));
    CHECK(number == 1001);
    TRY_VOID(put_record_of(tx, "plan@central", 1));
    TRY(auto row, tx.record("voucher", "03"));
    row->body = "{}";
    TRY_VOID(tx.put_record(*row));
    TRY(const auto shadow, tx.shadow("voucher@csc", "03"));
    CHECK(shadow->base == voucher("").body); // which the record said
    return {};
  });
  CHECK(done);
  CHECK(store.check().has_value());
  opened->reset();
  CHECK(sql(scene.older.path, "PRAGMA integrity_check") == "ok");
  CHECK(sql(scene.older.path, "SELECT count(*) FROM gs_name WHERE sum IS NULL") == "0");
}

TEST_CASE("what migrations make is what this program makes")
{
  Scene scene;
  REQUIRE(open_store(scene.older));
  const auto schema = [](const std::string& path) {
    return sql(path,
               "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)");
  };
  CHECK(schema(scene.older.path) == schema(scene.fixture.options.path));
}

TEST_CASE("a store of schema 5 is saved with the names that its rows have")
{
  Scene scene;
  StoreOptions to;
  to.path = scene.fixture.dir.file("saved.db");
  const auto saved = salvage(scene.older.path, to);
  REQUIRE_MESSAGE(saved, saved.error().what);
  CHECK(saved->lost == 0);
  CHECK(saved->notes.empty());
  auto opened = open_store(to);
  REQUIRE_MESSAGE(opened, opened.error().what);
  CHECK(all_of(**opened) == scene.said);
}

TEST_CASE("a store of schema 5 is looked at as it is, and brought up before it is mended")
{
  Scene scene;
  const auto& path = scene.older.path;
  sql(path, "UPDATE gs_count SET live = 7");
  REQUIRE(examine(path));
  CHECK(sql(path, "PRAGMA user_version") == "5");
  const auto mended = mend(path, kNow);
  REQUIRE_MESSAGE(mended, mended.error().what);
  CHECK(mended->done.at(0) == "schema 5 was brought up to this program's");
  CHECK(sql(mended->kept, "PRAGMA user_version") == "5");
  auto opened = open_store(scene.older);
  REQUIRE(opened);
  CHECK(all_of(**opened) == scene.said);
}

TEST_CASE("of a store whose table of names is broken, the names are saved from their index")
{
  StoreFixture fixture;
  fixture.in(put_much);
  const auto said = all_of(*fixture.store);
  fixture.store.reset();
  sql(fixture.options.path, "UPDATE gs_name SET sum = sum + 1");
  StoreOptions to;
  to.path = fixture.dir.file("saved.db");
  const auto saved = salvage(fixture.options.path, to);
  REQUIRE_MESSAGE(saved, saved.error().what);
  CHECK(saved->notes.empty());
  auto opened = open_store(to);
  REQUIRE_MESSAGE(opened, opened.error().what);
  CHECK(all_of(**opened) == said);
}
