// Reading without complaint.
#include "daemon/runtime/members.hpp"

#include "schema/json.hpp"

namespace gramsetu::runtime {

std::string text_of(const schema::Object& object, std::string_view member)
{
  const auto* value = object.find(member);
  return value && value->is_text() ? value->text() : std::string();
}

std::int64_t number_of(const schema::Object& object, std::string_view member)
{
  const auto* value = object.find(member);
  return value && value->is_integer() ? value->integer() : 0;
}

Instant instant_of(const schema::Object& object, std::string_view member)
{
  return from_rfc3339(text_of(object, member)).value_or(Instant{});
}

Result<schema::Object> fact_object(store::Tx& tx, std::string_view fact)
{
  TRY(const auto text, tx.fact(fact));
  if (!text) return schema::Object();
  auto value = schema::parse_json(*text);
  if (!value || !value->is_object()) return schema::Object();
  return std::move(value->object());
}

} // namespace gramsetu::runtime
