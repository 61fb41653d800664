// Schemes: the smallest of the kinds of records.
#include "tests/contract/schemes.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace gramsetu::contract {

const schema::Entities& shipped_entities()
{
  static const schema::Entities loaded = [] {
    std::vector<schema::Finding> findings;
    auto all =
        schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
    REQUIRE(findings.empty());
    return all;
  }();
  return loaded;
}

connectors::Intent fresh_scheme(int number)
{
  connectors::Intent intent;
  intent.key = fmt::format("NEW{}", number);
  intent.idempotency_key = fmt::format("idem-{}", number);
  schema::Object body;
  body.append("scheme_code", intent.key);
  body.append("name", "Fresh");
  intent.body = schema::Value(std::move(body));
  return intent;
}

schema::Value renamed(const schema::Value& body, int number)
{
  schema::Value other = body;
  other.object().set("name", fmt::format("changed {}", number));
  return other;
}

} // namespace gramsetu::contract
