// Reading and applying the `phases:` block.
#include "schema/phases.hpp"

#include "schema/entity_reader.hpp"
#include "schema/record.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::schema {

namespace {

std::optional<std::size_t> read_by(const Node& block, const Entity& entity, NodeReader& reader)
{
  const auto* by = block.find("by");
  if (by == nullptr) {
    reader.report(block.place, "phases does not say by which field", "add by: FIELD");
    return std::nullopt;
  }
  const auto name = reader.text(*by, "by");
  const auto index = name ? entity.index_of(*name) : std::nullopt;
  if (!name) return std::nullopt;
  if (index && entity.fields[*index].type == FieldType::state) return index;
  reader.report(by->place, fmt::format("'{}' has no ordered states", shown(*name)),
                "name a field of type state");
  return std::nullopt;
}

std::optional<std::size_t> rank_of(const FieldSpec& field, const Record& record, std::size_t index)
{
  if (record.fields.empty() || !record.fields[index].is_text()) return std::nullopt;
  const auto& choices = field.choices;
  const auto found = std::find(choices.begin(), choices.end(), record.fields[index].text());
  if (found == choices.end()) return std::nullopt;
  return static_cast<std::size_t>(found - choices.begin());
}

} // namespace

std::optional<Phases> read_phases(const Node& document, const Entity& entity, NodeReader& reader,
                                  std::vector<Finding>& findings)
{
  const auto* block = document.find("phases");
  if (block == nullptr) return std::nullopt;
  if (!block->is_map()) {
    reader.report(block->place, "phases is no map", "write it as { by: FIELD, STATE: RULE }");
    return std::nullopt;
  }
  const auto field = read_by(*block, entity, reader);
  if (!field) return std::nullopt;
  Phases phases;
  phases.field = *field;
  const auto& choices = entity.fields[*field].choices;
  for (const auto& entry : block->entries) {
    if (entry.key == "by") continue;
    const auto state = std::find(choices.begin(), choices.end(), entry.key);
    if (state == choices.end()) {
      reader.report_unknown(entry.place,
                            fmt::format("'{}' is none of the states", shown(entry.key)), entry.key,
                            choices);
      continue;
    }
    const auto rule = read_general_rule(entry.value, reader, findings);
    if (rule) phases.rules[static_cast<std::size_t>(state - choices.begin())] = *rule;
  }
  return phases;
}

const Rule* phase_rule(const Entity& entity, const Record& record, const Record* other)
{
  if (!entity.phases) return nullptr;
  const auto& phases = *entity.phases;
  const auto& field = entity.fields[phases.field];
  auto rank = rank_of(field, record, phases.field);
  if (other) rank = std::max(rank, rank_of(field, *other, phases.field));
  if (!rank) return nullptr;
  const auto next = phases.rules.upper_bound(*rank);
  return next == phases.rules.begin() ? nullptr : &std::prev(next)->second;
}

} // namespace gramsetu::schema
