// A generated district: its places, and what its systems know about them. The same seed, the same district.
#pragma once

#include "tests/endpoints/lgd.hpp"
#include "tests/endpoints/rest.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace gramsetu::sim {

struct DistrictOptions {
  std::uint64_t seed = 7;
  std::size_t gram_panchayats = 40;
  std::size_t vouchers = 2000;
  std::size_t service_requests = 800; // at the CSC; a quarter of them also at the state
  int year = 2026;                    // the April of the financial year that records are of
  std::int64_t now = 0;               // epoch milliseconds; records last changed long before
};

struct Panchayat {
  std::int64_t code = 0, block = 0, subdistrict = 0, village = 0, version = 1;
  std::string name, local;
};

class District {
public:
  static constexpr std::int64_t kState = 19, kDistrict = 309;

  explicit District(const DistrictOptions& options);

  void fill(LgdEndpoint& lgd) const;
  void fill_central(RestEndpoint& central) const;
  void fill_state(RestEndpoint& state) const;
  void fill_csc(RestEndpoint& csc) const;

  const std::vector<Panchayat>& panchayats() const { return panchayats_; }

private:
  using Make = schema::Object (District::*)(std::size_t, std::mt19937_64&) const;
  void fill_stream(RestEndpoint& endpoint, const std::string& stream, std::size_t count,
                   Make make) const;
  const Panchayat& panchayat(std::size_t number) const;
  schema::Object lgd_member(const Panchayat& panchayat) const;
  std::string day(std::uint64_t number, char order) const; // of the year; 'd' dd/MM/yyyy, 'y' ISO
  std::int64_t moment(std::uint64_t number) const;         // the same day with a time, epoch ms
  std::string year_text() const;                           // "2026-2027"

  schema::Object voucher(std::size_t i, std::mt19937_64& random) const;
  schema::Object account_book(std::size_t i, std::mt19937_64& random) const;
  schema::Object plan(std::size_t i, std::mt19937_64& random) const;
  schema::Object activity(std::size_t i, std::mt19937_64& random) const;
  schema::Object asset(std::size_t i, std::mt19937_64& random) const;
  schema::Object scheme(std::size_t i, std::mt19937_64& random) const;
  schema::Object allocation(std::size_t i, std::mt19937_64& random) const;
  schema::Object representative(std::size_t i, std::mt19937_64& random) const;
  schema::Object meeting(std::size_t i, std::mt19937_64& random) const;
  schema::Object state_request(std::size_t i, std::mt19937_64& random) const;
  schema::Object training(std::size_t i, std::mt19937_64& random) const;
  schema::Object state_survey(std::size_t i, std::mt19937_64& random) const;
  schema::Object csc_request(std::size_t i, std::mt19937_64& random) const;
  schema::Object csc_survey(std::size_t i, std::mt19937_64& random) const;

  const DistrictOptions options_;
  std::vector<Panchayat> panchayats_;
  std::size_t blocks_ = 2;
};

// Members written in one go: `object({{"a", 1}, {"b", "x"}})`.
schema::Object object(std::initializer_list<std::pair<const char*, schema::Value>> members);
// "12345.60", between the two bounds in rupees.
std::string rupees(std::mt19937_64& random, std::uint64_t least, std::uint64_t most);

} // namespace gramsetu::sim
