// Applications for services in a district of 300 panchayats, in English and in Hindi.
#include "tests/bench/records.hpp"

#include "tests/endpoints/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace gramsetu::bench {

namespace {

constexpr std::string_view kPrefix = "WB-JAL-2026-";
constexpr std::size_t kDigits = 8;
constexpr std::array kServices = {"जन्म प्रमाण पत्र", "मृत्यु प्रमाण पत्र", "आय प्रमाण पत्र",
                                  "जाति प्रमाण पत्र", "निवास प्रमाण पत्र"};
constexpr std::array kStatuses = {"SUBMITTED", "UNDER_REVIEW", "APPROVED", "DELIVERED"};
constexpr std::array kChannels = {"CSC", "COUNTER", "PORTAL", "MOBILE"};

// 1 January 2026, UTC.
constexpr Instant kFirst{std::chrono::milliseconds(1'767'225'600'000)};

std::size_t place_of(std::size_t number)
{
  return 245'101 + number % kPlaces;
}

std::string or_else(const std::string& entered, std::string made)
{
  return entered.empty() ? std::move(made) : entered;
}

} // namespace

std::string key_of(std::size_t number)
{
  return fmt::format("{}{:0{}}", kPrefix, number, kDigits);
}

std::optional<std::size_t> number_of(std::string_view key)
{
  if (!key.starts_with(kPrefix) || key.size() != kPrefix.size() + kDigits) return std::nullopt;
  key.remove_prefix(kPrefix.size());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
  if (error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  return number;
}

void append_record(std::string& out, std::size_t number, const Moving& moving)
{
  const auto person = sim::person_name(number);
  const auto place = sim::place_name(number % kPlaces);
  const auto day = 1 + number % 28, month = 1 + number / 28 % 12;
  const auto entered = moving.entered ? *moving.entered : Entered{};
  const auto address =
      or_else(entered.address, fmt::format("{}, {}", 1 + number % 997, place.english));
  const auto office = or_else(entered.office, fmt::format("Block {}", number % 13));
  fmt::format_to(
      std::back_inserter(out),
      R"({{"applId":"{}","lgd":{{"stateCode":"19","districtCode":"309","gpCode":"{}"}},)"
      R"("serviceCd":"S{}","serviceNm":"{}","channel":"{}","operatorId":"{}",)"
      R"("applicantNm":"{}","mobileNo":"98{:08}","address":"{}",)"
      R"("submissionDate":"{:02}/{:02}/2026 {:02}:{:02}:00","dueDate":"{:02}/{:02}/2027",)"
      R"("status":"{}","pendingWith":"{}","fee":"{}.50","paymentRefNo":"U{:08}",)"
      R"("modifiedOn":"{}","rowVersion":{},"isDeleted":"N"}})",
      key_of(number), place_of(number), number % 5, kServices[number % 5], kChannels[number % 4],
      190'309'000 + number % 211, person.local, number % 100'000'000, address, day, month,
      8 + number % 9, number % 60, day, month, kStatuses[number / 7 % 4], office, number % 200,
      number, to_rfc3339(kFirst + std::chrono::seconds(moving.modified)), moving.version);
}

std::string places_json()
{
  std::string json = R"({"records":[)";
  for (std::size_t i = 0; i < kPlaces; ++i) {
    const auto name = sim::place_name(i);
    fmt::format_to(
        std::back_inserter(json),
        R"({}{{"code":"{}","name":"{}","nameLocal":"{}","stateCode":"19","districtCode":"309"}})",
        i == 0 ? "" : ",", place_of(i), name.english, name.local);
  }
  return json + "]}";
}

std::uint32_t modified_at(Instant at)
{
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at - kFirst).count();
  return static_cast<std::uint32_t>(std::max<std::int64_t>(seconds, 0));
}

By changed_by(std::size_t number, unsigned round)
{
  // Spread evenly: the worst case, as no page is left alone. Two hundredths move with the round.
  const auto hundredth = number % 100;
  const bool tenth = number / 100 % 10 == 0;
  if (hundredth == round % 50) return tenth ? By::nobody : By::endpoint;
  if (hundredth == 50 + round % 50) return tenth ? By::both : By::hub;
  return By::nobody;
}

std::string address_of(std::size_t number, unsigned round, std::string_view side)
{
  return fmt::format("{}, lane {}, says the {}", 1 + number % 997, round, side);
}

} // namespace gramsetu::bench
