// Records: their key, their JSON, and back.
#include "schema/record.hpp"

#include "schema/canonical.hpp"
#include "schema/json.hpp"
#include "schema/record_check.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

namespace gramsetu::schema {

namespace {

void append_part(std::string& key, std::string_view part, bool one_of_several)
{
  for (const char c : part) {
    if (one_of_several && c == '~')
      key += "~0";
    else if (one_of_several && c == '/')
      key += "~1";
    else
      key += c;
  }
}

// Index of `name`; records mostly have their members in the order of the fields, so look there first.
std::optional<std::size_t> locate(const Entity& entity, std::string_view name, std::size_t hint)
{
  if (hint < entity.fields.size() && entity.fields[hint].name == name) return hint;
  return entity.index_of(name);
}

// The kind that a stored value of this type must have.
Value::Kind kind_of(FieldType type)
{
  switch (type) {
  case FieldType::integer:
  case FieldType::financial_year:
  case FieldType::money: return Value::Kind::integer;
  case FieldType::boolean: return Value::Kind::boolean;
  case FieldType::list: return Value::Kind::list;
  case FieldType::object: return Value::Kind::object;
  default: return Value::Kind::text;
  }
}

std::vector<std::string> field_names(const Entity& entity)
{
  std::vector<std::string> names;
  for (const auto& field : entity.fields)
    names.push_back(field.name);
  return names;
}

std::string not_a_field(const Entity& entity, const std::string& name)
{
  const std::string near = nearest(name, field_names(entity));
  return fmt::format("{} has no field '{}'{}", entity.name, shown(name),
                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

} // namespace

std::string key_part(const Value& value, bool one_of_several)
{
  std::string part;
  if (value.is_integer()) part = std::to_string(value.integer());
  if (value.is_text()) append_part(part, comparison_form(value.text()), one_of_several);
  return part;
}

FieldSet all_fields(const Entity& entity)
{
  return FieldSet(entity.fields.size(), true);
}

Result<std::string> key_of(const Entity& entity, const Record& record)
{
  std::string key;
  for (const std::size_t index : entity.key) {
    const Value& value = record.fields[index];
    if (value.is_empty()) {
      if (entity.fields[index].key_optional) continue;
      return fail(ErrorKind::invalid, fmt::format("key field '{}' of {} is empty",
                                                  entity.fields[index].name, entity.name));
    }
    if (!value.is_integer() && !value.is_text())
      return fail(ErrorKind::invalid,
                  fmt::format("key field '{}' of {} is neither text nor integer",
                              entity.fields[index].name, entity.name));
    if (!key.empty()) key += '/';
    key += key_part(value, entity.key.size() > 1);
  }
  return key;
}

std::vector<std::string> split_key(std::string_view key, std::size_t parts)
{
  if (parts == 1) return {std::string(key)};
  std::vector<std::string> all(1);
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool escaped = key[i] == '~' && i + 1 < key.size();
    if (key[i] == '/')
      all.emplace_back();
    else if (escaped)
      all.back().push_back(key[++i] == '1' ? '/' : '~');
    else
      all.back().push_back(key[i]);
  }
  return all;
}

std::string encode_record(const Entity& entity, const Record& record)
{
  std::string json = "{";
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    if (record.fields[i].is_absent()) continue;
    if (json.size() > 1) json += ',';
    // Field names are identifiers: nothing to escape.
    json += '"';
    json += entity.fields[i].name;
    json += "\":";
    append_json(json, record.fields[i]);
  }
  json += '}';
  return json;
}

Result<Record> decode_record(const Entity& entity, std::string_view json)
{
  Record record(entity);
  std::size_t hint = 0;
  const auto take = [&](std::string_view name, Value value) -> Result<void> {
    const auto index = locate(entity, name, hint);
    if (!index) return {}; // the entity had it once
    hint = *index + 1;
    const auto kind = value.kind();
    if (kind != Value::Kind::null && kind != kind_of(entity.fields[*index].type))
      return fail(ErrorKind::corrupt, fmt::format("has {} for '{}'", name_of(kind), name));
    if (!record.fields[*index].is_absent())
      return fail(ErrorKind::corrupt, fmt::format("has '{}' twice", name));
    record.fields[*index] = std::move(value);
    return {};
  };
  if (auto read = parse_json_members(json, take); !read) {
    const bool ours = read.error().kind == ErrorKind::corrupt;
    return fail(ErrorKind::corrupt,
                fmt::format("stored {} {}{}", entity.name,
                            ours ? "" : "is no JSON object: ", read.error().what));
  }
  return record;
}

Result<Record> read_fields(const Entity& entity, const Value& document)
{
  if (!document.is_object())
    return fail(ErrorKind::invalid,
                fmt::format("a {} is an object, not {}", entity.name, name_of(document.kind())));
  Record record(entity);
  std::vector<std::string> wrong;
  for (const auto& member : document.object().members()) {
    const auto index = entity.index_of(member.name);
    if (!index) {
      wrong.push_back(not_a_field(entity, member.name));
      continue;
    }
    if (const auto fault = check_value(entity.fields[*index], member.value))
      wrong.push_back(fault->text);
    record.fields[*index] = member.value;
  }
  if (wrong.empty()) return record;
  return fail(ErrorKind::invalid, fmt::format("{}", fmt::join(wrong, "; ")));
}

} // namespace gramsetu::schema
