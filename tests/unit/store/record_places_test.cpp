// Records of a place are found, whether their places are in the index already or came after it was last written.
#include "daemon/store/doctor.hpp"
#include "daemon/store/sqlite/record_places.hpp"
#include "tests/unit/store/outside.hpp"

#include <fmt/format.h>

#include <vector>

using namespace gramsetu;
using namespace gramsetu::store;
using namespace std::chrono_literals;
using gramsetu::test::is_sqlite;
using gramsetu::test::kNow;
using gramsetu::test::sql;
using gramsetu::test::StoreFixture;
using gramsetu::test::voucher;

namespace {

constexpr int kTogether = kEnteredTogether;

Result<void> put(Tx& tx, const std::string& key, const std::string& place)
{
  auto row = voucher(key);
  row.place = place;
  return tx.put_record(row);
}

struct Scene {
  StoreFixture fixture;
  const std::string& path = fixture.options.path;

  void put(const std::string& key, const std::string& place)
  {
    fixture.in([&](Tx& tx) { return ::put(tx, key, place); });
  }

  // The keys of a place, as they are listed; as many are counted.
  std::string keys(const std::string& place, const std::string& after = "")
  {
    std::string keys;
    fixture.in([&](Tx& tx) -> Result<void> {
      RecordQuery query;
      query.entity = "voucher";
      query.place = place;
      query.after_key = after;
      TRY(const auto rows, tx.records(query));
      for (const auto& row : rows)
        keys += row.key;
      TRY(const auto count, tx.count_of_place("voucher", place));
      if (after.empty()) CHECK(count == rows.size());
      return {};
    });
    return keys;
  }

  // As many records as it takes went between: the next one that comes enters those before it.
  void enter(const std::string& next)
  {
    if (!is_sqlite(fixture)) return put(next, "Z");
    fixture.store.reset();
    sql(path,
        fmt::format("UPDATE gs_record SET id = id + {} WHERE id = (SELECT max(id) FROM gs_record)",
                    kTogether));
    fixture.reopen();
    put(next, "Z");
  }

  std::string entered() const { return sql(path, "SELECT count(*) FROM gs_record_place"); }

  void is_sound() { CHECK(fixture.store->check().has_value()); }
};

} // namespace

TEST_CASE("records of a place are listed and counted before and after their places are entered")
{
  Scene scene;
  scene.put("b", "X");
  scene.put("a", "X");
  scene.put("c", "Y");
  scene.put("d", "");
  CHECK(scene.keys("X") == "ab");
  CHECK(scene.keys("X", "a") == "b");
  scene.is_sound();
  scene.enter("e");
  scene.put("f", "X");
  CHECK(scene.keys("X") == "abf");
  CHECK(scene.keys("X", "a") == "bf");
  CHECK(scene.keys("Y") == "c");
  CHECK(scene.keys("W").empty());
  scene.is_sound();
  if (is_sqlite(scene.fixture)) CHECK(scene.entered() == "4"); // a, b, c, e
}

TEST_CASE("places of thousands of records are entered as they come")
{
  Scene scene;
  if (!is_sqlite(scene.fixture)) return;
  const auto put_from = [&](int begin, int end) {
    scene.fixture.in([&](Tx& tx) -> Result<void> {
      for (int i = begin; i < end; ++i)
        TRY_VOID(put(tx, fmt::format("{:06}", i), i % 5000 == 0 ? "X" : "Y"));
      return {};
    });
  };
  put_from(0, kTogether - 1);
  CHECK(scene.entered() == "0");
  CHECK(scene.keys("X") == "000000005000010000015000");
  put_from(kTogether - 1, kTogether);
  CHECK(scene.entered() == std::to_string(kTogether));
  CHECK(scene.keys("X") == "000000005000010000015000");
  put_from(kTogether, 20'001);
  CHECK(scene.entered() == std::to_string(kTogether));
  CHECK(scene.keys("X") == "000000005000010000015000020000");
  scene.is_sound();
}

TEST_CASE("a record that moves is of its new place alone")
{
  Scene scene;
  scene.put("a", "X");
  bool late = false;
  SUBCASE("entered") {}
  SUBCASE("not entered yet")
  {
    late = true;
  }
  if (!late) scene.enter("e");
  scene.put("b", "X");
  for (const auto* key : {"a", "b"}) {
    scene.put(key, "Y");
    scene.put(key, "Y"); // stays
  }
  CHECK(scene.keys("X").empty());
  CHECK(scene.keys("Y") == "ab");
  scene.put("a", "");
  CHECK(scene.keys("Y") == "b");
  scene.is_sound();
  scene.put("a", "X");
  CHECK(scene.keys("X") == "a");
  scene.is_sound();
}

TEST_CASE("a record that is gone is of no place, and who comes after it is found")
{
  Scene scene;
  scene.put("a", "X");
  scene.enter("e"); // and entered itself, as the last one
  auto gone = voucher("e");
  gone.place = "Z";
  gone.deleted = true;
  gone.dead_until = kNow - 1h;
  scene.fixture.in([&](Tx& tx) { return tx.put_record(gone); });
  PurgeLimits limits;
  limits.tombstones = kNow;
  CHECK(scene.fixture.in([&](Tx& tx) { return tx.purge(limits); }).tombstones == 1);
  CHECK(scene.keys("Z").empty());
  scene.put("f", "Z"); // with the number of the one that is gone
  CHECK(scene.keys("Z") == "f");
  CHECK(scene.keys("X") == "a");
  scene.is_sound();
}

TEST_CASE("places that are entered wrongly are noticed and written anew")
{
  const std::vector<std::pair<std::string, std::string>> damages = {
      {"DELETE FROM gs_record_place WHERE key = 'a'",
       "2 places of records are counted, of 3 that should be; 2 are"},
      {"UPDATE gs_record_place SET place = 'Y' WHERE key = 'a'",
       "3 places of records are counted, of 3 that should be; 2 are"},
      {"INSERT INTO gs_record_place SELECT entity, 'Y', key FROM gs_record WHERE key = 'a'",
       "4 places of records are counted, of 3 that should be; 3 are"},
      {"DELETE FROM gs_record_placed",
       "3 places of records are counted, of 0 that should be; 0 are"},
      {"DELETE FROM gs_record_place",
       "0 places of records are counted, of 3 that should be; 0 are"}};
  for (const auto& [damage, counted] : damages) {
    CAPTURE(damage);
    Scene scene;
    if (!is_sqlite(scene.fixture)) return;
    scene.put("a", "X");
    scene.put("b", "X");
    scene.enter("e");
    scene.fixture.store.reset();
    sql(scene.path, damage);
    const auto found = examine(scene.path);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().kind == Damage::Kind::count);
    CHECK(found->front().what.find(counted) != std::string::npos);
    REQUIRE(mend(scene.path, kNow));
    CHECK(examine(scene.path)->empty());
    scene.fixture.reopen();
    CHECK(scene.keys("X") == "ab");
    CHECK(scene.entered() == "3");
  }
}
