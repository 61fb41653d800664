// Twins: the scratch of a comparison.
#include "tests/unit/store/fixture.hpp"

using namespace gramsetu;
using namespace gramsetu::store;
using namespace gramsetu::test;

namespace {

TwinRow twin(const std::string& key, const std::string& flow = "voucher@central")
{
  TwinRow row;
  row.flow = flow;
  row.key = key;
  row.slice = "all";
  row.there = true;
  row.digest = digest_of(key);
  row.theirs = "{}";
  return row;
}

std::string keys(const std::vector<TwinRow>& rows)
{
  std::string text;
  for (const auto& row : rows)
    text += row.key;
  return text;
}

} // namespace

TEST_CASE("twins come back in key order, a flow at a time, or those that differ")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (const auto* key : {"c", "a", "d", "b"})
      TRY_VOID(tx.put_twin(twin(key)));
    auto other = twin("e", "voucher@csc");
    TRY_VOID(tx.put_twin(other));
    auto differs = twin("b");
    differs.differs = true;
    differs.ours = R"({"a":1})";
    return tx.put_twin(differs);
  });
  const auto read = [&](const char* after, std::size_t limit, bool differing) {
    return fixture.in([&](Tx& tx) { return tx.twins("voucher@central", after, limit, differing); });
  };
  CHECK(keys(read("", 10, false)) == "abcd");
  CHECK(keys(read("a", 2, false)) == "bc");
  REQUIRE(keys(read("", 10, true)) == "b");
  const auto row = read("", 10, true)[0];
  CHECK(row.digest == digest_of("b"));
  CHECK(row.slice == "all");
  CHECK(row.there);
  CHECK(row.ours == R"({"a":1})");
  CHECK(row.theirs == "{}");
  fixture.in([](Tx& tx) { return tx.twins_clear("voucher@central"); });
  CHECK(read("", 10, false).empty());
  CHECK(fixture.in([](Tx& tx) { return tx.twins("voucher@csc", "", 10, false); }).size() == 1);
}

TEST_CASE("what was left out stays so, and a later sighting replaces the rest")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    auto open = twin("a");
    open.there = false;
    open.left_out = true;
    TRY_VOID(tx.put_twin(open));
    return tx.put_twin(twin("a"));
  });
  const auto row =
      fixture.in([](Tx& tx) { return tx.twins("voucher@central", "", 10, false); }).at(0);
  CHECK(row.left_out);
  CHECK(row.there);
  fixture.reopen(); // scratch: nothing of it is kept
  CHECK(fixture.in([](Tx& tx) { return tx.twins("voucher@central", "", 10, false); }).empty());
}
