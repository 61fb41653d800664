// Errors travel outwards with their context, and TRY leaves at the first.
#include "base/result.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace gramsetu;

namespace {

Result<int> half(int number)
{
  if (number % 2 != 0) return fail(ErrorKind::invalid, "odd");
  return number / 2;
}

Result<int> quarter(int number, int& steps)
{
  TRY(const int first, half(number));
  ++steps;
  TRY(const int second, half(first));
  ++steps;
  return second;
}

Result<void> wrap(int number)
{
  if (auto result = half(number); !result) return within("halving", std::move(result.error()));
  TRY_VOID(Result<void>());
  return {};
}

} // namespace

TEST_CASE("TRY gives the value or leaves with the error")
{
  int steps = 0;
  CHECK(*quarter(8, steps) == 2);
  CHECK(steps == 2);
  CHECK(quarter(6, steps).error().what == "odd");
  CHECK(steps == 3);
  CHECK(quarter(5, steps).error().kind == ErrorKind::invalid);
  CHECK(steps == 3);
}

TEST_CASE("a value that cannot be copied comes through")
{
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(3); };
  const auto use = [&]() -> Result<int> {
    TRY(const std::unique_ptr<int> number, make());
    return *number;
  };
  CHECK(*use() == 3);
}

TEST_CASE("context is put before the words, and the kind stays")
{
  const auto result = wrap(3);
  REQUIRE_FALSE(result);
  CHECK(result.error().what == "halving: odd");
  CHECK(result.error().kind == ErrorKind::invalid);
  CHECK(wrap(2));
}

TEST_CASE("every kind has a name of its own")
{
  std::string names;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::cancelled); ++kind) {
    const auto name = name_of(static_cast<ErrorKind>(kind));
    CHECK(name != "unknown");
    CHECK(names.find(name) == std::string::npos);
    names += name;
  }
}
