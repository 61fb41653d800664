// What the doctor finds, mends and saves; and that it throws nothing away.
#include "daemon/store/doctor.hpp"

#include "daemon/store/care.hpp"
#include "tests/unit/store/outside.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <random>

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::digest_of;
using gramsetu::test::kNow;
using gramsetu::test::sql;
using gramsetu::test::StoreFixture;
using gramsetu::test::voucher;

namespace {

constexpr const char* kFlow = "voucher@central";

std::string bytes_of(const std::string& path)
{
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Result<void> put_all(Tx& tx)
{
  for (const auto* key : {"a", "b", "c"}) {
    TRY_VOID(tx.put_record(voucher(key)));
    ShadowRow shadow;
    shadow.flow = kFlow;
    shadow.key = key;
    shadow.slice = "all";
    shadow.base = "{}";
    shadow.mark.digest = digest_of(key);
    TRY_VOID(tx.put_shadow(shadow));
  }
  SliceRow slice;
  slice.flow = kFlow;
  slice.slice = "all";
  slice.cursor = "2026-11-20";
  slice.loaded = true;
  TRY_VOID(tx.put_slice(slice));
  OutboxRow sent;
  sent.flow = kFlow;
  sent.key = "c";
  sent.state = OutboxState::unknown;
  sent.payload = "{\"amount\":\"1.00\"}";
  sent.idempotency_key = "k";
  sent.first_sent = sent.last_sent = kNow;
  sent.created_at = kNow;
  return tx.put_outbox(sent);
}

struct Scene {
  StoreFixture fixture;
  const std::string& path = fixture.options.path;

  Scene()
  {
    fixture.in(put_all);
    fixture.store.reset();
    fold();
  }

  void fold() { REQUIRE(fold_log(path)); }

  std::vector<Damage> examine()
  {
    auto found = store::examine(path);
    REQUIRE_MESSAGE(found, found.error().what);
    return std::move(*found);
  }

  bool finds(Damage::Kind kind)
  {
    const auto found = examine();
    return std::any_of(found.begin(), found.end(),
                       [&](const auto& damage) { return damage.kind == kind; });
  }

  Mending mend()
  {
    auto mended = store::mend(path, kNow);
    REQUIRE_MESSAGE(mended, mended.error().what);
    CHECK(examine().empty());
    REQUIRE(std::filesystem::exists(mended->kept));
    return std::move(*mended);
  }
};

} // namespace

TEST_CASE("a sound store has nothing to find, and looking changes no byte")
{
  Scene scene;
  const auto before = bytes_of(scene.path);
  CHECK(scene.examine().empty());
  CHECK(bytes_of(scene.path) == before);
}

TEST_CASE("nobody is examined who is at work, and nobody who is not there")
{
  Scene scene;
  scene.fixture.reopen();
  CHECK(store::examine(scene.path).error().kind == ErrorKind::invalid);
  CHECK(store::examine(scene.path + ".none").error().kind == ErrorKind::invalid);
  CHECK_FALSE(std::filesystem::exists(scene.path + ".none"));
}

TEST_CASE("every row with a changed digit is named, taken out and kept; its flow is read anew")
{
  Scene scene;
  sql(scene.path, "UPDATE gs_record SET body = replace(body, '100000', '900000') WHERE key <> 'c'");
  const auto found = scene.examine();
  REQUIRE(found.size() == 2);
  CHECK(found[0].kind == Damage::Kind::row);
  CHECK(found[0].word == "record");
  CHECK(found[0].row == "voucher/a");
  CHECK(found[1].row == "voucher/b");
  const auto mending = scene.mend();
  CHECK(sql(mending.removed, "SELECT group_concat(key || body) FROM gs_record").find("900000") !=
        std::string::npos);
  CHECK(sql(mending.kept, "SELECT count(*) FROM gs_record") == "3");
  scene.fixture.reopen();
  CHECK(scene.fixture.store->check().has_value());
  scene.fixture.in([](Tx& tx) -> Result<void> {
    TRY(const auto gone, tx.record("voucher", "a"));
    CHECK_FALSE(gone);
    TRY(const auto left, tx.record("voucher", "c"));
    CHECK(left);
    TRY(const auto shadow, tx.shadow(kFlow, "a"));
    CHECK_FALSE(shadow); // compared anew
    TRY(const auto slice, tx.slice(kFlow, "all"));
    CHECK(slice->cursor.empty());
    TRY(const auto count, tx.count_records("voucher"));
    CHECK(count == 1);
    return {};
  });
}

TEST_CASE("a shadow that has its base from a damaged record goes with it, and is compared anew")
{
  Scene scene;
  scene.fixture.reopen();
  scene.fixture.in([](Tx& tx) -> Result<void> {
    TRY(auto shadow, tx.shadow(kFlow, "a"));
    shadow->base = voucher("a").body;
    return tx.put_shadow(*shadow);
  });
  scene.fixture.store.reset();
  REQUIRE(sql(scene.path, "SELECT group_concat(key) FROM gs_shadow_base") == "b,c");
  sql(scene.path, "UPDATE gs_record SET body = replace(body, '100000', '900000') WHERE key = 'a'");
  const auto found = scene.examine();
  REQUIRE(found.size() == 2);
  CHECK(found[0].word == "record");
  CHECK(found[1].word == "shadow");
  scene.mend();
  CHECK(sql(scene.path, "SELECT group_concat(key) FROM gs_record") == "b,c");
  CHECK(sql(scene.path, "SELECT group_concat(key) FROM gs_shadow") == "b,c");
  CHECK(sql(scene.path, "SELECT cursor FROM gs_slice") == "");
}

TEST_CASE("counts, halves of shadows and the outbox are put in order")
{
  Scene scene;
  sql(scene.path, "UPDATE gs_count SET live = 7");
  CHECK(scene.finds(Damage::Kind::count));
  scene.mend();
  sql(scene.path, "DELETE FROM gs_shadow_base WHERE key = 'b'");
  CHECK(scene.finds(Damage::Kind::halves));
  scene.mend();
  CHECK(sql(scene.path, "SELECT group_concat(key) FROM gs_shadow") == "a,c");
}

TEST_CASE("a row that left without a key is for a person, and its payload is kept")
{
  Scene scene;
  scene.fixture.reopen();
  scene.fixture.in([](Tx& tx) -> Result<void> {
    TRY(auto row, tx.outbox_of(kFlow, "c"));
    row->idempotency_key.clear();
    return tx.put_outbox(*row);
  });
  scene.fixture.store.reset();
  CHECK(scene.finds(Damage::Kind::outbox));
  scene.mend();
  CHECK(sql(scene.path, "SELECT code || ' ' || payload FROM gs_quarantine") ==
        "damaged {\"amount\":\"1.00\"}");
  CHECK(sql(scene.path, "SELECT count(*) FROM gs_outbox") == "0");
}

TEST_CASE("an index that says something else than its table is built anew")
{
  Scene scene;
  // The definition is written over for a moment: what comes in then is where nobody looks for it.
  const auto define = [&](const std::string& columns) {
    sql(scene.path, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX "
                    "gs_change_record ON gs_change (" +
                        columns + ") WHERE listed = 1' WHERE name = 'gs_change_record'");
  };
  define("key, entity");
  scene.fixture.reopen();
  scene.fixture.in([](Tx& tx) -> Result<void> {
    ChangeRow row;
    row.entity = "voucher";
    row.key = "a";
    row.kind = "created";
    row.fields = "null";
    TRY_VOID(tx.add_change(row));
    return {};
  });
  scene.fixture.store.reset();
  define("entity, key");
  scene.fold();
  REQUIRE(scene.finds(Damage::Kind::index));
  const auto mending = scene.mend();
  CHECK(mending.done.at(0).find("every index") == 0);
}

TEST_CASE("a store of a newer program is not touched, and said to be such")
{
  Scene scene;
  sql(scene.path, "PRAGMA user_version = 99");
  const auto before = bytes_of(scene.path);
  const auto found = scene.examine();
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Damage::Kind::unreadable);
  CHECK(found[0].what.find("newer than this program") != std::string::npos);
  CHECK_FALSE(store::mend(scene.path, kNow));
  CHECK(bytes_of(scene.path) == before);
}

TEST_CASE(
    "of a store with broken pages everything else is saved, and the broken one stays as it is")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (int i = 0; i < 2000; ++i)
      TRY_VOID(tx.put_record(voucher(fmt::format("{:04}", i))));
    TRY_VOID(tx.put_fact("kept", "yes"));
    ChangeRow row;
    row.entity = "voucher";
    row.key = "a";
    row.kind = "created";
    row.fields = "null";
    TRY_VOID(tx.add_change(row));
    return {};
  });
  fixture.store.reset();
  REQUIRE(fold_log(fixture.options.path));
  auto bytes = bytes_of(fixture.options.path);
  const auto middle = bytes.find("\"amount\"", bytes.size() / 2);
  REQUIRE(middle != std::string::npos);
  bytes.replace(middle / 4096 * 4096, 4096, std::string(4096, '\x5a'));
  fixture.dir.write("hub.db", bytes);

  const auto found = store::examine(fixture.options.path);
  REQUIRE(found);
  CHECK(std::any_of(found->begin(), found->end(),
                    [](const auto& damage) { return damage.kind == Damage::Kind::unreadable; }));
  CHECK(store::mend(fixture.options.path, kNow).error().kind == ErrorKind::corrupt);
  const auto to = fixture.dir.file("saved.db");
  const auto saved = store::salvage(fixture.options.path, {to, {}, 8 << 20});
  REQUIRE_MESSAGE(saved, saved.error().what);
  CHECK(bytes_of(fixture.options.path) == bytes);
  CHECK(check_copy(to).has_value());
  CHECK(saved->lost > 0);
  CHECK(sql(to, "SELECT count(*) > 1850 FROM gs_record") == "1");
  CHECK(sql(to, "SELECT value FROM gs_fact WHERE name = 'kept'") == "yes");
  CHECK(sql(to, "SELECT seq FROM sqlite_sequence WHERE name = 'gs_change'") == "1");
}

namespace {

// What is saved of a store in whose list of tables the page that holds `text` is broken.
struct WithoutPage {
  StoreFixture fixture;
  std::string to = fixture.dir.file("saved.db");
  Result<store::Salvage> saved = fail(ErrorKind::invalid, "not tried");

  explicit WithoutPage(const std::string& text)
  {
    fixture.in(put_all);
    fixture.store.reset();
    // More than a page of views, as the entities of a hub have them.
    for (int i = 0; i < 9; ++i)
      sql(fixture.options.path,
          fmt::format("CREATE VIEW v{} AS SELECT '{}' AS words", i, std::string(1000, 'v')));
    REQUIRE(fold_log(fixture.options.path));
    auto bytes = bytes_of(fixture.options.path);
    const auto at = bytes.find(text);
    REQUIRE(at != std::string::npos);
    REQUIRE(at >= 4096); // the first page says where the others are
    bytes.replace(at / 4096 * 4096, 4096, std::string(4096, '\x5a'));
    fixture.dir.write("hub.db", bytes);
    saved = store::salvage(fixture.options.path, {to, {}, 8 << 20});
  }
};

} // namespace

TEST_CASE("where a broken page held views only, all rows are saved")
{
  const WithoutPage scene("CREATE VIEW v8");
  REQUIRE_MESSAGE(scene.saved, scene.saved.error().what);
  CHECK(scene.saved->notes.empty());
  CHECK(scene.saved->lost == 0);
  CHECK(sql(scene.to, "SELECT group_concat(key) FROM gs_shadow") == "a,b,c");
  CHECK(check_copy(scene.to).has_value());
}

TEST_CASE("where a broken page said where tables lie, they are named, and the others are saved")
{
  const WithoutPage scene("CREATE INDEX gs_shadow_slice");
  REQUIRE_MESSAGE(scene.saved, scene.saved.error().what);
  REQUIRE_FALSE(scene.saved->notes.empty());
  CHECK(scene.saved->notes.front().find("where it lies cannot be read") != std::string::npos);
  CHECK(sql(scene.to, "SELECT count(*) > 0 FROM gs_slice") == "1");
  CHECK(check_copy(scene.to).has_value());
}

TEST_CASE("what a store of an older program has is saved, too")
{
  StoreFixture fixture;
  fixture.in(put_all);
  fixture.store.reset();
  sql(fixture.options.path,
      "ALTER TABLE gs_shadow DROP COLUMN sum; ALTER TABLE gs_shadow DROP COLUMN fingerprint");
  const auto to = fixture.dir.file("saved.db");
  const auto saved = store::salvage(fixture.options.path, {to, {}, 8 << 20});
  REQUIRE_MESSAGE(saved, saved.error().what);
  CHECK(saved->notes.empty());
  CHECK(sql(to, "SELECT group_concat(key) FROM gs_shadow") == "a,b,c");
  CHECK(check_copy(to).has_value());
}

TEST_CASE("a letter that changed in what many rows refer to costs none of them")
{
  StoreFixture fixture;
  constexpr std::size_t records = 6;
  fixture.in([](Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < records; ++i) {
      auto row = voucher(fmt::format("{}", i));
      row.entity = "zebra";
      row.origin = fmt::format(R"({{"*":["csc","csc",{},1,"run","new to quagga",2000]}})",
                               kNow.time_since_epoch().count());
      row.revision = 1;
      TRY_VOID(tx.put_record(row));
    }
    return {};
  });
  fixture.store.reset();
  REQUIRE(fold_log(fixture.options.path));
  const auto whole = bytes_of(fixture.options.path);
  int names = 0, origins = 0;
  for (const std::string word : {"zebra", "quagga"}) {
    for (auto at = whole.find(word); at != whole.npos; at = whole.find(word, at + 1)) {
      auto bytes = whole;
      bytes[at + 2] = '_';
      fixture.dir.write("hub.db", bytes);
      const auto found = store::examine(fixture.options.path);
      REQUIRE(found);
      CHECK_FALSE(found->empty());
      const auto says = [&](const char* of) {
        return std::any_of(found->begin(), found->end(),
                           [&](const auto& damage) { return damage.word == of; });
      };
      if (says("name")) {
        ++names; // nothing is read by it, or taken for new
        CHECK(open_store(fixture.options).error().kind == ErrorKind::corrupt);
      }
      origins += says("origin") ? 1 : 0;
      const auto mended = store::mend(fixture.options.path, kNow);
      REQUIRE_MESSAGE(mended, mended.error().what);
      fixture.reopen();
      CHECK(fixture.store->check().has_value());
      RecordQuery query;
      query.entity = "zebra";
      // An origin that a row says itself is that row's trouble.
      CHECK(fixture.in([&](Tx& tx) { return tx.records(query); }).size() >=
            records - (mended->removed.empty() ? 0 : 1));
      if (says("name") || says("origin")) CHECK(mended->removed.empty());
      fixture.store.reset();
      REQUIRE(fold_log(fixture.options.path));
    }
  }
  CHECK(names == 1);
  CHECK(origins == 1);
}

TEST_CASE("one flipped bit anywhere is found, or changes nothing that is read")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (int i = 0; i < 300; ++i)
      TRY_VOID(tx.put_record(voucher(fmt::format("{:04}", i))));
    return {};
  });
  fixture.store.reset();
  REQUIRE(fold_log(fixture.options.path));
  const auto whole = bytes_of(fixture.options.path);
  const auto rows =
      sql(fixture.options.path, "SELECT group_concat(key || body || origin) FROM gs_record");
  std::mt19937 random(11);
  int found = 0;
  for (int i = 0; i < 100; ++i) {
    auto bytes = whole;
    const auto at = random() % bytes.size();
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
    fixture.dir.write("hub.db", bytes);
    const auto damages = store::examine(fixture.options.path);
    if (!damages || !damages->empty()) {
      ++found;
      continue;
    }
    CAPTURE(at);
    CHECK(sql(fixture.options.path, "SELECT group_concat(key || body || origin) FROM gs_record") ==
          rows);
  }
  CHECK(found > 0);
}
