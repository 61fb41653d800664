// What the central endpoint knows of the district, in its own words.
#include "tests/endpoints/district.hpp"
#include "tests/endpoints/names.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::sim {

namespace {

struct Scheme {
  const char *code, *name, *local, *kind, *award;
  bool tied;
};

constexpr std::array<Scheme, 6> kSchemes = {
    {{"XVIFC", "Sixteenth Finance Commission", "सोलहवाँ वित्त आयोग", "FC", "FC-XVI", false},
     {"XVIFC-T", "Sixteenth Finance Commission, tied", "", "FC", "FC-XVI", true},
     {"SFC", "State Finance Commission", "রাজ্য অর্থ কমিশন", "STATE", "", false},
     {"MGNREGA", "Mahatma Gandhi NREGA", "मनरेगा", "CSS", "", true},
     {"OSR", "Own Source Revenue", "নিজস্ব আয\u09BC", "OSR", "", false},
     {"SBM-G", "Swachh Bharat Mission (Gramin)", "স্বচ্ছ ভারত", "CSS", "", true}}};

constexpr std::array<const char*, 6> kWorks = {"Road",        "Drain",         "Tube well",
                                               "School wall", "Street lights", "Compost pit"};
constexpr std::array<const char*, 6> kHeads = {"2210 - Health and Family Welfare",
                                               "2215 - Water Supply and Sanitation",
                                               "2515 - Other Rural Development Programmes",
                                               "3054 - Roads and Bridges",
                                               "0515 - Receipts of Panchayats",
                                               "2202 - General Education"};
constexpr std::array<const char*, 4> kPosts = {"Pradhan", "Upa-Pradhan", "Member", "Member"};

template <std::size_t size>
const char* pick(const std::array<const char*, size>& words, std::uint64_t number)
{
  return words[number % size];
}

} // namespace

schema::Object District::scheme(std::size_t i, std::mt19937_64&) const
{
  const Scheme& one = kSchemes[i % kSchemes.size()];
  return object({{"schemeCd", one.code},
                 {"schemeNm", one.name},
                 {"schemeNmLocal", one.local},
                 {"shortCd", one.code},
                 {"pfmsCd", fmt::format("{:04}", 3000 + i)},
                 {"stateSchemeCd", ""},
                 {"parentSchemeCd", one.code == kSchemes[1].code ? kSchemes[0].code : ""},
                 {"componentNm", one.tied ? "Tied" : "Basic"},
                 {"award", one.award},
                 {"kind", one.kind},
                 {"tiedFlag", one.tied ? "Y" : "N"},
                 {"purpose", one.tied ? "Water and sanitation" : ""},
                 {"validFrom", "01/04/2026"},
                 {"validTo", "31/03/2031"},
                 {"activeFlag", "Y"}});
}

// Each panchayat has last year's book and April's, which are closed, and May's, which is open.
schema::Object District::account_book(std::size_t i, std::mt19937_64& random) const
{
  const std::size_t which = i / panchayats_.size() % 3;
  const int year = which == 0 ? options_.year - 1 : options_.year;
  return object({{"bookId", fmt::format("BK{:07}", i + 1)},
                 {"bookType", which == 0 ? "Y" : "M"},
                 {"finYear", fmt::format("{}-{}", year, year + 1)},
                 {"month", which == 0 ? schema::Value(schema::Null{})
                                      : schema::Value(static_cast<std::int64_t>(which + 3))},
                 {"bookDate", ""},
                 {"bookStatus", which == 2 ? "O" : "C"},
                 {"closedOn", which == 2 ? "" : fmt::format("15/05/{}", options_.year)},
                 {"reopenedOn", ""},
                 {"openingBalance", rupees(random, 0, 900'000)},
                 {"closingBalance", which == 2 ? "" : rupees(random, 0, 900'000)},
                 {"lgd", lgd_member(panchayat(i))}});
}

schema::Object District::plan(std::size_t i, std::mt19937_64& random) const
{
  return object({{"planCode", std::to_string(510'000 + i)},
                 {"planYear", year_text()},
                 {"planNm", "GPDP " + panchayat(i).name},
                 {"type", "GPDP"},
                 {"status", i % 5 == 0 ? "SUBMITTED" : "APPROVED"},
                 {"registeredon", day(i, 'd')},
                 {"approvedOn", i % 5 == 0 ? "" : day(i + 20, 'd')},
                 {"plannedOutlay", rupees(random, 500'000, 9'000'000)},
                 {"expctdFund", rupees(random, 400'000, 8'000'000)},
                 {"prevusYrBlnce", rupees(random, 0, 300'000)},
                 {"actulFundRcvd", rupees(random, 100'000, 4'000'000)},
                 {"actulExpndtur", rupees(random, 50'000, 3'000'000)},
                 {"noofActivities", 9},
                 {"citizenApprovalPDF", ""},
                 {"lgd", lgd_member(panchayat(i))}});
}

schema::Object District::activity(std::size_t i, std::mt19937_64& random) const
{
  static constexpr std::array<const char*, 4> kStates = {"PLANNED", "APPROVED", "ONGOING",
                                                         "COMPLETED"};
  const char* work = pick(kWorks, random());
  const std::uint64_t of = i % panchayats_.size();
  return object(
      {{"activityCode", std::to_string(70'100'000 + i)},
       {"planCode", std::to_string(510'000 + of)},
       {"finYear", year_text()},
       {"name", fmt::format("{} at {} ({})", work, place_name(i + 40).english, i)},
       {"description", ""},
       {"themeNm", "Clean and Green Village"},
       {"focusAreaNm", "Sanitation"},
       {"type", "Works"},
       {"outputType", "Asset"},
       {"workType", "New"},
       {"status", pick(kStates, i)},
       {"expectedAmount", rupees(random, 20'000, 900'000)},
       {"paidAmount", rupees(random, 0, 20'000)},
       {"costless", "N"},
       {"delegated", "N"},
       {"sharable", i % 9 == 0 ? "Y" : "N"},
       {"assetDetails", object({{"type", work},
                                {"category", "Immovable"},
                                {"subCategory", ""},
                                {"unitType", "Metre"},
                                {"totalUnit", fmt::format("{}.5", 1 + random() % 900)},
                                {"unitsCost", rupees(random, 100, 5'000)}})},
       {"coverageArea", ""},
       {"location", panchayat(i).name},
       {"fundAllocation", schema::List{object({{"schemeCd", pick(std::array{"XVIFC", "SFC"}, i)},
                                               {"componentNm", "Basic"},
                                               {"amount", rupees(random, 10'000, 500'000)}})}},
       {"workStage", ""},
       {"stageDate", ""},
       {"progressPercent", static_cast<std::int64_t>(random() % 101)},
       {"photoUrls", schema::List{}},
       {"remarks", ""},
       {"lgd", lgd_member(panchayat(i))}});
}

schema::Object District::asset(std::size_t i, std::mt19937_64& random) const
{
  return object({{"assetCode", fmt::format("AS19309{:06}", i)},
                 {"assetNm", fmt::format("{} {}", pick(kWorks, i), i)},
                 {"type", pick(kWorks, i)},
                 {"category", "Immovable"},
                 {"subCategory", ""},
                 {"activityCode", ""},
                 {"status", i % 17 == 3 ? "DISPOSED" : "ACTIVE"},
                 {"acquiredOn", day(i, 'd')},
                 {"disposedOn", i % 17 == 3 ? day(i + 30, 'd') : ""},
                 {"cost", rupees(random, 10'000, 2'000'000)},
                 {"receipts", rupees(random, 0, 9'000)},
                 {"unitType", "Number"},
                 {"units", "1"},
                 {"location", panchayat(i).name},
                 {"latitude", fmt::format("26.{:05}", 10'000 + random() % 80'000)},
                 {"longitude", fmt::format("88.{:05}", 10'000 + random() % 80'000)},
                 {"condition", "GOOD"},
                 {"conditionOn", day(i + 60, 'd')},
                 {"photoUrls", schema::List{}},
                 {"transferredTo", ""},
                 {"remarks", ""},
                 {"lgd", lgd_member(panchayat(i))}});
}

schema::Object District::allocation(std::size_t i, std::mt19937_64& random) const
{
  const std::string sanctioned = rupees(random, 100'000, 3'000'000);
  return object({{"allocationId", fmt::format("AL{:07}", i + 1)},
                 {"schemeCd", i / panchayats_.size() % 2 == 0 ? "XVIFC" : "XVIFC-T"},
                 {"componentNm", i / panchayats_.size() % 2 == 0 ? "Basic" : "Tied"},
                 {"subComponentNm", ""},
                 {"award", "FC-XVI"},
                 {"finYear", year_text()},
                 {"instalmentNo", static_cast<std::int64_t>(1 + i / panchayats_.size() / 2)},
                 {"tier", "GP"},
                 {"tiedFlag", i / panchayats_.size() % 2 == 0 ? "N" : "Y"},
                 {"purpose", ""},
                 {"status", i % 3 == 0 ? "SANCTIONED" : "RELEASED"},
                 {"sanctionedAmt", sanctioned},
                 {"releasedAmt", i % 3 == 0 ? "" : sanctioned},
                 {"receivedAmt", ""},
                 {"delayInterestAmt", ""},
                 {"sanctionedOn", day(i, 'd')},
                 {"releasedOn", i % 3 == 0 ? "" : day(i + 15, 'd')},
                 {"receivedOn", ""},
                 {"orderNo", fmt::format("F.13({})/2026", 100 + i % 40)},
                 {"orderDate", day(i, 'd')},
                 {"lgd", lgd_member(panchayat(i))}});
}

schema::Object District::representative(std::size_t i, std::mt19937_64& random) const
{
  const Name name = person_name(random() % 160);
  const std::size_t seat = i / panchayats_.size();
  return object({{"erId", fmt::format("ER{:07}", i + 1)},
                 {"erNm", name.english},
                 {"erNmLocal", name.local},
                 {"gender", random() % 2 == 0 ? "F" : "M"},
                 {"socialCategory", pick(std::array{"SC", "ST", "OBC", "General"}, random())},
                 {"designation", seat < 2 ? kPosts[seat] : "Member"},
                 {"tier", "GP"},
                 {"wardNo", seat == 0 ? "" : std::to_string(seat)},
                 {"wardNm", ""},
                 {"seatReservation", pick(std::array{"Women", "SC", "ST", "Unreserved"}, i)},
                 {"electionType", i % 40 == 7 ? "B" : "G"},
                 {"electedOn", "11/07/2023"},
                 {"oathDate", "10/08/2023"},
                 {"termFrom", "10/08/2023"},
                 {"termTo", "09/08/2028"},
                 {"status", i % 50 == 9 ? "VACANT" : "ACTIVE"},
                 {"mobileNo", fmt::format("9{:09}", random() % 1'000'000'000)},
                 {"emailId", ""},
                 {"address", ""},
                 {"education", ""},
                 {"trainedFlag", i % 3 == 0 ? "Y" : "N"},
                 {"source", "State Election Commission"},
                 {"asOfDate", day(0, 'd')},
                 {"lgd", lgd_member(panchayat(i))}});
}

schema::Object District::voucher(std::size_t i, std::mt19937_64& random) const
{
  static constexpr std::array<const char*, 5> kTypes = {"P", "P", "P", "R", "C"};
  const char* type = pick(kTypes, random());
  const bool pays = *type == 'P';
  const char* scheme = kSchemes[random() % kSchemes.size()].code;
  const std::string amount = rupees(random, 500, 450'000);
  const Name payee = person_name(random() % 160);
  const std::string date = day(i * 7, 'd');
  schema::List payees;
  if (pays && i % 6 == 0)
    payees.emplace_back(object({{"lineNo", 1},
                                {"mode", "PFMS"},
                                {"details", "Wages"},
                                {"name", payee.english},
                                {"amount", amount}}));
  const std::string short_year = fmt::format("{}-{:02}", options_.year, (options_.year + 1) % 100);
  return object(
      {{"voucherId", fmt::format("V{:07}", i + 1)},
       {"voucherNo", fmt::format("{}/{}/{}/{}", scheme, short_year, type, i + 1)},
       {"voucherDate", date},
       {"finYear", year_text()},
       {"month", static_cast<std::int64_t>((date[3] - '0') * 10 + (date[4] - '0'))},
       {"typeCd", type},
       {"amount", amount},
       {"schemeCd", scheme},
       {"schemeNm", scheme},
       {"componentNm", "Basic"},
       {"headNm", pick(kHeads, random())},
       {"particulars", fmt::format("{} at {}", pick(kWorks, random()), panchayat(i).name)},
       {"activityCd", ""},
       {"modeOfPayment", pays ? "PFMS" : ""},
       {"payeeNm", pays ? payee.english : ""},
       {"payeeDetails", std::move(payees)},
       {"bankActNo", fmt::format("XXXXXXX{:04}", random() % 10'000)},
       {"instrumentNo", ""},
       {"epono", pays ? fmt::format("EPO{:08}", i) : ""},
       {"epodate", pays ? date : ""},
       {"vchStatus", pays && i % 4 == 0 ? "S" : "A"},
       {"utrno", ""},
       {"paidOn", ""},
       {"bookClosed", "N"},
       {"attachmentUrl", ""},
       {"lgd", lgd_member(panchayat(i))}});
}

} // namespace gramsetu::sim
