// The authority map: who is right about what, as the sources of the records are organised. The shipped
// entities follow it field group by field group.
#include "schema/entity.hpp"
#include "schema/record.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace gramsetu::schema;

namespace {

const Entities& shipped()
{
  static const Entities kEntities = [] {
    std::vector<Finding> findings;
    return Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
  }();
  return kEntities;
}

const Entity& entity_of(const std::string& name)
{
  const auto* entity = shipped().find(name);
  REQUIRE(entity);
  return *entity;
}

// One line of the map: in these entities these fields have that rule. "*" is every field that no other
// line of the entity names.
struct Line {
  std::string group;
  std::vector<std::string> entities, fields;
  std::string rule;
};

const std::vector<std::string> kPlaces = {"state", "district", "subdistrict",
                                          "block", "village",  "local_body"};
const std::string kOwnScript = "; ignore_blank, ignore_ascii_repeat";

const std::vector<Line> kLines = {
    {"codes, English names, hierarchy, dates, census codes: the directory, always",
     kPlaces,
     {"*"},
     "owner directory"},
    {"names in their own script: the directory's if genuine, else the state's",
     kPlaces,
     {"name_local"},
     "prefer directory, state" + kOwnScript},
    {"codes that a state gives",
     {"district", "subdistrict", "block", "village", "local_body"},
     {"state_specific_code"},
     "prefer state, directory"},
    {"who lives where is the state's to say",
     {"village"},
     {"is_inhabited"},
     "prefer state, directory"},
    {"coordinates: the map systems of centre and state",
     {"local_body", "asset"},
     {"latitude", "longitude"},
     "prefer central, state, local"},
    {"how to reach an office: who sits in it",
     {"local_body"},
     {"address", "phone", "email"},
     "prefer local, state"},
    {"elected representatives, identity and term: the election's result",
     {"elected_representative"},
     {"*"},
     "prefer state, central"},
    {"their names in their own script",
     {"elected_representative"},
     {"name_local"},
     "prefer state, central" + kOwnScript},
    {"their contact, schooling and training: the hub",
     {"elected_representative"},
     {"phone", "email", "address", "education", "is_trained"},
     "owner local"},
    {"the newest list vouches longest", {"elected_representative"}, {"as_of"}, "max"},
    {"vouchers, books, balances: a mirror of the central accounts, until the book is closed",
     {"voucher"},
     {"*"},
     "owner central"},
    {"payment status: the central accounts', in order", {"voucher"}, {"status"}, "owner central"},
    {"scheme masters: centre, then state", {"scheme"}, {"*"}, "prefer central, state"},
    {"their names in their own script",
     {"scheme"},
     {"name_local"},
     "prefer state, central" + kOwnScript},
    {"the treasury's code", {"scheme"}, {"state_code"}, "owner state"},
    {"releases: centre, then state", {"allocation"}, {"*"}, "prefer central, state"},
    {"service requests' status: the system that gave the number",
     {"service_request"},
     {"status"},
     "prefer issuer, state, csc, local"},
    {"fees: the service centre's wallet",
     {"service_request"},
     {"fee", "payment_reference", "paid_at"},
     "prefer csc, state, local"},
    {"meetings: the panchayat", {"meeting"}, {"*"}, "prefer local, csc, central, state"},
    {"the portal's identity of a meeting", {"meeting"}, {"published_id"}, "owner central"},
    {"papers are known by what they hold",
     {"meeting"},
     {"attachments", "agenda", "resolutions"},
     "union"},
    {"heads counted",
     {"meeting"},
     {"attendance", "attendance_women", "attendance_sc", "attendance_st"},
     "max"},
    {"survey answers: the one validated last",
     {"survey_response"},
     {"*"},
     "newest by validated_at"},
    {"training: the district", {"training_record"}, {"*"}, "prefer local, state, csc, central"},
    {"assets, code and status: the asset directory", {"asset"}, {"*"}, "owner central"},
    {"assets' condition: the hub", {"asset"}, {"condition", "condition_on"}, "owner local"},
    {"photographs: what anybody took",
     {"asset", "activity", "training_record"},
     {"photos"},
     "union"},
    {"where an asset is, in words", {"asset"}, {"location"}, "prefer local, central"},
    {"plans and activities, before any state is known",
     {"plan", "activity"},
     {"*"},
     "prefer central, local, state"},
    {"money spent: the central accounts",
     {"plan"},
     {"previous_balance", "fund_received", "expenditure", "activity_count"},
     "owner central"},
    {"approvals: who approved",
     {"activity"},
     {"technical_order_number", "technical_approved_on", "technical_cost",
      "administrative_order_number", "administrative_approved_on", "administrative_cost",
      "general_amount", "sc_amount", "st_amount", "funds", "paid_amount"},
     "owner central"},
    {"progress as last seen on site", {"activity"}, {"work_stage"}, "newest"},
    {"progress only grows", {"activity"}, {"stage_date", "progress_percent"}, "max"},
    {"functionaries and their charge: the state's department",
     {"functionary"},
     {"designation", "status", "employment"},
     "owner state"},
    {"numbers of beneficiaries: the scheme's system",
     {"beneficiary_count"},
     {"beneficiaries", "women", "amount"},
     "prefer central, state"},
    {"a wallet's transaction: what its bridge says",
     {"csc_transaction"},
     {"reference_number", "csc_transaction"},
     "owner csc"},
    {"audit observations: the auditor's text",
     {"audit_observation"},
     {"text", "stage"},
     "owner central"},
    {"grievances: the citizen's text", {"grievance"}, {"text"}, "owner central"},
    {"grievances: the panchayat's answer", {"grievance"}, {"resolution"}, "prefer local, central"},
    {"remarks: the last",
     {"activity", "allocation", "asset", "meeting", "plan", "training_record", "voucher"},
     {"remarks"},
     "newest"},
};

bool is_key(const Entity& entity, std::size_t field)
{
  return std::find(entity.key.begin(), entity.key.end(), field) != entity.key.end();
}

// The fields that a line speaks of.
std::set<std::string> fields_of(const Line& line, const Entity& entity)
{
  std::set<std::string> named(line.fields.begin(), line.fields.end());
  if (!named.contains("*")) return named;
  for (std::size_t i = 0; i < entity.fields.size(); ++i)
    if (!is_key(entity, i)) named.insert(entity.fields[i].name);
  named.erase("*");
  for (const auto& other : kLines) {
    const bool here = std::find(other.entities.begin(), other.entities.end(), entity.name) !=
                      other.entities.end();
    if (!here || &other == &line) continue;
    for (const auto& field : other.fields)
      named.erase(field);
  }
  // Ordered states go by their order unless the map says otherwise.
  for (const auto& field : entity.fields)
    if (field.type == FieldType::state && !field.rule) named.erase(field.name);
  return named;
}

} // namespace

TEST_CASE("the shipped entities follow the authority map")
{
  const std::set<std::string> kOwnRules = {"allocation.status", "survey_response.answered_on",
                                           "survey_response.validated_at",
                                           "survey_response.instance_id"};
  for (const auto& line : kLines)
    for (const auto& name : line.entities) {
      const auto& entity = entity_of(name);
      for (const auto& field : fields_of(line, entity)) {
        CAPTURE(line.group);
        CAPTURE(name + "." + field);
        const auto index = entity.index_of(field);
        REQUIRE(index);
        if (!kOwnRules.contains(name + "." + field))
          CHECK(to_text(entity.rule_of(*index)) == line.rule);
      }
    }
}

TEST_CASE("a draft is the panchayat's, what is submitted merges, what is approved is the centre's")
{
  const auto rule_in = [](const std::string& name, const std::string& state) {
    const auto& entity = entity_of(name);
    Record record(entity);
    record.fields[entity.phases.value().field] = state;
    const auto* rule = phase_rule(entity, record, nullptr);
    return rule ? to_text(*rule) : std::string("none");
  };
  CHECK(rule_in("plan", "draft") == "prefer local, central, state");
  CHECK(rule_in("plan", "submitted") == "newest");
  CHECK(rule_in("plan", "approved") == "owner central");
  CHECK(rule_in("activity", "planned") == "prefer local, central, state");
  CHECK(rule_in("activity", "ongoing") == "owner central");
  CHECK(rule_in("survey_response", "validated") == "none");
  CHECK(rule_in("survey_response", "frozen") == "newest by validated_at; append_only");
  for (const auto* name : {"plan", "activity", "survey_response"})
    CHECK(entity_of(name).is_phased(entity_of(name).index_of("district").value()));
}

TEST_CASE(
    "the books are mirrored while they are open, and what differs in a closed one is an exception")
{
  const auto& voucher = entity_of("voucher");
  REQUIRE(voucher.closing);
  const auto stays = [&](const char* field, const Value& value) {
    return stays_open(voucher, voucher.index_of(field).value(), value);
  };
  CHECK_FALSE(stays("amount", 1));
  CHECK_FALSE(stays("payee", "x"));
  CHECK_FALSE(stays("status", "approved"));
  CHECK(stays("status", "paid"));
  CHECK(stays("payment_reference", "UTR1"));
  CHECK(stays("remarks", "x"));
}

TEST_CASE("ends are ends")
{
  const auto ends = [](const std::string& name) {
    const auto& entity = entity_of(name);
    return entity.fields[entity.index_of("status").value()].terminal;
  };
  CHECK(ends("asset") == std::vector<std::string>{"disposed"});
  CHECK(ends("voucher") == std::vector<std::string>{"paid", "failed", "cancelled"});
  CHECK(ends("meeting") == std::vector<std::string>{"published", "cancelled"});
}
