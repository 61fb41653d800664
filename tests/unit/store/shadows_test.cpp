// Shadows, slices and what a pull has seen.
#include "tests/unit/store/fixture.hpp"

#include <fmt/format.h>

#include <random>
#include <set>

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::kNow;
using gramsetu::test::StoreFixture;

namespace {

ShadowRow shadow(std::string key, std::string slice = "s1")
{
  ShadowRow row;
  row.flow = "voucher@central";
  row.key = std::move(key);
  row.slice = std::move(slice);
  row.remote_id = "r-" + row.key;
  row.mark.digest = sha256(row.key);
  row.mark.version = "v1";
  row.base = R"({"amount":100})";
  return row;
}

using Keys = std::vector<std::string>;

// No text; and in a text of PostgreSQL's the last four would stand for a zero.
const std::string kBytes("\0\xff\xf4\x8f\xbc\x80", 6);

} // namespace

TEST_CASE("a shadow comes back as it was put, is replaced, and erased")
{
  StoreFixture fixture;
  auto row = shadow("V-1");
  row.absences = 2;
  fixture.in([&](Tx& tx) { return tx.put_shadow(row); });
  auto found = fixture.in([](Tx& tx) { return tx.shadow("voucher@central", "V-1"); });
  REQUIRE(found.has_value());
  CHECK(found->flow == "voucher@central");
  CHECK(found->slice == "s1");
  CHECK(found->remote_id == "r-V-1");
  CHECK(found->mark.digest == sha256("V-1"));
  CHECK(found->mark.version == "v1");
  CHECK(found->base == row.base);
  CHECK(found->absences == 2);

  row.slice = "s2";
  row.remote_id = "other";
  row.mark.deleted = true;
  row.base = "{}";
  fixture.in([&](Tx& tx) { return tx.put_shadow(row); });
  fixture.reopen();
  found = fixture.in([](Tx& tx) { return tx.shadow("voucher@central", "V-1"); });
  CHECK(found->slice == "s2");
  CHECK(found->mark.deleted);
  CHECK(found->base == "{}");
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.shadow("voucher@csc", "V-1"); }).has_value());

  fixture.in([](Tx& tx) { return tx.erase_shadow("voucher@central", "V-1"); });
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.shadow("voucher@central", "V-1"); }).has_value());
  CHECK_FALSE(
      fixture.in([](Tx& tx) { return tx.key_of_remote("voucher@central", "other"); }).has_value());
  fixture.in([](Tx& tx) { return tx.erase_shadow("voucher@central", "V-1"); }); // nothing to do
}

TEST_CASE("a shadow's fingerprint is kept as given, until the shadow is written again without one")
{
  StoreFixture fixture;
  const std::string bytes = kBytes + " any", other("other");
  const auto now = [&] {
    return fixture.in([](Tx& tx) { return tx.marks("voucher@central", {"V-1"}); })[0]->fingerprint;
  };
  fixture.in([&](Tx& tx) -> Result<void> {
    auto row = shadow("V-1");
    row.mark.fingerprint = bytes;
    TRY_VOID(tx.put_shadow(row));
    return tx.put_shadow(shadow("V-2"));
  });
  CHECK(now() == bytes);
  fixture.in([&](Tx& tx) { return tx.put_fingerprint("voucher@central", "V-1", other); });
  CHECK(now() == other);
  fixture.reopen();
  CHECK(now() == other);
  CHECK(fixture.in([](Tx& tx) { return tx.shadow("voucher@central", "V-1"); })->mark.digest ==
        shadow("V-1").mark.digest);
  // Who writes the shadow for another reason does not know the bytes.
  fixture.in([&](Tx& tx) { return tx.put_shadow(shadow("V-1")); });
  CHECK(now().empty());
}

TEST_CASE("news keeps the fingerprint of its bytes")
{
  StoreFixture fixture;
  InboxRow news;
  news.flow = "voucher@central";
  news.key = "V-1";
  news.fingerprint = kBytes;
  fixture.in([&](Tx& tx) { return tx.put_inbox(news); });
  CHECK(fixture.in([](Tx& tx) { return tx.inbox_of("voucher@central", "V-1"); })->fingerprint ==
        news.fingerprint);
  CHECK(fixture.in([](Tx& tx) { return tx.inbox("voucher@central", "", "", 10); })[0].fingerprint ==
        news.fingerprint);
}

TEST_CASE("marks answers for each key in order, dense or sparse, with gaps and repeats")
{
  StoreFixture fixture;
  std::mt19937 random(11);
  std::set<std::string> known;
  fixture.in([&](Tx& tx) -> Result<void> {
    for (int i = 0; i < 2000; ++i) {
      const auto key = fmt::format("{:05}", random() % 5000);
      if (!known.insert(key).second) continue;
      TRY_VOID(tx.put_shadow(shadow(key)));
      auto other = shadow(key);
      other.flow = "voucher@csc"; // a neighbour that must not be taken for ours
      other.mark.version = "csc";
      TRY_VOID(tx.put_shadow(other));
    }
    return {};
  });
  for (const unsigned every : {1U, 2U, 7U, 50U, 900U}) {
    Keys keys;
    for (unsigned i = every / 2; i < 5200; i += every)
      for (unsigned twice = 0; twice < 1 + (i % 10 == 3); ++twice)
        keys.push_back(fmt::format("{:05}", i));
    const auto marks = fixture.in([&](Tx& tx) { return tx.marks("voucher@central", keys); });
    REQUIRE(marks.size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      REQUIRE(marks[i].has_value() == known.contains(keys[i]));
      if (!marks[i]) continue;
      CHECK(marks[i]->digest == sha256(keys[i]));
      CHECK(marks[i]->version == "v1");
    }
  }
  CHECK(fixture.in([](Tx& tx) { return tx.marks("voucher@central", {}); }).empty());
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.marks("voucher@nobody", {"00001"}); })[0]);
}

TEST_CASE("marks refuses keys that are not sorted")
{
  StoreFixture fixture;
  const auto done = fixture.store->transact([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.marks("voucher@central", {"b", "a"}));
    return {};
  });
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::invalid);
}

TEST_CASE("shadows are listed in key order after a key")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (const auto* key : {"b", "a", "c"})
      TRY_VOID(tx.put_shadow(shadow(key)));
    return {};
  });
  auto rows = fixture.in([](Tx& tx) { return tx.shadows("voucher@central", "", 2); });
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].key == "a");
  rows = fixture.in([&](Tx& tx) { return tx.shadows("voucher@central", rows[1].key, 2); });
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].key == "c");
}

TEST_CASE("a shadow is found by its remote id, whether or not that is the key")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    auto same = shadow("a");
    same.remote_id = "a";
    TRY_VOID(tx.put_shadow(same));
    auto other = shadow("b");
    other.remote_id = "17";
    TRY_VOID(tx.put_shadow(other));
    auto none = shadow("c");
    none.remote_id = "";
    return tx.put_shadow(none);
  });
  const auto key = [&](const char* id) {
    return fixture.in([&](Tx& tx) { return tx.key_of_remote("voucher@central", id); });
  };
  CHECK(key("a") == "a");
  CHECK(key("17") == "b");
  CHECK_FALSE(key("b").has_value());
  CHECK_FALSE(key("c").has_value());
  CHECK_FALSE(key("").has_value());
}

TEST_CASE("slices come back, are replaced, and are listed by flow")
{
  StoreFixture fixture;
  SliceRow row;
  row.flow = "voucher@central";
  row.slice = "2026-27";
  row.cursor = "2026-11-23T04:30:00.000Z";
  row.tag = "\"abc\"";
  row.loaded = true;
  row.complete_at = kNow;
  row.count = 12;
  fixture.in([&](Tx& tx) { return tx.put_slice(row); });
  row.slice = "2025-26";
  row.complete_at = std::nullopt;
  fixture.in([&](Tx& tx) { return tx.put_slice(row); });
  row.flow = "plan@central";
  fixture.in([&](Tx& tx) { return tx.put_slice(row); });
  fixture.reopen();
  const auto found = fixture.in([](Tx& tx) { return tx.slice("voucher@central", "2026-27"); });
  REQUIRE(found.has_value());
  CHECK(found->cursor == "2026-11-23T04:30:00.000Z");
  CHECK(found->tag == "\"abc\"");
  CHECK(found->loaded);
  CHECK(found->complete_at == kNow);
  CHECK(found->count == 12);
  const auto of_flow = fixture.in([](Tx& tx) { return tx.slices("voucher@central"); });
  REQUIRE(of_flow.size() == 2);
  CHECK(of_flow[0].slice == "2025-26");
  CHECK_FALSE(of_flow[0].complete_at.has_value());
  CHECK(fixture.in([](Tx& tx) { return tx.slices(""); }).size() == 3);
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.slice("voucher@central", "x"); }).has_value());
}

TEST_CASE("what was not seen is listed in key order, without what is known to be gone")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (const auto* key : {"a", "b", "c", "d", "e"})
      TRY_VOID(tx.put_shadow(shadow(key)));
    auto gone = shadow("f");
    gone.mark.deleted = true;
    TRY_VOID(tx.put_shadow(gone));
    TRY_VOID(tx.put_shadow(shadow("z", "another slice")));
    TRY_VOID(tx.seen_clear("voucher@central", "s1"));
    TRY_VOID(tx.seen_add("voucher@central", "s1", {"b", "d"}));
    return tx.seen_add("voucher@central", "s1", {"b", "new"});
  });
  const auto unseen = [&](std::string after, std::size_t limit) {
    return fixture.in([&](Tx& tx) { return tx.unseen("voucher@central", "s1", after, limit); });
  };
  CHECK(unseen("", 10) == Keys{"a", "c", "e"});
  CHECK(unseen("", 2) == Keys{"a", "c"});
  CHECK(unseen("c", 2) == Keys{"e"});
  CHECK(fixture.in([](Tx& tx) { return tx.count_shadows("voucher@central", "s1"); }) == 5);
  CHECK(fixture.in([](Tx& tx) { return tx.count_shadows("voucher@central", ""); }) == 6);
  CHECK(fixture.in([](Tx& tx) { return tx.count_shadows("voucher@central", "none"); }) == 0);

  fixture.in([](Tx& tx) { return tx.seen_clear("voucher@central", "s1"); });
  CHECK(unseen("", 10).size() == 5);
}

TEST_CASE("what was seen is scratch: gone after a restart, and rolled back with its transaction")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_shadow(shadow("a")));
    return tx.put_shadow(shadow("b"));
  });
  const auto failed = fixture.store->transact([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.seen_add("voucher@central", "s1", {"a"}));
    return fail(ErrorKind::transient, "page broke off");
  });
  CHECK_FALSE(failed.has_value());
  const auto unseen = [&] {
    return fixture.in([](Tx& tx) { return tx.unseen("voucher@central", "s1", "", 9); });
  };
  CHECK(unseen() == Keys{"a", "b"});
  fixture.in([](Tx& tx) { return tx.seen_add("voucher@central", "s1", {"a"}); });
  CHECK(unseen() == Keys{"b"});
  fixture.reopen();
  CHECK(unseen() == Keys{"a", "b"});
}

TEST_CASE("a slice adopts what it has seen, and its absences are over")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_shadow(shadow("a", "s1")));
    auto moved = shadow("b", "s0");
    moved.absences = 2;
    TRY_VOID(tx.put_shadow(moved));
    auto missed = shadow("c", "s1");
    missed.absences = 1;
    TRY_VOID(tx.put_shadow(missed));
    auto other = shadow("b", "s0");
    other.flow = "voucher@csc";
    other.absences = 1;
    TRY_VOID(tx.put_shadow(other));
    TRY_VOID(tx.seen_add("voucher@central", "s1", {"a", "b"}));
    return tx.adopt_seen("voucher@central", "s1");
  });
  const auto row = [&](const char* flow, const char* key) {
    return *fixture.in([&](Tx& tx) { return tx.shadow(flow, key); });
  };
  CHECK(row("voucher@central", "b").slice == "s1");
  CHECK(row("voucher@central", "b").absences == 0);
  CHECK(row("voucher@central", "c").absences == 1); // not seen
  CHECK(row("voucher@csc", "b").slice == "s0");
  CHECK(row("voucher@csc", "b").absences == 1);
}

TEST_CASE("marks see what the same transaction has written before")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    ShadowRow row;
    row.flow = "voucher@central";
    row.key = "a";
    row.mark.version = "1";
    TRY_VOID(tx.put_shadow(row));
    TRY(const auto first, tx.marks(row.flow, {"a", "b"}));
    CHECK((first[0] && first[0]->version == "1"));
    CHECK_FALSE(first[1].has_value());
    row.mark.version = "2";
    TRY_VOID(tx.put_shadow(row));
    TRY(const auto second, tx.marks(row.flow, {"a"}));
    CHECK((second[0] && second[0]->version == "2"));
    return {};
  });
}
