// Dates and timestamps in the forms that endpoints use.
#include "schema/types.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace gramsetu::schema;
using namespace std::chrono_literals;

namespace {

// The value, or nothing where it was refused.
template <typename T>
std::optional<T> got(gramsetu::Result<T> read)
{
  return read ? std::optional<T>(std::move(*read)) : std::nullopt;
}

constexpr std::chrono::minutes kIndia = 330min;

} // namespace

TEST_CASE("a date is read by its pattern and written back in it")
{
  const std::pair<const char*, const char*> table[] = {
      {"dd/MM/yyyy", "23/11/2026"}, {"dd-MM-yyyy", "23-11-2026"}, {"yyyy-MM-dd", "2026-11-23"},
      {"ddMMyyyy", "23112026"},     {"dd.MM.yyyy", "23.11.2026"}, {"dd MMM yyyy", "23 Nov 2026"}};
  for (const auto& [format, text] : table) {
    CHECK(got(read_date(text, format)) == "2026-11-23");
    CHECK(write_date("2026-11-23", format) == text);
  }
  CHECK(got(read_date("23 NOV 2026", "dd MMM yyyy")) == "2026-11-23");
}

TEST_CASE("a date that does not fit its pattern exactly is refused, never guessed")
{
  for (const char* bad : {"", "11/23/2026", "23/11/26", "3/11/2026", "23-11-2026", "23/11/2026 ",
                          " 23/11/2026", "23/11/20261", "31/11/2026", "29/02/2026", "00/01/2026",
                          "01/00/2026", "01/13/2026", "01/01/0000", "२३/११/२०२६", "+1/11/2026"})
    CHECK_MESSAGE(!read_date(bad, "dd/MM/yyyy"), bad);
  CHECK(got(read_date("29/02/2024", "dd/MM/yyyy")) == "2024-02-29");
  CHECK(read_date("31/11/2026", "dd/MM/yyyy").error().what ==
        "'31/11/2026' is not a date of the form dd/MM/yyyy");
}

TEST_CASE("every day of three centuries comes back in every pattern")
{
  std::mt19937_64 random(11);
  for (int i = 0; i < 2000; ++i) {
    const std::chrono::sys_days day(
        std::chrono::days(static_cast<int>(random() % 110'000) - 36'500));
    const std::string canonical = gramsetu::to_rfc3339(gramsetu::Instant(day)).substr(0, 10);
    for (const char* format : {"dd/MM/yyyy", "ddMMyyyy", "dd MMM yyyy", "yyyy-MM-dd"})
      CHECK(got(read_date(write_date(canonical, format), format)) == canonical);
  }
}

TEST_CASE("timestamps become UTC with milliseconds")
{
  CHECK(got(read_timestamp("2026-11-23T10:00:00+05:30", "iso", {})) == "2026-11-23T04:30:00.000Z");
  CHECK(got(read_timestamp("2026-11-23T04:30:00.123456Z", "iso", {})) ==
        "2026-11-23T04:30:00.123Z");
  CHECK(got(read_timestamp("2026-11-23T10:00:00", "iso", kIndia)) == "2026-11-23T04:30:00.000Z");
  CHECK(got(read_timestamp("23/11/2026 10:00:00", "dd/MM/yyyy HH:mm:ss", kIndia)) ==
        "2026-11-23T04:30:00.000Z");
  CHECK(got(read_timestamp("23112026100000", "ddMMyyyyHHmmss", kIndia)) ==
        "2026-11-23T04:30:00.000Z");
  CHECK(got(read_timestamp("1795408200123", "epoch_ms", {})) == "2026-11-23T04:30:00.123Z");
  CHECK(got(read_timestamp("1795408200", "epoch_s", {})) == "2026-11-23T04:30:00.000Z");
  CHECK(got(read_timestamp("0", "epoch_ms", {})) == "1970-01-01T00:00:00.000Z");
  CHECK(got(read_timestamp("-1", "epoch_ms", {})) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a timestamp whose zone nobody knows is refused")
{
  CHECK_FALSE(read_timestamp("2026-11-23T10:00:00", "iso", {}));
  CHECK_FALSE(read_timestamp("23/11/2026 10:00:00", "dd/MM/yyyy HH:mm:ss", {}));
  for (const char* bad : {"", "2026-11-23", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z",
                          "2026-02-30T10:00:00Z", "yesterday"})
    CHECK_MESSAGE(!read_timestamp(bad, "iso", kIndia), bad);
  for (const char* bad : {"23/11/2026 24:00:00", "23/11/2026 10:60:00", "23/11/2026 10:00:60"})
    CHECK_MESSAGE(!read_timestamp(bad, "dd/MM/yyyy HH:mm:ss", kIndia), bad);
  for (const char* bad : {"", "1e3", "12.5", "99999999999999999", "1795408200123 ", "+5"})
    CHECK_MESSAGE(!read_timestamp(bad, "epoch_ms", {}), bad);
  CHECK_FALSE(read_timestamp("9999999999999", "epoch_s", {}));
  CHECK_FALSE(read_timestamp("31/12/9999 23:59:59", "dd/MM/yyyy HH:mm:ss", -60min));
}

TEST_CASE("timestamps are written as their endpoint reads them")
{
  const char* at = "2026-11-23T04:30:00.123Z";
  CHECK(write_timestamp(at, "iso", {}) == at);
  CHECK(write_timestamp(at, "iso", kIndia) == "2026-11-23T10:00:00.123+05:30");
  CHECK(write_timestamp(at, "epoch_ms", {}) == "1795408200123");
  CHECK(write_timestamp(at, "epoch_s", {}) == "1795408200");
  CHECK(write_timestamp(at, "dd/MM/yyyy HH:mm:ss", kIndia) == "23/11/2026 10:00:00");
  for (const char* format : {"iso", "epoch_ms"})
    CHECK(got(read_timestamp(write_timestamp(at, format, kIndia), format, kIndia)) == at);
}
