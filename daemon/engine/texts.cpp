// Writing and reading the base of a shadow.
#include "daemon/engine/texts.hpp"

#include "schema/json.hpp"

namespace gramsetu::engine {

using schema::Object;
using schema::Value;

std::string write_base(const schema::Entity& entity, const BaseText& base)
{
  return write_base(encode_record(entity, base.record), base.unmapped, base.deleted_at);
}

std::string write_base(std::string record, const Object& unmapped,
                       const std::optional<Instant>& deleted_at)
{
  std::string text = std::move(record);
  Object more;
  if (!unmapped.empty()) more.append("+", Value(unmapped));
  if (deleted_at) more.append("-", Value(deleted_at->time_since_epoch().count()));
  if (more.empty()) return text;
  const std::string tail = schema::to_json(Value(std::move(more)));
  // "{...}" and "{...}" become one object.
  text.pop_back();
  if (text.size() > 1) text.push_back(',');
  return text + tail.substr(1);
}

Result<BaseText> read_base(const schema::Entity& entity, std::string_view text)
{
  BaseText base;
  base.record = schema::Record(entity);
  if (text.empty()) return base;
  TRY(base.record, decode_record(entity, text));
  if (text.find("\"+\":") == std::string_view::npos &&
      text.find("\"-\":") == std::string_view::npos)
    return base;
  TRY(const Value whole, schema::parse_json(text));
  if (const auto* unmapped = whole.object().find("+"); unmapped && unmapped->is_object())
    base.unmapped = unmapped->object();
  if (const auto* at = whole.object().find("-"); at && at->is_integer())
    base.deleted_at = Instant(std::chrono::milliseconds(at->integer()));
  return base;
}

void RecordTexts::know(const schema::Record& record, std::string text)
{
  known_.emplace_back(&record, std::move(text));
}

const std::string& RecordTexts::of(const schema::Record& record)
{
  for (const auto& [known, text] : known_)
    if (known == &record || *known == record) return text;
  return known_.emplace_back(&record, encode_record(entity_, record)).second;
}

} // namespace gramsetu::engine
