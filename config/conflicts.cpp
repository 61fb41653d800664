// From `conflicts:` and the entities' own rules to the rule of each field.
#include "config/binding.hpp"
#include "config/check.hpp"
#include "schema/merge.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::config {

using schema::Entity;
using schema::FieldSpec;
using schema::FieldType;
using schema::Node;
using schema::Rule;

namespace {

class EntityRules {
public:
  EntityRules(Binding& binding, const Entity& entity) : binding_(binding), entity_(entity)
  {
    for (const auto& [name, settings] : binding.loaded.config.endpoints) {
      sides_.push_back(name);
      sides_.push_back(settings.role);
    }
    sides_.push_back("local");
    std::sort(sides_.begin(), sides_.end());
    sides_.erase(std::unique(sides_.begin(), sides_.end()), sides_.end());
    std::erase(sides_, "");
  }

  void bind(const Node& block)
  {
    if (const Node* node = block.find("default"); node && !node->is_null()) {
      if (auto rule = read(*node)) {
        default_ = std::move(rule);
        own_rules().insert("");
      }
    }
    const Node* fields = block.find("fields");
    if (!fields || !fields->is_map()) return;
    std::vector<std::string> names;
    for (const auto& field : entity_.fields)
      names.push_back(field.name);
    for (const auto& entry : fields->entries) {
      const auto index = entity_.index_of(entry.key);
      if (!index) {
        binding_.wrong(entry.place, fmt::format("{} has no field '{}'", entity_.name, entry.key),
                       suggest(entry.key, names));
        continue;
      }
      bind_field(entity_.fields[*index], entry.value);
    }
  }

  // The rules in force: the operator's for the field, the entity's for the field, the operator's
  // default, the entity's default. A field of ordered states goes by their order unless a rule is its
  // own.
  std::map<std::string, Rule> resolved() const
  {
    std::map<std::string, Rule> rules;
    rules[""] = default_.value_or(entity_.default_rule);
    for (std::size_t i = 0; i < entity_.fields.size(); ++i) {
      const FieldSpec& field = entity_.fields[i];
      const auto own = own_.find(field.name);
      const bool by_default = !field.rule && field.type != FieldType::state && default_;
      rules[field.name] = own != own_.end() ? own->second
                          : by_default      ? *default_
                                            : entity_.rule_of(i);
    }
    return rules;
  }

private:
  std::set<std::string>& own_rules() { return binding_.loaded.config.own_rules[entity_.name]; }

  void bind_field(const FieldSpec& field, const Node& node)
  {
    auto rule = read(node);
    if (!rule) return;
    if (const std::string why = schema::why_unfit(field, *rule); !why.empty())
      binding_.wrong(
          node.place,
          fmt::format("the rule of {}.{} does not fit: {}", entity_.name, field.name, why),
          "newest, manual, { owner: X } or { prefer: [X, Y] }");
    if (const std::string why = schema::why_timeless(entity_, *rule); !why.empty())
      binding_.wrong(node.place, "newest: " + why, "name a field of type timestamp or date");
    own_[field.name] = std::move(*rule);
    own_rules().insert(field.name);
  }

  // A role that no endpoint has does no harm in a preference, as long as somebody is preferred: one
  // file then serves districts with and without a state endpoint. An owner must be there.
  std::optional<Rule> read(const Node& node)
  {
    auto rule = schema::read_rule(node, binding_.loaded.findings);
    if (!rule || rule->sides.empty()) return rule;
    const auto& roles = schema::roles();
    const auto is_here = [&](const std::string& side) {
      return side == schema::kIssuer ||
             std::find(sides_.begin(), sides_.end(), side) != sides_.end();
    };
    const bool any = std::any_of(rule->sides.begin(), rule->sides.end(), is_here);
    for (const std::string& side : rule->sides) {
      const bool role = std::find(roles.begin(), roles.end(), side) != roles.end();
      if (is_here(side) || (any && role)) continue;
      binding_.wrong(node.place,
                     fmt::format("the rule '{}' names '{}', which no endpoint is called and none "
                                 "has as its role",
                                 schema::to_text(*rule), side),
                     suggest(side, sides_));
    }
    return rule;
  }

  Binding& binding_;
  const Entity& entity_;
  std::vector<std::string> sides_;
  std::optional<Rule> default_;
  std::map<std::string, Rule> own_;
};

} // namespace

const Rule& Config::rule_of(const Entity& entity, std::size_t field) const
{
  const auto rules = conflicts.find(entity.name);
  if (rules == conflicts.end()) return entity.rule_of(field);
  const auto rule = rules->second.find(entity.fields[field].name);
  return rule == rules->second.end() ? entity.rule_of(field) : rule->second;
}

bool Config::is_own(const Entity& entity, const std::string& field) const
{
  const auto own = own_rules.find(entity.name);
  return own != own_rules.end() && own->second.contains(field);
}

bool Config::is_phased(const Entity& entity, std::size_t field) const
{
  return entity.is_phased(field) && !is_own(entity, "") &&
         !is_own(entity, entity.fields[field].name);
}

const Rule& Config::default_rule(const Entity& entity) const
{
  const auto rules = conflicts.find(entity.name);
  return rules == conflicts.end() ? entity.default_rule : rules->second.at("");
}

void bind_conflicts(Binding& binding)
{
  const Node* conflicts = binding.root.node("conflicts");
  if (conflicts)
    for (const auto& entry : conflicts->entries)
      if (!binding.loaded.entities.find(entry.key))
        binding.wrong(entry.place, fmt::format("unknown entity '{}' in conflicts", entry.key),
                      suggest(entry.key, binding.loaded.entities.names()));
  for (const Entity* entity : binding.loaded.entities.all()) {
    EntityRules rules(binding, *entity);
    if (const Node* block = conflicts ? conflicts->find(entity->name) : nullptr) {
      binding.entity_rules[entity->name] = block->place;
      rules.bind(*block);
    }
    binding.loaded.config.conflicts[entity->name] = rules.resolved();
  }
}

} // namespace gramsetu::config
