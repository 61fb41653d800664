// Reads the declaration of one entity: its fields first, then what refers to them.
#include "schema/entity_reader.hpp"

#include "schema/merge.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace gramsetu::schema {

namespace {

std::vector<std::string> field_names(const Entity& entity)
{
  std::vector<std::string> names;
  for (const auto& field : entity.fields)
    names.push_back(field.name);
  return names;
}

// `place`, `state`, `district`: a field that holds an LGD code, of `kind` when one is given.
std::optional<std::size_t> read_code_reference(const Node& document, const std::string& what,
                                               const std::string& kind, const Entity& entity,
                                               NodeReader& reader)
{
  const auto* node = document.find(what);
  if (node == nullptr) return std::nullopt;
  const auto index = read_reference(*node, what, entity, reader);
  if (!index) return std::nullopt;
  const FieldSpec& field = entity.fields[*index];
  if (field.type != FieldType::code || (!kind.empty() && field.code_kind != kind))
    reader.report(
        node->place,
        fmt::format("'{}' holds no code{}", field.name, kind.empty() ? "" : " of a " + kind),
        "name a field of type code" + (kind.empty() ? "" : " with of: " + kind));
  return index;
}

bool can_be_key(FieldType type)
{
  switch (type) {
  case FieldType::text:
  case FieldType::code:
  case FieldType::integer:
  case FieldType::enumeration:
  case FieldType::date:
  case FieldType::financial_year: return true;
  default: return false;
  }
}

void read_key(const Node& document, Entity& entity, NodeReader& reader)
{
  const auto* node = document.find("key");
  if (node == nullptr)
    return reader.report(document.place, "the entity has no key", "add key: [field, ...]");
  bool optional = false;
  for (const auto& name : reader.texts(*node, "key")) {
    const auto index = entity.index_of(name);
    if (!index) {
      reader.report_unknown(node->place,
                            fmt::format("key names '{}', which is no field", shown(name)), name,
                            field_names(entity));
      continue;
    }
    const FieldSpec& field = entity.fields[*index];
    if (!can_be_key(field.type))
      reader.report(node->place, fmt::format("a {} cannot be part of a key", name_of(field.type)),
                    "use text, code, integer, enumeration, date or financial_year");
    if (field.privacy == Privacy::forbidden)
      reader.report(node->place,
                    fmt::format("key field '{}' is forbidden, so that it is masked", field.name),
                    "another key: two records would be one");
    // Else two keys of different fields could read alike.
    if (optional && !field.key_optional)
      reader.report(node->place, "an optional part of the key stands before another",
                    "put it last");
    optional = optional || field.key_optional;
    entity.key.push_back(*index);
  }
  if (!entity.key.empty() && entity.fields[entity.key.front()].key_optional)
    reader.report(node->place, "the first part of the key is optional",
                  "make it a part that is always there");
}

void read_parents(const Node& document, Entity& entity, NodeReader& reader)
{
  const auto* node = document.find("parents");
  if (node == nullptr) return;
  if (!node->is_map())
    return reader.report(node->place, "parents is no map", "write it as { field: entity }");
  for (const auto& entry : node->entries) {
    const auto index = entity.index_of(entry.key);
    const auto parent = reader.text(entry.value, "parent");
    if (!index)
      reader.report_unknown(entry.place,
                            fmt::format("parents names '{}', which is no field", shown(entry.key)),
                            entry.key, field_names(entity));
    else if (entity.fields[*index].type != FieldType::code &&
             entity.fields[*index].type != FieldType::text)
      reader.report(entry.place, fmt::format("'{}' cannot hold a key", entry.key),
                    "a parent is named by text or a code");
    else if (parent)
      entity.parents.push_back(Parent{*index, *parent});
  }
}

void read_fields(const Node& document, const std::vector<std::string>& authority, Entity& entity,
                 NodeReader& reader, std::vector<Finding>& findings)
{
  const auto* fields = document.find("fields");
  if (fields == nullptr || !fields->is_map() || fields->entries.empty())
    return reader.report(fields ? fields->place : document.place, "the entity has no fields",
                         "add fields: { name: { type: text, privacy: open } }");
  for (const auto& entry : fields->entries)
    if (auto field = read_field(entry, authority, reader, findings))
      entity.fields.push_back(std::move(*field));
}

void sort_by_name(Entity& entity)
{
  entity.by_name.resize(entity.fields.size());
  std::iota(entity.by_name.begin(), entity.by_name.end(), std::size_t{0});
  std::sort(entity.by_name.begin(), entity.by_name.end(), [&](std::size_t a, std::size_t b) {
    return entity.fields[a].name < entity.fields[b].name;
  });
}

void read_default_rule(const Node& document, Entity& entity, NodeReader& reader,
                       std::vector<Finding>& findings)
{
  const auto* node = document.find("rule");
  if (node == nullptr) return; // `manual`: a person decides
  if (const auto rule = read_general_rule(*node, reader, findings)) entity.default_rule = *rule;
}

// A rule may go by a field that its own field stands before.
void check_times(const Node& document, const Entity& entity, NodeReader& reader)
{
  const auto* node = document.find("rule");
  if (const auto why = why_timeless(entity, entity.default_rule); !why.empty())
    reader.report(node->place, "newest: " + why, "name a field of type timestamp or date");
  const auto* fields = document.find("fields");
  for (const auto& field : entity.fields) {
    const auto why = field.rule ? why_timeless(entity, *field.rule) : "";
    if (why.empty()) continue;
    reader.report(fields->find(field.name)->find("rule")->place, "newest: " + why,
                  "name a field of type timestamp or date");
  }
  if (!entity.phases) return;
  for (const auto& [rank, rule] : entity.phases->rules)
    if (const auto why = why_timeless(entity, rule); !why.empty())
      reader.report(document.find("phases")->place, "newest: " + why,
                    "name a field of type timestamp or date");
}

} // namespace

std::optional<std::size_t> read_reference(const Node& node, std::string_view what,
                                          const Entity& entity, NodeReader& reader)
{
  const auto name = reader.text(node, what);
  if (!name) return std::nullopt;
  const auto index = entity.index_of(*name);
  if (!index)
    reader.report_unknown(node.place,
                          fmt::format("{} names '{}', which is no field", what, shown(*name)),
                          *name, field_names(entity));
  return index;
}

const std::vector<std::string>& roles()
{
  static const std::vector<std::string> kRoles = {"directory", "central", "state",
                                                  "csc",       "local",   "peer"};
  return kRoles;
}

bool is_identifier(const std::string& name)
{
  if (name.empty() || name.size() > 64 || name[0] < 'a' || name[0] > 'z') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

std::vector<std::string> read_roles(const Node& node, NodeReader& reader)
{
  auto words = reader.texts(node, "authority");
  for (const auto& word : words)
    if (std::find(roles().begin(), roles().end(), word) == roles().end())
      reader.report_unknown(node.place, fmt::format("'{}' is no role", shown(word)), word, roles());
  return words;
}

std::optional<Rule> read_entity_rule(const Node& node, NodeReader& reader,
                                     std::vector<Finding>& findings)
{
  auto rule = read_rule(node, findings);
  if (!rule) return std::nullopt;
  for (const auto& side : rule->sides)
    if (side != kIssuer && std::find(roles().begin(), roles().end(), side) == roles().end())
      reader.report_unknown(node.place, fmt::format("'{}' is no role", shown(side)), side, roles());
  return rule;
}

std::optional<Rule> read_general_rule(const Node& node, NodeReader& reader,
                                      std::vector<Finding>& findings)
{
  auto rule = read_entity_rule(node, reader, findings);
  if (!rule) return std::nullopt;
  if (rule->kind == RuleKind::union_ || rule->kind == RuleKind::max ||
      rule->kind == RuleKind::min || rule->kind == RuleKind::state)
    reader.report(node.place, fmt::format("'{}' does not fit every field", to_text(*rule)),
                  "use newest, manual, owner or prefer");
  return rule;
}

std::unique_ptr<Entity> read_entity(const Node& document, std::vector<Finding>& findings)
{
  NodeReader reader(findings);
  if (!reader.map_of(document, "the entity",
                     {"entity", "title", "key", "place", "state", "district", "parents",
                      "authority", "rule", "phases", "closed", "versions", "succession", "dated",
                      "stamped", "fields"}))
    return nullptr;
  auto entity = std::make_unique<Entity>();
  const auto* name = document.find("entity");
  if (name == nullptr)
    reader.report(document.place, "the entity has no name", "add entity: name");
  else
    entity->name = reader.text(*name, "entity").value_or("");
  if (!entity->name.empty() && !is_identifier(entity->name))
    reader.report(name->place, fmt::format("'{}' is no entity name", shown(entity->name)),
                  "lower case letters, digits and '_', a letter first");
  entity->title = entity->name;
  if (const auto* title = document.find("title"))
    entity->title = reader.text(*title, "title").value_or("");
  std::vector<std::string> authority;
  if (const auto* node = document.find("authority"))
    authority = read_roles(*node, reader);
  else
    reader.report(document.place, "the entity has no authority", "add authority: [role, ...]");
  read_default_rule(document, *entity, reader, findings);
  read_fields(document, authority, *entity, reader, findings);
  read_key(document, *entity, reader);
  entity->place = read_code_reference(document, "place", "", *entity, reader);
  entity->state = read_code_reference(document, "state", "state", *entity, reader);
  entity->district = read_code_reference(document, "district", "district", *entity, reader);
  read_parents(document, *entity, reader);
  entity->closing = read_closing(document, *entity, reader);
  read_places(document, *entity, reader);
  entity->phases = read_phases(document, *entity, reader, findings);
  check_times(document, *entity, reader);
  sort_by_name(*entity);
  return reader.clean() ? std::move(entity) : nullptr;
}

} // namespace gramsetu::schema
