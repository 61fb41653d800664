// Rules that change with the state that a record has reached.
#include "schema/entity.hpp"
#include "schema/record.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::schema;

namespace {

std::string yaml_with(const std::string& phases)
{
  return "entity: plan\ntitle: Plan\nkey: [code]\nauthority: [central]\nrule: newest\n" + phases +
         "fields:\n"
         "  code: { type: text, privacy: open, help: Code }\n"
         "  title: { type: text, privacy: open, help: Title }\n"
         "  paid: { type: money, privacy: open, rule: max, help: Paid }\n"
         "  status: { type: state, choices: [new, draft, sent, approved, over], privacy: open,\n"
         "            help: State }\n";
}

std::string findings_of(const std::string& phases)
{
  std::vector<Finding> findings;
  Entities entities;
  entities.add(parse_document(yaml_with(phases), "plan.yaml", findings), findings);
  std::string text;
  for (const auto& finding : findings)
    text += to_text(finding) + "\n";
  return text;
}

} // namespace

TEST_CASE("a phase begins with its state and lasts until the next, on the side that is further")
{
  std::vector<Finding> findings;
  Entities entities;
  const std::string phases = "phases: { by: status, draft: { prefer: [local, central] }, "
                             "approved: { owner: central } }\n";
  entities.add(parse_document(yaml_with(phases), "plan.yaml", findings), findings);
  REQUIRE(findings.empty());
  const auto& plan = *entities.find("plan");
  const auto rule = [&](const char* ours, const char* theirs) {
    Record a(plan), b(plan);
    if (*ours) a.fields[3] = ours;
    if (*theirs) b.fields[3] = theirs;
    const auto* found = phase_rule(plan, a, &b);
    return found ? to_text(*found) : std::string("none");
  };
  CHECK(rule("", "") == "none");
  CHECK(rule("new", "new") == "none"); // the entity's default
  CHECK(rule("draft", "new") == "prefer local, central");
  CHECK(rule("sent", "") == "prefer local, central");
  CHECK(rule("draft", "approved") == "owner central");
  CHECK(rule("over", "draft") == "owner central");
  CHECK(plan.is_phased(1));
  CHECK_FALSE(plan.is_phased(2)); // it has a rule of its own
  CHECK_FALSE(plan.is_phased(3)); // states have theirs
}

TEST_CASE("what is wrong with phases is said")
{
  CHECK(findings_of("phases: { draft: newest }\n") ==
        "plan.yaml:6:9: phases does not say by which field; add by: FIELD\n");
  CHECK(findings_of("phases: { by: title }\n") ==
        "plan.yaml:6:15: 'title' has no ordered states; name a field of type state\n");
  CHECK(findings_of("phases: { by: status, drft: newest }\n") ==
        "plan.yaml:6:23: 'drft' is none of the states; did you mean 'draft'?\n");
  CHECK(findings_of("phases: { by: status, draft: max }\n") ==
        "plan.yaml:6:30: 'max' does not fit every field; use newest, manual, owner or prefer\n");
  CHECK(findings_of("phases: { by: status, draft: { newest: title } }\n") ==
        "plan.yaml:6:9: newest: 'title' is no time; name a field of type timestamp or date\n");
}
