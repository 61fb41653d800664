// The places of the district, and the machinery that fills streams.
#include "tests/endpoints/district.hpp"

#include "schema/types.hpp"
#include "tests/endpoints/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace gramsetu::sim {

namespace {

namespace chr = std::chrono;

constexpr std::int64_t kDay = 86'400'000;
constexpr std::size_t kPanchayatsABlock = 20;
constexpr std::size_t kBlocksASubdistrict = 3;

schema::Object place(std::int64_t code, const Name& name, int census)
{
  return object({{"code", code},
                 {"name", name.english},
                 {"local", name.local},
                 {"census2001", "000000"},
                 {"census2011", census == 0 ? "000000" : fmt::format("{:06}", census)},
                 {"ss", ""}});
}

schema::Object with(schema::Object record,
                    std::initializer_list<std::pair<const char*, std::int64_t>> members)
{
  for (const auto& [name, value] : members)
    record.set(name, value);
  return record;
}

} // namespace

schema::Object object(std::initializer_list<std::pair<const char*, schema::Value>> members)
{
  schema::Object result;
  for (const auto& [name, value] : members)
    result.append(name, value);
  return result;
}

std::string rupees(std::mt19937_64& random, std::uint64_t least, std::uint64_t most)
{
  const std::uint64_t whole = least + random() % (most - least + 1);
  return fmt::format("{}.{:02}", whole, random() % 4 == 0 ? random() % 100 : 0);
}

District::District(const DistrictOptions& options) : options_(options)
{
  const std::size_t count = std::max<std::size_t>(options.gram_panchayats, 1);
  blocks_ = (count + kPanchayatsABlock - 1) / kPanchayatsABlock;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<std::int64_t>(i);
    const auto block = static_cast<std::int64_t>(i % blocks_);
    const Name name = place_name(i);
    panchayats_.push_back({245'101 + number, 2711 + block,
                           2251 + block / static_cast<std::int64_t>(kBlocksASubdistrict),
                           321'001 + number * 3, 1 + number % 4, name.english, name.local});
  }
}

void District::fill(LgdEndpoint& lgd) const
{
  const auto put = [&](const char* stream, schema::Object record) {
    (void)lgd.add(stream, std::move(record)); // the streams are known
  };
  put("states", place(9, {"Uttar Pradesh", "उत्तर प्रदेश"}, 9));
  put("states", place(kState, {"West Bengal", "পশ্চিমবঙ্গ"}, 19));
  put("states", place(28, {"Andhra Pradesh", "ANDHRA PRADESH"}, 28));
  put("districts",
      with(place(kDistrict, {"Jalpaiguri", "জলপাইগুড\u09BCি"}, 328), {{"state", kState}}));
  put("districts", with(place(310, {"Koch Bihar", "কোচবিহার"}, 329), {{"state", kState}}));
  put("districts", with(place(118, {"Agra", "आगरा"}, 146), {{"state", 9}}));

  const auto blocks = static_cast<std::int64_t>(blocks_);
  const auto subdistricts = (blocks + static_cast<std::int64_t>(kBlocksASubdistrict) - 1) /
                            static_cast<std::int64_t>(kBlocksASubdistrict);
  for (std::int64_t i = 0; i < subdistricts; ++i)
    put("subdistricts", with(place(2251 + i, place_name(static_cast<std::uint64_t>(300 + i)),
                                   static_cast<int>(2251 + i)),
                             {{"state", kState}, {"district", kDistrict}}));
  const auto body = [&](std::int64_t code, const Name& name, std::int64_t type,
                        std::int64_t parent) {
    schema::Object record =
        with(place(code, name, 0),
             {{"state", kState}, {"district", kDistrict}, {"type", type}, {"parent", parent}});
    record.set("type_name", type == 1   ? "District Panchayat"
                            : type == 2 ? "Intermediate Panchayat"
                                        : "Village Panchayat");
    return record;
  };
  put("local_bodies", body(240'001, {"Jalpaiguri", "জলপাইগুড\u09BCি"}, 1, 0));
  for (std::int64_t i = 0; i < blocks; ++i) {
    const Name name = place_name(static_cast<std::uint64_t>(200 + i));
    put("blocks", with(place(2711 + i, name, 0), {{"state", kState}, {"district", kDistrict}}));
    put("local_bodies", body(240'101 + i, name, 2, 240'001));
  }
  for (std::size_t i = 0; i < panchayats_.size(); ++i) {
    const Panchayat& one = panchayats_[i];
    put("local_bodies", with(body(one.code, {one.name, one.local}, 3, 240'101 + one.block - 2711),
                             {{"block", one.block}}));
    for (std::int64_t v = 0; v < (i % 3 == 0 ? 2 : 3); ++v)
      put("villages",
          with(place(one.village + v, place_name(i * 3 + static_cast<std::uint64_t>(v) + 500),
                     static_cast<int>(one.village + v)),
               {{"state", kState},
                {"district", kDistrict},
                {"subdistrict", one.subdistrict},
                {"block", one.block}}));
  }
}

const Panchayat& District::panchayat(std::size_t number) const
{
  return panchayats_[number % panchayats_.size()];
}

schema::Object District::lgd_member(const Panchayat& one) const
{
  return object({{"stateCode", kState},
                 {"districtCode", kDistrict},
                 {"blockCode", one.block},
                 {"gpCode", one.code},
                 {"gpVersion", one.version}});
}

namespace {

// The first half of the financial year, so that no day of it is in the future for long.
chr::sys_days day_of(int year, std::uint64_t number)
{
  return chr::sys_days(chr::year(year) / chr::April / 1) +
         chr::days(static_cast<int>(number % 183));
}

} // namespace

std::string District::day(std::uint64_t number, char order) const
{
  const chr::year_month_day date(day_of(options_.year, number));
  const int year = static_cast<int>(date.year());
  const auto month = static_cast<unsigned>(date.month());
  const auto in_month = static_cast<unsigned>(date.day());
  return order == 'd' ? fmt::format("{:02}/{:02}/{:04}", in_month, month, year)
                      : fmt::format("{:04}-{:02}-{:02}", year, month, in_month);
}

std::int64_t District::moment(std::uint64_t number) const
{
  return day_of(options_.year, number).time_since_epoch().count() * kDay +
         static_cast<std::int64_t>(number % 480) * 60'000 + 16'200'000; // 10:00 to 18:00 in India
}

std::string District::year_text() const
{
  return schema::write_financial_year(options_.year, "2025-2026");
}

void District::fill_stream(RestEndpoint& endpoint, const std::string& stream, std::size_t count,
                           Make make) const
{
  // A generator for each stream, so that more of one leaves the others as they are.
  std::seed_seq seeds(stream.begin(), stream.end());
  std::mt19937_64 random(seeds);
  random.discard(options_.seed % 1000);
  random.seed(random() ^ options_.seed);
  // Last changed 400 to 10 days ago: farther back than any lookback reaches.
  const std::int64_t from = options_.now - 400 * kDay;
  for (std::size_t i = 0; i < count; ++i) {
    const auto step =
        static_cast<std::int64_t>(i) * (390 * kDay / static_cast<std::int64_t>(count));
    endpoint.seed(stream, (this->*make)(i, random), from + step);
  }
}

void District::fill_central(RestEndpoint& central) const
{
  const std::size_t count = panchayats_.size();
  fill_stream(central, "schemes", 6, &District::scheme);
  fill_stream(central, "plans", count, &District::plan);
  fill_stream(central, "activities", count * 9, &District::activity);
  fill_stream(central, "assets", count * 3, &District::asset);
  fill_stream(central, "allocations", count * 4, &District::allocation);
  fill_stream(central, "representatives", count * 12, &District::representative);
  fill_stream(central, "account_books", count * 3, &District::account_book);
  fill_stream(central, "vouchers", options_.vouchers, &District::voucher);
}

void District::fill_state(RestEndpoint& state) const
{
  const std::size_t count = panchayats_.size();
  fill_stream(state, "meetings", count * 6, &District::meeting);
  fill_stream(state, "service_requests", options_.service_requests / 4, &District::state_request);
  fill_stream(state, "training", count * 3, &District::training);
  fill_stream(state, "survey_responses", count * 10, &District::state_survey);
}

void District::fill_csc(RestEndpoint& csc) const
{
  fill_stream(csc, "service_requests", options_.service_requests, &District::csc_request);
  fill_stream(csc, "survey_responses", panchayats_.size() * 5, &District::csc_survey);
}

} // namespace gramsetu::sim
