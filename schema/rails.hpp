// How much one run may do to a slice before a person must look at it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gramsetu::schema {

// "5%", "200", or both, and then whichever is reached first. Neither: no limit.
struct Limit {
  std::optional<std::int64_t> share; // hundredths of a percent of the slice's records
  std::optional<std::int64_t> records;

  bool operator==(const Limit&) const = default;
};

// Every share lets pass what is no more than `at_least` records; a number of records means what it says.
struct Rails {
  Limit max_deletes{500, std::nullopt};
  Limit max_changes{5'000, std::nullopt};
  Limit max_creates{std::nullopt, 10'000}; // of a slice that has records already
  std::int64_t at_least = 20;
  bool hold_empty_source = true;
  std::int64_t sudden_drop = 2'000; // share of the records of the last complete reading
  std::int64_t null_rate = 1'000;   // share of the slice's records in which a field goes blank
  std::int64_t second_approver_above = 1'000; // records that the held run would change
  bool second_approver_for_money = false;     // a conflict or an unknown outcome of money
};

// "5%" or "2.5%" for hundredths of a percent.
std::string write_percent(std::int64_t hundredths);
// "5%", "200 records", "5% or 200 records"; "no limit".
std::string to_text(const Limit& limit);

} // namespace gramsetu::schema
