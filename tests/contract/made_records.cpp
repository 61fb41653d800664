// A value for each kind of field.
#include "tests/contract/made_records.hpp"

#include "tests/contract/schemes.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::contract {

using connectors::Stream;
using schema::FieldType;
using schema::Value;

namespace {

bool is_key(const schema::Entity& entity, std::size_t field)
{
  return std::find(entity.key.begin(), entity.key.end(), field) != entity.key.end();
}

// A text that is no part of the key and is written: what an edit changes.
std::optional<std::size_t> free_text(const Stream& stream)
{
  const auto& fields = stream.entity->fields;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].type == FieldType::text && stream.mapping->pushed()[i] &&
        !is_key(*stream.entity, i))
      return i;
  return std::nullopt;
}

Value value_of(const schema::FieldSpec& field, bool key, const std::string& number)
{
  switch (field.type) {
  case FieldType::code:
    return Value(key ? "1" + number : field.code_kind == "state" ? "19" : "309");
  case FieldType::money: return Value(125'050);
  case FieldType::integer: return Value(7);
  case FieldType::financial_year: return Value(2026);
  case FieldType::date: return Value("2026-06-14");
  case FieldType::timestamp: return Value("2026-06-14T10:00:00.000Z");
  case FieldType::enumeration:
  case FieldType::state: return Value(field.choices.front());
  case FieldType::text: return Value(key ? "K" + number : "Label " + number);
  default: return Value();
  }
}

} // namespace

std::shared_ptr<const connectors::Manifest> shipped_manifest(const std::string& name)
{
  std::vector<schema::Finding> findings;
  const auto file = std::string(GRAMSETU_SOURCE_DIR) + "/connectors/manifests/" + name + ".yaml";
  auto manifest = connectors::read_manifest(schema::read_document(file, findings),
                                            shipped_entities(), findings);
  for (const auto& finding : findings)
    FAIL(to_text(finding));
  return manifest;
}

const Stream& stream_named(const connectors::Manifest& manifest, const std::string& name)
{
  const auto found = std::find_if(manifest.streams.begin(), manifest.streams.end(),
                                  [&](const Stream& stream) { return stream.name == name; });
  REQUIRE(found != manifest.streams.end());
  return *found;
}

schema::Record made_record(const Stream& stream, const std::string& number,
                           const std::string& label)
{
  const auto& entity = *stream.entity;
  schema::Record record(entity);
  const auto text = free_text(stream);
  for (std::size_t i = 0; i < entity.fields.size(); ++i)
    if (entity.fields[i].required || is_key(entity, i) || i == text)
      record.fields[i] = value_of(entity.fields[i], is_key(entity, i), number);
  if (text && !label.empty()) record.fields[*text] = Value(label);
  return record;
}

Value made_body(const Stream& stream, const std::string& number, const std::string& label)
{
  return stream.mapping->to_remote(made_record(stream, number, label), stream.mapping->pushed());
}

connectors::Intent made_intent(const Stream& stream, int number)
{
  const auto fresh = fmt::format("{:07}", 9'000'000 + number);
  connectors::Intent intent;
  intent.key = key_of(*stream.entity, made_record(stream, fresh)).value_or("");
  intent.idempotency_key = fmt::format("idem-{}", number);
  intent.body = made_body(stream, fresh);
  return intent;
}

Value changed_body(const Stream& stream, const Value& body, int number)
{
  auto record = stream.mapping->to_record(body).record;
  if (const auto text = free_text(stream))
    record.fields[*text] = Value(fmt::format("changed {}", number));
  return stream.mapping->to_remote(record, stream.mapping->pushed());
}

} // namespace gramsetu::contract
