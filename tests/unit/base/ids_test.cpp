// Ids are repeatable from a seed, different without one, and sort by time.
#include "base/ids.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <set>

using namespace gramsetu;

TEST_CASE("a run's id begins with its time, so that runs sort as they happened")
{
  Ids ids(7);
  const Instant at = *from_rfc3339("2026-11-23T10:00:00+05:30");
  const std::string first = ids.run(at), second = ids.run(at + std::chrono::seconds(1));
  CHECK(first.starts_with("20261123T043000-"));
  CHECK(first.size() == std::string("20261123T043000-7f3a9c").size());
  CHECK(first < second);
}

TEST_CASE("the same seed gives the same ids, another seed others")
{
  Ids one(7), same(7), other(8);
  const std::string key = one.idempotency_key();
  CHECK(key == same.idempotency_key());
  CHECK(key != other.idempotency_key());
  CHECK(key.size() == 32);
  CHECK(key.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("keys do not repeat, and jitter stays below its bound and reaches all of it")
{
  Ids ids;
  std::set<std::string> keys;
  std::set<std::uint64_t> drawn;
  for (int i = 0; i < 1000; ++i) {
    keys.insert(ids.idempotency_key());
    drawn.insert(ids.below(5));
  }
  CHECK(keys.size() == 1000);
  CHECK(drawn == std::set<std::uint64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("ids are small: an endpoint has three, a hub a hundred endpoints")
{
  CHECK(sizeof(Ids) <= 128);
}

TEST_CASE("every bit of a key is as often set as not")
{
  Ids ids(7);
  std::array<int, 128> set{};
  constexpr int keys = 4000;
  for (int i = 0; i < keys; ++i) {
    const auto key = ids.idempotency_key();
    for (std::size_t bit = 0; bit < set.size(); ++bit)
      set[bit] += std::stoi(key.substr(bit / 4, 1), nullptr, 16) >> (bit % 4) & 1;
  }
  for (const int count : set) // six standard deviations
    CHECK(std::abs(count - keys / 2) < 190);
}
