// Sums over records: whatever the order, ranges add up to the whole, and one record more or less shows.
#include "daemon/engine/verify/ranges.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

using namespace gramsetu;
using namespace gramsetu::engine;

namespace {

using Records = std::vector<std::pair<std::string, Digest>>;

Records records(std::size_t count)
{
  Records all;
  for (std::size_t i = 0; i < count; ++i)
    all.emplace_back("V" + std::to_string(i), sha256(std::to_string(i * 7)));
  return all;
}

Ranges sums_of(const Records& here, const Records& there)
{
  Ranges ranges;
  for (const auto& [key, digest] : here)
    ranges.add_hub(key, digest);
  for (const auto& [key, digest] : there)
    ranges.add_endpoint(key, digest);
  return ranges;
}

} // namespace

TEST_CASE("a record adds the digest of its key and of its own digest")
{
  // Computed by Python's hashlib: sha256(b"V1" + sha256(b"seven").digest()).
  CHECK(to_hex(entry_of("V1", sha256("seven"))) ==
        "bb3ed7c2bbf06a98ac716ed7b33e231135c0807a3cb33847831e91af80b04dad");
  Ranges ranges;
  ranges.add_hub("V1", sha256("seven"));
  ranges.add_hub("V2", sha256("eight"));
  CHECK(ranges.whole().hub.count == 2);
  CHECK(to_hex(ranges.whole().hub.sum) ==
        "53cc7fb217dd2661f93644a664bcbac330e5cdcd274994731e432d48e72b1a62");
}

TEST_CASE("sums do not depend on the order in which records come")
{
  auto shuffled = records(1000);
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937_64(7));
  const auto ranges = sums_of(records(1000), shuffled);
  CHECK(ranges.agree());
  CHECK(ranges.whole().hub == ranges.whole().endpoint);
}

TEST_CASE("the ranges add up to the whole, and there are as many as the records ask for")
{
  for (const auto& [count, ranges_wanted, digits] :
       {std::tuple{0, 0, 0}, {1, 1, 0}, {256, 1, 0}, {257, 16, 1}, {4096, 16, 1}, {4097, 256, 2}}) {
    CAPTURE(count);
    const auto ranges = sums_of(records(static_cast<std::size_t>(count)), {});
    const auto list = ranges.list();
    REQUIRE(list.size() == static_cast<std::size_t>(ranges_wanted));
    Sum all;
    for (const auto& range : list) {
      CHECK(range.name.size() == static_cast<std::size_t>(digits));
      all.count += range.hub.count;
      accumulate(all.sum, range.hub.sum);
    }
    CHECK(all == ranges.whole().hub);
    CHECK(std::is_sorted(list.begin(), list.end(),
                         [](const Range& a, const Range& b) { return a.name < b.name; }));
  }
}

TEST_CASE("a key falls into the range that its digest begins with")
{
  const auto list = sums_of(records(5000), {}).list();
  for (const auto& [key, digest] : records(20)) {
    const auto name = to_hex(sha256(key)).substr(0, 2);
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&](const Range& range) { return range.name == name; });
    CHECK(found != list.end());
  }
}

TEST_CASE("a lost, a doubled, a changed and an exchanged record show")
{
  const auto all = records(300);
  const auto differ = [&](const Records& there) { return !sums_of(all, there).agree(); };
  auto lost = all;
  lost.pop_back();
  CHECK(differ(lost));
  auto doubled = all; // twice the same would vanish from an exclusive or
  doubled.push_back(all[0]);
  doubled.push_back(all[0]);
  CHECK(differ(doubled));
  auto changed = all;
  changed[5].second = sha256("other");
  CHECK(differ(changed));
  auto exchanged = all; // each key with the other's values
  std::swap(exchanged[1].second, exchanged[2].second);
  CHECK(differ(exchanged));
}

TEST_CASE("what is left out is counted in its range and in no sum")
{
  Ranges ranges;
  ranges.leave_out("V1");
  ranges.leave_out("V2");
  REQUIRE(ranges.list().size() == 1);
  CHECK(ranges.list()[0].left_out == 2);
  CHECK(ranges.whole().hub.count == 0);
  CHECK(ranges.agree());
}
