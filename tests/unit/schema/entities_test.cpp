// The entities that are shipped.
#include "schema/entity.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace gramsetu::schema;

namespace {

const Entities& shipped()
{
  static const Entities kEntities = [] {
    std::vector<Finding> findings;
    auto entities =
        Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
    for (const auto& finding : findings)
      FAIL_CHECK(to_text(finding));
    return entities;
  }();
  return kEntities;
}

std::string key_text(const Entity& entity)
{
  std::string text;
  for (const auto index : entity.key)
    text += (text.empty() ? "" : " ") + entity.fields[index].name;
  return text;
}

const FieldSpec& field(const std::string& entity, const std::string& name)
{
  const auto* found = shipped().find(entity);
  REQUIRE(found);
  const auto index = found->index_of(name);
  REQUIRE(index);
  return found->fields[*index];
}

std::string rule_text(const std::string& entity, const std::string& name)
{
  const auto* found = shipped().find(entity);
  REQUIRE(found);
  return to_text(found->rule_of(found->index_of(name).value()));
}

} // namespace

TEST_CASE("every kind of record of a district is shipped, without findings")
{
  CHECK(shipped().names() == std::vector<std::string>{"account_book",
                                                      "activity",
                                                      "allocation",
                                                      "asset",
                                                      "audit_observation",
                                                      "beneficiary_count",
                                                      "block",
                                                      "certificate",
                                                      "csc_centre",
                                                      "csc_transaction",
                                                      "digitisation_task",
                                                      "district",
                                                      "elected_representative",
                                                      "functionary",
                                                      "fund_release",
                                                      "grievance",
                                                      "indicator_value",
                                                      "local_body",
                                                      "meeting",
                                                      "payment_order",
                                                      "place_succession",
                                                      "plan",
                                                      "scheme",
                                                      "service",
                                                      "service_request",
                                                      "state",
                                                      "subdistrict",
                                                      "survey_response",
                                                      "training_record",
                                                      "village",
                                                      "village_coverage",
                                                      "voucher",
                                                      "work"});
}

TEST_CASE("every field says what it is, who answers for it and who may see it")
{
  for (const auto* entity : shipped().all()) {
    CHECK_FALSE(entity->title.empty());
    CHECK_FALSE(entity->key.empty());
    for (const auto& each : entity->fields) {
      INFO(entity->name, ".", each.name);
      CHECK_FALSE(each.help.empty());
      CHECK_FALSE(each.authority.empty());
      CHECK(each.privacy != Privacy::forbidden); // nothing that must not be kept has a place
    }
  }
}

TEST_CASE("keys are what the real tables are unique by")
{
  CHECK(key_text(*shipped().find("block")) == "code district");
  CHECK(key_text(*shipped().find("local_body")) == "code under");
  CHECK(field("local_body", "under").key_optional);
  CHECK(key_text(*shipped().find("survey_response")) ==
        "survey round unit_type unit question_code");
  for (const auto* name : {"state", "district", "subdistrict", "village"})
    CHECK(key_text(*shipped().find(name)) == "code");
}

TEST_CASE("records of a panchayat have it as place and as parent")
{
  for (const auto* name :
       {"account_book", "elected_representative", "plan", "activity", "asset", "allocation",
        "voucher", "service_request", "meeting", "survey_response", "training_record"}) {
    const auto* entity = shipped().find(name);
    REQUIRE(entity);
    INFO(entity->name);
    REQUIRE(entity->place);
    CHECK(entity->fields[*entity->place].name == "local_body");
    CHECK(entity->district);
    CHECK(std::any_of(entity->parents.begin(), entity->parents.end(),
                      [](const Parent& parent) { return parent.entity == "local_body"; }));
  }
}

TEST_CASE("a parent is named by its whole key")
{
  for (const auto* entity : shipped().all())
    for (const auto& parent : entity->parents) {
      const auto* above = shipped().find(parent.entity);
      REQUIRE(above);
      const auto needed = std::count_if(above->key.begin(), above->key.end(), [&](std::size_t key) {
        return !above->fields[key].key_optional;
      });
      CHECK(needed == 1);
    }
}

TEST_CASE("parents come before children")
{
  std::set<std::string> seen;
  for (const auto* entity : shipped().all()) {
    for (const auto& parent : entity->parents)
      CHECK((parent.entity == entity->name || seen.contains(parent.entity)));
    seen.insert(entity->name);
  }
}

TEST_CASE("money and places obey those who answer for them")
{
  CHECK(rule_text("voucher", "amount") == "owner central");
  CHECK(rule_text("voucher", "status") == "owner central");
  CHECK(rule_text("voucher", "remarks") == "newest");
  CHECK(rule_text("local_body", "name") == "owner directory");
  CHECK(rule_text("local_body", "name_local") ==
        "prefer directory, state; ignore_blank, ignore_ascii_repeat");
  CHECK(rule_text("service_request", "status") == "prefer issuer, state, csc, local");
  CHECK(rule_text("plan", "status") == "state");
  CHECK(rule_text("service_request", "remarks") == "manual");
  CHECK(rule_text("meeting", "resolutions") == "union");
  CHECK(field("asset", "status").terminal == std::vector<std::string>{"disposed"});
}

TEST_CASE("what tells a person or an account is guarded")
{
  for (const auto* entity : shipped().all())
    for (const auto& each : entity->fields) {
      INFO(entity->name, ".", each.name);
      // The telephone of an office is no person's, and people find a centre by its address.
      const bool office =
          entity->name == "local_body" || (entity->name == "csc_centre" && each.name == "address");
      if (each.name == "phone" || each.name == "email" || each.name == "address")
        CHECK((office || each.privacy == Privacy::personal));
      if (each.name.find("bank_account") != std::string::npos || each.name == "payment_reference")
        CHECK(each.privacy == Privacy::financial);
    }
}
