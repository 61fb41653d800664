// Reading what an entity says about places in time.
#include "schema/versions.hpp"

#include "schema/entity_reader.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gramsetu::schema {

namespace {

// Reads the members of one block, each of which names a field.
class BlockReader {
public:
  BlockReader(const Node& block, const Entity& entity, NodeReader& reader)
      : block_(block), entity_(entity), reader_(reader)
  {
  }

  std::optional<std::size_t> maybe(const std::string& member, FieldType type)
  {
    const auto* node = block_.find(member);
    return node ? typed(*node, member, type) : std::nullopt;
  }

  std::size_t must(const std::string& member, FieldType type)
  {
    if (block_.find(member) == nullptr)
      reader_.report(block_.place, fmt::format("it does not say '{}'", member),
                     fmt::format("add {}: FIELD", member));
    return maybe(member, type).value_or(0);
  }

  std::vector<std::size_t> list(const std::string& member, FieldType type)
  {
    std::vector<std::size_t> fields;
    const auto* node = block_.find(member);
    if (node == nullptr) return fields;
    if (!node->is_list()) {
      if (const auto one = typed(*node, member, type)) fields.push_back(*one);
      return fields;
    }
    for (const auto& item : node->items)
      if (const auto index = typed(item, member, type)) fields.push_back(*index);
    return fields;
  }

private:
  std::optional<std::size_t> typed(const Node& node, const std::string& member, FieldType type)
  {
    const auto index = read_reference(node, member, entity_, reader_);
    if (!index || entity_.fields[*index].type == type) return index;
    reader_.report(node.place, fmt::format("'{}' is no {}", shown(node.scalar), name_of(type)),
                   fmt::format("name a field of type {}", name_of(type)));
    return std::nullopt;
  }

  const Node& block_;
  const Entity& entity_;
  NodeReader& reader_;
};

std::optional<Versions> read_versions(const Node& document, const Entity& entity,
                                      NodeReader& reader)
{
  const auto* block = document.find("versions");
  if (block == nullptr) return std::nullopt;
  if (!reader.map_of(*block, "versions",
                     {"by", "from", "names", "parents", "active", "replaces", "replaced_by"}))
    return std::nullopt;
  BlockReader fields(*block, entity, reader);
  Versions versions;
  const auto numbers = fields.list("by", FieldType::integer);
  if (numbers.empty() || numbers.size() > 2)
    reader.report(block->place, "versions does not say by which number", "add by: FIELD");
  else
    versions.number = numbers.front();
  if (numbers.size() == 2) versions.minor = numbers.back();
  versions.from = fields.maybe("from", FieldType::date);
  versions.names = fields.list("names", FieldType::text);
  versions.parents = fields.list("parents", FieldType::code);
  versions.active = fields.maybe("active", FieldType::boolean);
  versions.replaces = fields.maybe("replaces", FieldType::list);
  versions.replaced_by = fields.maybe("replaced_by", FieldType::list);
  if (versions.names.empty())
    reader.report(block->place, "versions does not say which field is the name",
                  "add names: [FIELD, ...]");
  if (!entity.key.empty() && entity.fields[entity.key.front()].type != FieldType::code)
    reader.report(block->place, "the key of a place begins with its code", "key: [code, ...]");
  return versions;
}

// `from: [KIND, CODE]`
std::pair<std::size_t, std::size_t> read_end(const Node& block, const std::string& member,
                                             const Entity& entity, NodeReader& reader)
{
  const auto* node = block.find(member);
  if (node == nullptr || !node->is_list() || node->items.size() != 2) {
    reader.report(node ? node->place : block.place, fmt::format("it does not say '{}'", member),
                  fmt::format("add {}: [KIND_FIELD, CODE_FIELD]", member));
    return {};
  }
  const auto kind = read_reference(node->items[0], member, entity, reader).value_or(0);
  return {kind, read_reference(node->items[1], member, entity, reader).value_or(0)};
}

std::optional<Succession> read_succession(const Node& document, const Entity& entity,
                                          NodeReader& reader)
{
  const auto* block = document.find("succession");
  if (block == nullptr) return std::nullopt;
  if (!reader.map_of(*block, "succession",
                     {"from", "to", "extent", "cause", "effective", "order", "order_date"}))
    return std::nullopt;
  BlockReader fields(*block, entity, reader);
  const auto from = read_end(*block, "from", entity, reader);
  const auto to = read_end(*block, "to", entity, reader);
  Succession succession{from.first, from.second, to.first, to.second, 0, 0, {}, {}, {}};
  succession.extent = fields.must("extent", FieldType::enumeration);
  succession.cause = fields.must("cause", FieldType::enumeration);
  succession.effective = fields.maybe("effective", FieldType::date);
  succession.order = fields.maybe("order", FieldType::text);
  succession.order_date = fields.maybe("order_date", FieldType::date);
  return succession;
}

// `dated: [held_at, scheduled_at]`; a financial year stands for its first day.
void read_dated(const Node& document, Entity& entity, NodeReader& reader)
{
  const auto* node = document.find("dated");
  if (node == nullptr) return;
  for (const auto& item : node->is_list() ? node->items : std::vector<Node>{*node}) {
    const auto index = read_reference(item, "dated", entity, reader);
    if (!index) continue;
    const auto type = entity.fields[*index].type;
    if (type == FieldType::date || type == FieldType::timestamp ||
        type == FieldType::financial_year)
      entity.dated.push_back(*index);
    else
      reader.report(item.place, fmt::format("'{}' says no day", shown(item.scalar)),
                    "name a date, timestamp or financial_year");
  }
}

void read_stamps(const Node& document, Entity& entity, NodeReader& reader)
{
  const auto* block = document.find("stamped");
  if (block == nullptr) return;
  if (!block->is_map())
    return reader.report(block->place, "stamped is no map", "write it as { version: place }");
  for (const auto& entry : block->entries) {
    const auto version = entity.index_of(entry.key);
    const auto place = read_reference(entry.value, "stamped", entity, reader);
    if (!version || entity.fields[*version].type != FieldType::integer)
      reader.report(entry.place, fmt::format("'{}' is no integer field", shown(entry.key)),
                    "name the field that holds a version");
    else if (place && entity.fields[*place].type != FieldType::code)
      reader.report(entry.value.place,
                    fmt::format("'{}' holds no code", entity.fields[*place].name),
                    "name the field that holds the place");
    else if (place)
      entity.stamps.push_back({*version, *place});
  }
}

} // namespace

bool is_stamp(const Entity& entity, std::size_t field)
{
  return std::any_of(entity.stamps.begin(), entity.stamps.end(),
                     [&](const Stamp& stamp) { return stamp.version == field; });
}

void read_places(const Node& document, Entity& entity, NodeReader& reader)
{
  entity.versions = read_versions(document, entity, reader);
  entity.succession = read_succession(document, entity, reader);
  read_dated(document, entity, reader);
  read_stamps(document, entity, reader);
}

} // namespace gramsetu::schema
