// What the state's systems and the service centres know of the district, each in its own words.
#include "tests/endpoints/district.hpp"
#include "tests/endpoints/names.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::sim {

namespace {

using schema::Null;
using schema::Number;
using schema::Value;

// A service request as both the service centre and the state know it: a function of its number, so that
// the two agree until somebody edits one of them.
struct RequestFacts {
  std::string reference, service, service_name, applicant, phone, state;
  std::string fee; // "50.00"
};

RequestFacts facts_of(std::size_t i)
{
  static constexpr std::array<std::array<const char*, 3>, 5> kServices = {
      {{"INC", "Income certificate", "30.00"},
       {"RES", "Residence certificate", "30.00"},
       {"BRT", "Birth registration", "0.00"},
       {"TRD", "Trade licence", "250.50"},
       {"WTR", "Water connection", "1000.00"}}};
  static constexpr std::array<const char*, 4> kStates = {"SUBMITTED", "SUBMITTED", "UNDER_REVIEW",
                                                         "APPROVED"};
  const auto& service = kServices[i * 7 % kServices.size()];
  return {fmt::format("WB/309/{:07}", i + 1),
          service[0],
          service[1],
          person_name(i * 37 % 160).english,
          fmt::format("8{:09}", i * 7'919 % 1'000'000'000),
          kStates[i % kStates.size()],
          service[2]};
}

} // namespace

schema::Object District::csc_request(std::size_t i, std::mt19937_64& random) const
{
  const RequestFacts facts = facts_of(i);
  const Panchayat& place = panchayat(i);
  return object({{"requestId", fmt::format("CSC{:07}", i + 1)},
                 {"applicationNo", facts.reference},
                 {"state_code", kState},
                 {"district_code", kDistrict},
                 {"gp_lgd_code", place.code},
                 {"village_code", place.village},
                 {"serviceId", facts.service},
                 {"serviceName", facts.service_name},
                 {"requestType", "NEW"},
                 {"channel", "CSC"},
                 {"vleId", fmt::format("VLE{:05}", random() % 400)},
                 {"applicantName", facts.applicant},
                 {"mobile", facts.phone},
                 {"email", ""},
                 {"address", place.name},
                 {"formData", object({{"copies", 1}})},
                 {"submittedAt", moment(i)},
                 {"dueBy", day(i + 30, 'y')},
                 {"state", facts.state},
                 {"stateAt", moment(i) + 3'600'000},
                 {"pendingWith", ""},
                 {"feeAmount", facts.fee},
                 {"paymentRef", fmt::format("PAY{:09}", i)},
                 {"paidAt", moment(i)},
                 {"certificateNo", ""},
                 {"deliveredAt", Null{}},
                 {"documents", schema::List{}},
                 {"remarks", ""}});
}

schema::Object District::state_request(std::size_t i, std::mt19937_64&) const
{
  const RequestFacts facts = facts_of(i);
  const Panchayat& place = panchayat(i);
  return object({{"referenceNumber", facts.reference},
                 {"tenantId", "wb.jalpaiguri"},
                 {"stateCode", std::to_string(kState)},
                 {"districtCode", std::to_string(kDistrict)},
                 {"gpCode", std::to_string(place.code)},
                 {"villageCode", std::to_string(place.village)},
                 {"serviceCode", facts.service},
                 {"serviceName", facts.service_name},
                 {"applicationType", "NEW"},
                 {"channel", "CSC"},
                 {"applicant", object({{"name", facts.applicant},
                                       {"mobile", facts.phone},
                                       {"email", ""},
                                       {"address", place.name}})},
                 {"details", object({{"copies", 1}})},
                 {"submittedTime", moment(i)},
                 {"dueDate", day(i + 30, 'y')},
                 {"status", facts.state},
                 {"statusTime", moment(i) + 3'600'000},
                 {"pendingWith", ""},
                 {"fee", Number{facts.fee}},
                 {"paymentReference", fmt::format("PAY{:09}", i)},
                 {"paidTime", moment(i)},
                 {"certificateNumber", ""},
                 {"deliveredTime", Null{}},
                 {"documents", schema::List{}},
                 {"remarks", ""}});
}

schema::Object District::meeting(std::size_t i, std::mt19937_64& random) const
{
  static constexpr std::array<const char*, 3> kStates = {"SCHEDULED", "HELD", "MINUTED"};
  const std::size_t stage = i % kStates.size();
  const auto present = static_cast<std::int64_t>(60 + random() % 200);
  const Value held = stage == 0 ? Value(Null{}) : Value(moment(i) + 1'800'000);
  schema::List resolutions;
  if (stage == 2)
    resolutions.emplace_back(object({{"number", "1"},
                                     {"text", "पेयजल योजना स्वीकृत"},
                                     {"activityCode", ""},
                                     {"proposer", person_name(i).english},
                                     {"votes", present / 2}}));
  return object(
      {{"meetingId", fmt::format("GS-{}-{:05}", options_.year, i + 1)},
       {"tenantId", "wb.jalpaiguri"},
       {"stateCode", std::to_string(kState)},
       {"districtCode", std::to_string(kDistrict)},
       {"gpCode", std::to_string(panchayat(i).code)},
       {"gpVersion", panchayat(i).version},
       {"financialYear", fmt::format("{}-{:02}", options_.year, (options_.year + 1) % 100)},
       {"meetingType", "Gram Sabha"},
       {"title", i % 2 == 0 ? "Gram Sabha, " + panchayat(i).name : "ग्राम सभा की बैठक"},
       {"scheduledTime", moment(i)},
       {"heldTime", held},
       {"venue", "GP office"},
       {"status", kStates[stage]},
       {"quorumRequired", 50},
       {"attendance", object({{"total", present},
                              {"women", present / 3},
                              {"sc", present / 5},
                              {"st", present / 6}})},
       {"agenda", schema::List{"Minutes", "Drinking water", "GPDP"}},
       {"resolutions", std::move(resolutions)},
       {"attachments", schema::List{}},
       {"minutes", ""},
       {"minutesSource", stage == 2 ? Value("HUMAN") : Value(Null{})},
       {"minutesApprovedDate", Null{}},
       {"publishedId", ""},
       {"remarks", ""}});
}

schema::Object District::training(std::size_t i, std::mt19937_64& random) const
{
  const Name name = person_name(random() % 160);
  return object({{"trainingCode", fmt::format("T{:03}", 1 + i % 12)},
                 {"participantId", fmt::format("P{:06}", i + 1)},
                 {"tenantId", "wb.jalpaiguri"},
                 {"stateCode", std::to_string(kState)},
                 {"districtCode", std::to_string(kDistrict)},
                 {"gpCode", std::to_string(panchayat(i).code)},
                 {"course", "Induction of elected representatives"},
                 {"theme", "Good governance"},
                 {"level", "BLOCK"},
                 {"venue", "Block office"},
                 {"startDate", day(i, 'y')},
                 {"endDate", day(i + 2, 'y')},
                 {"faculty", ""},
                 {"participantKind", i % 4 == 0 ? "FUNCTIONARY" : "ER"},
                 {"erId", i % 4 == 0 ? "" : fmt::format("ER{:07}", i + 1)},
                 {"participantName", name.english},
                 {"gender", random() % 2 == 0 ? "F" : "M"},
                 {"socialCategory", ""},
                 {"mobile", fmt::format("7{:09}", random() % 1'000'000'000)},
                 {"status", i % 3 == 0 ? "NOMINATED" : "ATTENDED"},
                 {"daysAttended", static_cast<std::int64_t>(i % 3)},
                 {"assessmentScore", Number{fmt::format("{}.5", 40 + random() % 60)}},
                 {"certificateNumber", ""},
                 {"costHead", "RGSA"},
                 {"cost", Number{fmt::format("{}.{}", 500 + random() % 900, random() % 10)}},
                 {"photos", schema::List{}},
                 {"remarks", ""}});
}

schema::Object District::state_survey(std::size_t i, std::mt19937_64& random) const
{
  const Panchayat& place = panchayat(i);
  return object({{"surveyCode", "mission_antyodaya"},
                 {"round", "2025-26"},
                 {"unitType", "local_body"},
                 {"unitCode", std::to_string(place.code)},
                 {"questionCode", fmt::format("PI{:03}", i / panchayats_.size() + 1)},
                 {"tenantId", "wb.jalpaiguri"},
                 {"stateCode", std::to_string(kState)},
                 {"districtCode", std::to_string(kDistrict)},
                 {"gpCode", std::to_string(place.code)},
                 {"formVersion", "2025"},
                 {"stratum", "PI"},
                 {"sector", "Infrastructure"},
                 {"value", std::to_string(random() % 500)},
                 {"valueUnit", "number"},
                 {"status", "VALIDATED"},
                 {"answeredOn", day(i, 'y')},
                 {"validatedTime", moment(i + 20)},
                 {"enumerator", person_name(random() % 160).english},
                 {"source", "GP office"},
                 {"instanceId", fmt::format("uuid:{:016x}", random())},
                 {"remarks", ""}});
}

schema::Object District::csc_survey(std::size_t i, std::mt19937_64& random) const
{
  const Panchayat& place = panchayat(i);
  return object({{"responseId", fmt::format("R{:07}", i + 1)},
                 {"surveyCode", "mission_antyodaya"},
                 {"round", "2025-26"},
                 {"unitType", "village"},
                 {"unitCode", std::to_string(place.village)},
                 {"questionCode", fmt::format("VI{:03}", i / panchayats_.size() + 1)},
                 {"state_code", kState},
                 {"district_code", kDistrict},
                 {"gp_lgd_code", place.code},
                 {"formVersion", "2025"},
                 {"stratum", "VI"},
                 {"sector", "Infrastructure"},
                 {"value", random() % 2 == 0 ? "Yes" : "No"},
                 {"valueUnit", ""},
                 {"status", "SUBMITTED"},
                 {"answeredOn", day(i, 'y')},
                 {"validatedAt", Null{}},
                 {"enumerator", person_name(random() % 160).english},
                 {"source", ""},
                 {"instanceId", fmt::format("uuid:{:016x}", random())},
                 {"remarks", ""}});
}

} // namespace gramsetu::sim
