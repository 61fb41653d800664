// Money and decimals, exact from the wire and back.
#include "schema/types.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace gramsetu::schema;

namespace {

// The value, or nothing where it was refused.
template <typename T>
std::optional<T> got(gramsetu::Result<T> read)
{
  return read ? std::optional<T>(std::move(*read)) : std::nullopt;
}

// Indian grouping of a whole number, to compare with.
std::string grouped(std::string digits)
{
  for (std::size_t at = digits.size(), step = 3; at > step; step = 2) {
    at -= step;
    digits.insert(at, ",");
  }
  return digits;
}

std::string problem(std::string_view text, MoneyUnit unit)
{
  const auto read = read_money(text, unit);
  return read ? "none" : read.error().what;
}

} // namespace

TEST_CASE("rupees are read with Indian grouping or none")
{
  const std::pair<const char*, std::int64_t> table[] = {{"0", 0},
                                                        {"1", 100},
                                                        {"0.01", 1},
                                                        {"0.5", 50},
                                                        {"-0", 0},
                                                        {"-12.50", -1250},
                                                        {"1250", 125'000},
                                                        {"1,250", 125'000},
                                                        {"12,500.00", 1'250'000},
                                                        {"1,25,000.50", 12'500'050},
                                                        {"-1,25,000.50", -12'500'050},
                                                        {"4,35,00,00,00,000", 435'000'000'000'00},
                                                        {"007.50", 750},
                                                        {"92233720368547758.07", INT64_MAX},
                                                        {"-92233720368547758.08", INT64_MIN}};
  for (const auto& [text, paise] : table)
    CHECK_MESSAGE(got(read_money(text, MoneyUnit::rupees)) == paise, text);
}

TEST_CASE("an amount that could mean two things is refused")
{
  for (const char* bad : {"",
                          " ",
                          "-",
                          ".",
                          "1.",
                          ".5",
                          "--1",
                          "+1",
                          "1e2",
                          "1E2",
                          "NaN",
                          "1_000",
                          "1 000",
                          "12.345",
                          "1,250,000",
                          "125,000",
                          "1,25",
                          "12,5",
                          "1,25,00",
                          ",125",
                          "1,,250",
                          "1,250,",
                          "0,500",
                          "1,25,000,5",
                          "1.2.3",
                          "1.2,5",
                          "1.25,000",
                          "\xE0\xA5\xA7\xE0\xA5\xA6\xE0\xA5\xA6",
                          "Rs.5",
                          "5/-",
                          "0x10",
                          "92233720368547758.08",
                          "99999999999999999999999999999999"})
    CHECK_MESSAGE(!read_money(bad, MoneyUnit::rupees), bad);
}

TEST_CASE("the message says what is wrong with an amount")
{
  CHECK(problem("12.345", MoneyUnit::rupees) ==
        "amount '12.345' has three decimals; paise allow two");
  CHECK(problem("1.5", MoneyUnit::paise) == "amount '1.5' has one decimal; paise allow no");
  CHECK(problem("1,250,000", MoneyUnit::rupees) ==
        "'1,250,000' is not an amount such as 125000.50 or 1,25,000.50");
  CHECK(problem("99999999999999999999", MoneyUnit::rupees) ==
        "amount '99999999999999999999' is too large");
  CHECK(problem(std::string(5000, 'x'), MoneyUnit::rupees).size() < 140);
}

TEST_CASE("coarser units come out in whole paise")
{
  CHECK(got(read_money("1.25", MoneyUnit::lakh)) == 12'500'000);
  CHECK(got(read_money("0.0000001", MoneyUnit::lakh)) == 1);
  CHECK(got(read_money("1", MoneyUnit::crore)) == 1'000'000'000);
  CHECK(got(read_money("0.000000001", MoneyUnit::crore)) == 1);
  CHECK(got(read_money("4,35,000", MoneyUnit::crore)) == 435'000'000'000'000);
  CHECK_FALSE(read_money("0.00000001", MoneyUnit::lakh));
  CHECK_FALSE(read_money("0.0000000001", MoneyUnit::crore));
  CHECK_FALSE(read_money("1.5", MoneyUnit::paise));
}

TEST_CASE("amounts are written without grouping, rupees with two decimals")
{
  CHECK(write_money(12'500'050, MoneyUnit::rupees) == "125000.50");
  CHECK(write_money(-5, MoneyUnit::rupees) == "-0.05");
  CHECK(write_money(0, MoneyUnit::rupees) == "0.00");
  CHECK(write_money(-1250, MoneyUnit::paise) == "-1250");
  CHECK(write_money(12'500'000, MoneyUnit::lakh) == "1.25");
  CHECK(write_money(1'000'000'000, MoneyUnit::crore) == "1");
  CHECK(write_money(INT64_MIN, MoneyUnit::rupees) == "-92233720368547758.08");
}

TEST_CASE("every amount comes back the same in every unit")
{
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const auto paise = static_cast<std::int64_t>(random() >> (random() % 60));
    for (const MoneyUnit unit :
         {MoneyUnit::paise, MoneyUnit::rupees, MoneyUnit::lakh, MoneyUnit::crore}) {
      CHECK(got(read_money(write_money(paise, unit), unit)) == paise);
      CHECK(got(read_money(write_money(-paise, unit), unit)) == -paise);
    }
    const std::string rupees = std::to_string((paise & INT64_MAX) / 100);
    CHECK(got(read_money(grouped(rupees), MoneyUnit::rupees)) ==
          got(read_money(rupees, MoneyUnit::rupees)));
  }
}

TEST_CASE("decimals come out in one form")
{
  CHECK(got(read_decimal("-12.50")) == "-12.5");
  CHECK(got(read_decimal("0012")) == "12");
  CHECK(got(read_decimal("-0.00")) == "0");
  CHECK(got(read_decimal("0.10")) == "0.1");
  CHECK(got(read_decimal("100")) == "100");
  CHECK(got(read_decimal("999999999999999999.999999999999999999")) ==
        "999999999999999999.999999999999999999");
  CHECK(got(read_decimal("0000000000000000000001")) == "1");
  for (const char* bad : {"", "-", "1.", ".5", "1e3", "1,000", "1000000000000000000",
                          "0.1234567890123456789", "+1", " 1", "१"})
    CHECK_MESSAGE(!read_decimal(bad), bad);
}
