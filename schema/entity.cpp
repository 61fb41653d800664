// Entities by name, and what follows from their fields.
#include "schema/entity.hpp"

#include "schema/entity_reader.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

namespace gramsetu::schema {

namespace {

// The *.yaml files of a folder in name order, so that findings come in the same order everywhere.
std::vector<std::string> yaml_files(const std::string& folder, std::vector<Finding>& findings)
{
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error))
    if (it->path().extension() == ".yaml") paths.push_back(it->path().string());
  if (error)
    findings.push_back(Finding{Place{folder, 0, 0},
                               fmt::format("cannot list this folder: {}", error.message()),
                               "name a folder of entity files"});
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Depth first over the parents; `seen` also stops at a circle.
void visit(const Entities& entities, const Entity& entity, std::set<std::string>& seen,
           std::vector<const Entity*>& order)
{
  if (!seen.insert(entity.name).second) return;
  for (const auto& parent : entity.parents)
    if (const auto* above = entities.find(parent.entity)) visit(entities, *above, seen, order);
  order.push_back(&entity);
}

bool reaches(const Entities& entities, const std::string& from, const std::string& goal,
             std::set<std::string>& seen)
{
  const auto* entity = entities.find(from);
  if (entity == nullptr || !seen.insert(from).second) return false;
  for (const auto& parent : entity->parents)
    if (parent.entity != from &&
        (parent.entity == goal || reaches(entities, parent.entity, goal, seen)))
      return true;
  return false;
}

// False after a finding: a parent that is no entity, or parents in a circle.
bool check_parents(const Entities& entities, const Node& document, std::vector<Finding>& findings)
{
  const auto* name = document.find("entity");
  const auto* parents = document.find("parents");
  if (name == nullptr || parents == nullptr || entities.find(name->scalar) == nullptr) return true;
  NodeReader reader(findings);
  for (const auto& entry : parents->entries) {
    std::set<std::string> seen;
    const auto& parent = entry.value.scalar;
    if (entities.find(parent) == nullptr)
      reader.report_unknown(entry.value.place,
                            fmt::format("there is no entity '{}'", shown(parent)), parent,
                            entities.names());
    else if (parent != name->scalar && reaches(entities, parent, name->scalar, seen))
      reader.report(entry.value.place,
                    fmt::format("'{}' and '{}' are parents of each other", name->scalar, parent),
                    "one of them must be able to come first");
  }
  return reader.clean();
}

// What closes an entity's records is known only once all entities are: false after a finding.
bool check_closers(const Entity& entity, const Entities& entities, const Node& document,
                   std::vector<Finding>& findings)
{
  NodeReader reader(findings);
  const auto& place = document.find("closed")->place;
  for (const auto& closer : entity.closing->by) {
    if (closer.entity.empty()) continue;
    const auto* book = entities.find(closer.entity);
    const auto index = book ? book->index_of(closer.when.field) : std::nullopt;
    if (book == nullptr)
      reader.report_unknown(place, fmt::format("there is no entity '{}'", shown(closer.entity)),
                            closer.entity, entities.names());
    else if (!index)
      reader.report(place,
                    fmt::format("{} has no field '{}'", book->name, shown(closer.when.field)),
                    "name one of its fields after when");
    for (const auto& value : closer.when.values) {
      if (!index) break;
      const auto choices = words_of(book->fields[*index]);
      if (std::find(choices.begin(), choices.end(), value) == choices.end())
        reader.report_unknown(
            place, fmt::format("'{}' is no {} of {}", shown(value), closer.when.field, book->name),
            value, choices);
    }
  }
  return reader.clean();
}

} // namespace

std::optional<std::size_t> Entity::index_of(std::string_view field) const
{
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == field) return i;
  return std::nullopt;
}

const Rule& Entity::rule_of(std::size_t field) const
{
  static const Rule kState{RuleKind::state, {}};
  const FieldSpec& spec = fields[field];
  if (spec.rule) return *spec.rule;
  return spec.type == FieldType::state ? kState : default_rule;
}

bool Entity::is_phased(std::size_t field) const
{
  return phases && !fields[field].rule && fields[field].type != FieldType::state;
}

std::string why_timeless(const Entity& entity, const Rule& rule)
{
  if (rule.by.empty()) return {};
  const auto index = entity.index_of(rule.by);
  if (!index) return fmt::format("'{}' is no field of {}", rule.by, entity.name);
  const auto type = entity.fields[*index].type;
  const bool timely = type == FieldType::timestamp || type == FieldType::date;
  return timely ? "" : fmt::format("'{}' is no time", rule.by);
}

void Entities::add(const Node& document, std::vector<Finding>& findings)
{
  auto entity = read_entity(document, findings);
  if (!entity) return;
  if (entities_.contains(entity->name)) {
    findings.push_back(Finding{document.find("entity")->place,
                               fmt::format("entity '{}' is declared already", entity->name),
                               "give it another name, or remove one of the two files"});
    return;
  }
  entity->digest = digest_of(document);
  std::string name = entity->name;
  entities_.emplace(std::move(name), std::move(entity));
}

Entities Entities::load(const std::vector<std::string>& folders, std::vector<Finding>& findings)
{
  Entities entities;
  std::vector<Node> documents;
  for (const auto& folder : folders) {
    for (const auto& path : yaml_files(folder, findings)) {
      const std::size_t before = findings.size();
      Node document = read_document(path, findings);
      if (findings.size() != before) continue; // what it holds cannot be trusted
      entities.add(document, findings);
      documents.push_back(std::move(document));
    }
  }
  // Against the full list, so that the order of the files does not matter; removed only afterwards.
  std::vector<std::string> orphans;
  for (const auto& document : documents)
    if (!check_parents(entities, document, findings))
      orphans.push_back(document.find("entity")->scalar);
  for (const auto& document : documents) {
    const auto* name = document.find("entity");
    const auto* entity = name ? entities.find(name->scalar) : nullptr;
    if (entity && entity->closing && !check_closers(*entity, entities, document, findings))
      orphans.push_back(name->scalar);
  }
  for (const auto& name : orphans)
    entities.entities_.erase(name);
  for (const auto& [name, entity] : entities.entities_)
    for (const auto& closer : entity->closing ? entity->closing->by : std::vector<Closer>())
      if (const auto book = entities.entities_.find(closer.entity);
          book != entities.entities_.end())
        book->second->closes.push_back(closer.when);
  return entities;
}

const Entity* Entities::find(std::string_view name) const
{
  const auto found = entities_.find(name);
  return found == entities_.end() ? nullptr : found->second.get();
}

std::vector<const Entity*> Entities::all() const
{
  std::vector<const Entity*> order;
  std::set<std::string> seen;
  for (const auto& [name, entity] : entities_)
    visit(*this, *entity, seen, order);
  return order;
}

std::vector<std::string> Entities::names() const
{
  std::vector<std::string> names;
  for (const auto& [name, entity] : entities_)
    names.push_back(name);
  return names;
}

} // namespace gramsetu::schema
