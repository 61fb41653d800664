// Reading a record's envelope by the pointers of its stream.
#include "connectors/api/extract.hpp"

#include "schema/scalar.hpp"
#include "schema/types.hpp"

#include <algorithm>

namespace gramsetu::connectors {

namespace {

std::string text_at(const schema::Value& body, const std::string& pointer)
{
  if (pointer.empty()) return {};
  const schema::Value* value = schema::at_pointer(body, pointer);
  return value ? scalar_text(*value) : std::string();
}

bool higher(const std::string& type, const std::string& one, const std::string& other)
{
  if (type == "integer") {
    const auto a = schema::read_integer(one), b = schema::read_integer(other);
    if (a && b) return *a > *b;
  }
  if (type == "timestamp") {
    if (is_no_later(one, other)) return false;
    const auto a = from_rfc3339(one), b = from_rfc3339(other);
    if (a && b) return *a > *b;
  }
  return one > other;
}

} // namespace

std::optional<Instant> modified_at(const Stream& stream, std::string_view text)
{
  const auto at = schema::read_instant(text, stream.modified_format, stream.modified_zone);
  return at ? std::optional<Instant>(*at) : std::nullopt;
}

bool is_no_later(std::string_view text, std::string_view than)
{
  constexpr std::size_t kZone = 6, kLeast = 20; // "+05:30", "2026-11-23T09:00:00Z"
  if (text.size() != than.size() || text.size() < kLeast || text > than) return false;
  for (const auto time : {text, than})
    if (time[4] != '-' || time[10] != 'T' || time[13] != ':') return false;
  if (text.back() == 'Z' && than.back() == 'Z') return true;
  const auto zone = text.substr(text.size() - kZone);
  return zone[3] == ':' && zone == than.substr(than.size() - kZone);
}

std::string scalar_text(const schema::Value& value)
{
  switch (value.kind()) {
  case schema::Value::Kind::boolean: return value.boolean() ? "true" : "false";
  case schema::Value::Kind::integer: return std::to_string(value.integer());
  case schema::Value::Kind::number: return value.literal();
  case schema::Value::Kind::text: return value.text();
  default: return {};
  }
}

RemoteRecord extract(const Stream& stream, schema::Value body)
{
  RemoteRecord record;
  record.remote_id = text_at(body, stream.id_pointer);
  record.version = text_at(body, stream.version_pointer);
  if (stream.deletes == Deletes::marker) {
    const std::string marker = text_at(body, stream.deleted_pointer);
    const auto& values = stream.deleted_values;
    const bool listed = std::find(values.begin(), values.end(), marker) != values.end();
    record.deleted = values.empty() ? !marker.empty() && marker != "false" : listed;
  }
  if (!stream.modified_pointer.empty()) {
    record.modified = modified_at(stream, text_at(body, stream.modified_pointer));
  }
  record.body = std::move(body);
  return record;
}

void raise_cursor(const Stream& stream, const schema::Value& body, std::string& highest)
{
  raise_cursor_to(stream, text_at(body, stream.cursor_pointer), highest);
}

void raise_cursor_to(const Stream& stream, const std::string& value, std::string& highest)
{
  if (value.empty()) return;
  if (highest.empty() || higher(stream.cursor_type, value, highest)) highest = value;
}

} // namespace gramsetu::connectors
