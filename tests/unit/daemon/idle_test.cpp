// When a process counts as idle, and when that is worth acting on.
#include "daemon/runtime/idle.hpp"

#include <doctest/doctest.h>

using gramsetu::Footprint;
using gramsetu::Ticks;
using gramsetu::runtime::Idle;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMebibyte = 1 << 20;

// Looks every five seconds.
class Looks {
public:
  bool next(std::size_t mebibytes, std::chrono::milliseconds worked = 4ms, bool busy = false)
  {
    now_ += Idle::kLook;
    processor_ += worked;
    return idle_.look(now_, busy, {processor_, mebibytes * kMebibyte});
  }

  // How often memory was given back in so many looks.
  int count(int looks, std::size_t mebibytes)
  {
    int given = 0;
    for (int i = 0; i < looks; ++i)
      given += next(mebibytes) ? 1 : 0;
    return given;
  }

private:
  Idle idle_;
  Ticks now_{1h};
  std::chrono::nanoseconds processor_{};
};

} // namespace

TEST_CASE("after the start, memory is given back once it is quiet, and once")
{
  Looks looks;
  CHECK_FALSE(looks.next(30, 200ms)); // since when, nobody knows
  CHECK_FALSE(looks.next(30, 200ms)); // it still worked
  CHECK(looks.next(30));
  CHECK(looks.count(1000, 10) == 0); // what is needed all the same comes again, and stays
}

TEST_CASE("not while something is under way, however quiet, nor after work")
{
  Looks looks;
  looks.next(30);
  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(looks.next(30, 4ms, true));
  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(looks.next(30, 51ms));
  CHECK(looks.next(30, 49ms));
}

TEST_CASE("after a run it is given back again, and not twice within a minute")
{
  Looks looks;
  looks.next(30);
  REQUIRE(looks.next(30));
  CHECK_FALSE(looks.next(10));
  CHECK_FALSE(looks.next(40, 4s, true)); // a run, 15 seconds after the first time
  CHECK(looks.count(9, 40) == 0);
  CHECK(looks.next(40)); // a minute after
  CHECK(looks.count(1000, 10) == 0);
}

TEST_CASE("a run right after it was given back does not make its own memory the usual one")
{
  Looks looks;
  looks.next(30);
  REQUIRE(looks.next(30));
  CHECK_FALSE(looks.next(60, 4s, true));
  CHECK(looks.count(100, 60) == 1);
}

TEST_CASE("less than a mebibyte is not worth it")
{
  Looks looks;
  looks.next(30);
  REQUIRE(looks.next(30));
  CHECK(looks.count(100, 10) == 0);
  CHECK(looks.count(100, 11) == 1);
}
