// Financial years and LGD codes.
#include "schema/shown.hpp"
#include "schema/types.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::schema;

namespace {

// The value, or nothing where it was refused.
template <typename T>
std::optional<T> got(gramsetu::Result<T> read)
{
  return read ? std::optional<T>(std::move(*read)) : std::nullopt;
}

} // namespace

TEST_CASE("a financial year is the year of its April in all its forms")
{
  CHECK(got(read_financial_year("2025-2026")) == 2025);
  CHECK(got(read_financial_year("2025-26")) == 2025);
  CHECK(got(read_financial_year("2025")) == 2025);
  CHECK(got(read_financial_year("1999-00")) == 1999);
  CHECK(got(read_financial_year("1999-2000")) == 1999);
  for (const char* bad : {"", "2025-2025", "2025-2027", "2025-27", "2025/26", "25-26", "2025-",
                          "202", "2025-026", "20255", "0025", "2025-26 ", "FY2025"})
    CHECK_MESSAGE(!read_financial_year(bad), bad);
  for (const char* format : {"2025-2026", "2025-26", "2025"}) {
    CHECK(write_financial_year(2025, format) == format);
    CHECK(got(read_financial_year(write_financial_year(1999, format))) == 1999);
  }
}

TEST_CASE("the financial year changes on the first of April")
{
  CHECK(financial_year_of("2026-03-31") == 2025);
  CHECK(financial_year_of("2026-04-01") == 2026);
  CHECK(financial_year_of("2026-12-31") == 2026);
  CHECK(financial_year_of("2026-01-01") == 2025);
}

TEST_CASE("a code is its digits without leading zeros")
{
  CHECK(got(read_code("0309")) == "309");
  CHECK(got(read_code("309.0")) == "309");
  CHECK(got(read_code("309")) == "309");
  CHECK(got(read_code("02925")) == "2925");
  for (const char* bad : {"", "0", "000000", "0.0", "309.5", "309.", "-309", "30a", " 309", "३०९",
                          "1234567890123456789"})
    CHECK_MESSAGE(!read_code(bad), bad);
}

TEST_CASE("foreign text is shown short and harmless")
{
  CHECK(shown("plain") == "plain");
  CHECK(shown("a\nb\x1b[31m") == "a?b?[31m");
  CHECK(shown("x\xFFy") == "x?y");
  const std::string long_one = std::string(39, 'x') + "\xE0\xA4\x97" + "tail";
  CHECK(shown(long_one) == std::string(39, 'x') + "...");
}
