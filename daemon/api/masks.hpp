// Who may see a value: personal and financial fields are masked in every output unless unmasked by right.
#pragma once

#include "schema/entity.hpp"
#include "schema/record.hpp"
#include "schema/value.hpp"

#include <string>
#include <string_view>

namespace gramsetu::api {

inline constexpr std::string_view kMask = "********";

bool is_masked(const schema::FieldSpec& field);
// True when some field of the entity is masked: then what cannot be read field by field is masked whole.
bool has_masked(const schema::Entity& entity);

// The value, or the mask in its place. That a value is missing may be seen.
schema::Value masked(const schema::FieldSpec& field, schema::Value value);
// An object of fields, each by its own class. Names that the entity does not have are masked when
// anything of the entity is.
schema::Value masked(const schema::Entity& entity, schema::Value record);
// A conflict's value as the store has it: of one field, or with "*" the whole record; unmasked by right only.
schema::Value shown_json(const schema::Entity* entity, const std::string& field,
                         const std::string& json, bool unmasked);
// Words that may quote a value of `entity`: what stands in quotes is taken out.
std::string masked_words(const schema::Entity& entity, std::string_view words);

// A masked record that comes back says nothing of its masked fields: they are taken out, so that the
// mask never becomes a value.
void drop_masks(const schema::Entity& entity, schema::Object& record);

} // namespace gramsetu::api
