// Masks values by the privacy class of their field.
#include "daemon/api/masks.hpp"

#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::api {

bool is_masked(const schema::FieldSpec& field)
{
  return field.privacy == schema::Privacy::personal ||
         field.privacy == schema::Privacy::financial || field.privacy == schema::Privacy::forbidden;
}

bool has_masked(const schema::Entity& entity)
{
  return std::any_of(entity.fields.begin(), entity.fields.end(), is_masked);
}

schema::Value masked(const schema::FieldSpec& field, schema::Value value)
{
  if (!is_masked(field) || value.is_absent() || value.is_null()) return value;
  return kMask;
}

schema::Value masked(const schema::Entity& entity, schema::Value record)
{
  if (!record.is_object()) return has_masked(entity) ? schema::Value(kMask) : std::move(record);
  schema::Object shown;
  for (const auto& member : record.object().members()) {
    const auto index = entity.index_of(member.name);
    if (index)
      shown.append(member.name, masked(entity.fields[*index], member.value));
    else
      shown.append(member.name, has_masked(entity) ? schema::Value(kMask) : member.value);
  }
  return shown;
}

schema::Value shown_json(const schema::Entity* entity, const std::string& field,
                         const std::string& json, bool unmasked)
{
  if (json.empty()) return schema::Null{};
  auto value = schema::parse_json(json);
  // A whole record stands in it as the text of its JSON.
  if (value && field == "*" && value->is_text()) value = schema::parse_json(value->text());
  if (!value || value->is_null()) return schema::Null{};
  if (unmasked) return std::move(*value);
  if (!entity) return kMask;
  const auto index = entity->index_of(field);
  return index ? masked(entity->fields[*index], std::move(*value))
               : masked(*entity, std::move(*value));
}

std::string masked_words(const schema::Entity& entity, std::string_view words)
{
  if (!has_masked(entity)) return std::string(words);
  std::string shown;
  for (;;) {
    const auto open = words.find('\'');
    const auto close = open == std::string_view::npos ? open : words.find('\'', open + 1);
    if (close == std::string_view::npos) return shown.append(words);
    shown.append(words.substr(0, open)).append("'").append(kMask).append("'");
    words.remove_prefix(close + 1);
  }
}

void drop_masks(const schema::Entity& entity, schema::Object& record)
{
  for (const auto& field : entity.fields) {
    const auto* value = record.find(field.name);
    if (value && is_masked(field) && value->is_text() && value->text() == kMask)
      record.erase(field.name);
  }
}

} // namespace gramsetu::api
