// Merge rules as they are written.
#include "schema/rule.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::schema;

namespace {

std::optional<Rule> read(const std::string& text, std::vector<Finding>& findings)
{
  return read_rule(parse_document(text, "rules.yaml", findings), findings);
}

std::string shown_rule(const std::string& text)
{
  std::vector<Finding> findings;
  const auto rule = read(text, findings);
  REQUIRE(rule);
  REQUIRE(findings.empty());
  return to_text(*rule);
}

std::string refusal(const std::string& text)
{
  std::vector<Finding> findings;
  REQUIRE_FALSE(read(text, findings));
  REQUIRE(findings.size() == 1);
  return to_text(findings.front());
}

} // namespace

TEST_CASE("every rule reads and is written for people")
{
  CHECK(shown_rule("newest") == "newest");
  CHECK(shown_rule("manual") == "manual");
  CHECK(shown_rule("union") == "union");
  CHECK(shown_rule("max") == "max");
  CHECK(shown_rule("min") == "min");
  CHECK(shown_rule("state") == "state");
  CHECK(shown_rule("{ owner: csc }") == "owner csc");
  CHECK(shown_rule("{ prefer: [csc, state, local] }") == "prefer csc, state, local");
  CHECK(shown_rule("append_only") == "manual; append_only");
  CHECK(shown_rule("[newest]") == "newest");
  CHECK(shown_rule("{ newest: validated_at }") == "newest by validated_at");
  CHECK(shown_rule("{ prefer: [issuer, csc] }") == "prefer issuer, csc");
  CHECK(shown_rule("[ignore_blank, ignore_ascii_repeat, { prefer: [directory, state] }]") ==
        "prefer directory, state; ignore_blank, ignore_ascii_repeat");
}

TEST_CASE("what is no rule is a finding with a place and a remedy")
{
  CHECK(refusal("newst") == "rules.yaml:1:1: 'newst' is no merge rule; did you mean 'newest'?");
  CHECK(refusal("{ ownr: csc }") ==
        "rules.yaml:1:3: 'ownr' is no merge rule; did you mean 'owner'?");
  CHECK(refusal("{ prefer: [] }") == "rules.yaml:1:11: prefer is empty; name at least one");
  CHECK(refusal("{ prefer: [csc, csc] }") ==
        "rules.yaml:1:17: 'csc' stands twice in prefer; name it once");
  CHECK(refusal("{ owner: [csc, state] }").find("owner is no text") != std::string::npos);
  CHECK(refusal("{ owner: csc, prefer: [csc] }").find("no merge rule") != std::string::npos);
  CHECK(refusal("[newest, max]").find("guards and one merge rule") != std::string::npos);
  CHECK(refusal("[ignore_blnk]").find("did you mean 'ignore_blank'?") != std::string::npos);
}
