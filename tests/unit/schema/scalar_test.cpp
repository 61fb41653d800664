// Scalars of the operator's file: read whole, or not at all.
#include "schema/scalar.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::schema;
using namespace std::chrono_literals;

TEST_CASE("integers are decimal, without leading zeros, signs of plus, or grouping")
{
  CHECK(read_integer("0") == 0);
  CHECK(read_integer("-12") == -12);
  CHECK(read_integer("9223372036854775807") == INT64_MAX);
  CHECK(read_integer("-9223372036854775808") == INT64_MIN);
  for (const char* bad : {"", "-", "012", "00", "-0", "-01", "+1", "1e3", "1_000", "1,000", " 1",
                          "1 ", "0x10", "1.0", "9223372036854775808", "१२"})
    CHECK_MESSAGE(!read_integer(bad), bad);
}

TEST_CASE("flags are true and false, and nothing that YAML 1.1 took for them")
{
  CHECK(read_flag("true") == true);
  CHECK(read_flag("false") == false);
  for (const char* bad : {"", "yes", "no", "on", "off", "True", "TRUE", "1", "0", "y"})
    CHECK_MESSAGE(!read_flag(bad), bad);
}

TEST_CASE("durations are one number and one unit")
{
  CHECK(read_duration("250ms") == 250ms);
  CHECK(read_duration("30s") == 30s);
  CHECK(read_duration("15m") == 15min);
  CHECK(read_duration("2h") == 2h);
  CHECK(read_duration("2d") == 48h);
  CHECK(read_duration("3w") == 21 * 24h);
  CHECK(read_duration("3y") == 3 * 365 * 24h);
  CHECK(read_duration("0s") == 0ms);
  for (const char* bad : {"", "5", "s", "-5s", "1.5h", "1h30m", "05s", "5 s", "5S", "5min",
                          "9223372036854775807y", "300000000000y"})
    CHECK_MESSAGE(!read_duration(bad), bad);
}

TEST_CASE("a duration is written in the largest unit that divides it")
{
  CHECK(write_duration(0ms) == "0s");
  CHECK(write_duration(90s) == "90s");
  CHECK(write_duration(15min) == "15m");
  CHECK(write_duration(48h) == "2d");
  CHECK(write_duration(14 * 24h) == "2w");
  CHECK(write_duration(1500ms) == "1500ms");
  for (const char* text : {"250ms", "30s", "15m", "2h", "2d", "3w", "3y"})
    CHECK(write_duration(*read_duration(text)) == text);
}

TEST_CASE("sizes have binary units")
{
  CHECK(read_size("512B") == 512);
  CHECK(read_size("64KiB") == 65'536);
  CHECK(read_size("2MiB") == 2'097'152);
  CHECK(read_size("1GiB") == 1'073'741'824);
  for (const char* bad : {"", "64", "64KB", "64kib", "1.5MiB", "-1B", "99999999999GiB", "MiB"})
    CHECK_MESSAGE(!read_size(bad), bad);
}

TEST_CASE("percentages have at most two decimals and come as hundredths")
{
  CHECK(read_percent("5%") == 500);
  CHECK(read_percent("2.5%") == 250);
  CHECK(read_percent("0.05%") == 5);
  CHECK(read_percent("100%") == 10'000);
  for (const char* bad : {"", "%", "5", "5 %", "-5%", "05%", ".5%", "5.%", "2.555%", "5%%", "2.a%"})
    CHECK_MESSAGE(!read_percent(bad), bad);
}
