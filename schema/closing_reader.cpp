// Reads the `closed:` block.
#include "schema/closing.hpp"
#include "schema/entity_reader.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::schema {

namespace {

// The block of one entity while it is read.
struct Block {
  const Entity& entity;
  NodeReader& reader;
};

std::optional<std::size_t> field_named(const Block& block, const std::string& name,
                                       const Place& place)
{
  const auto index = block.entity.index_of(name);
  if (index) return index;
  std::vector<std::string> names;
  for (const auto& field : block.entity.fields)
    names.push_back(field.name);
  block.reader.report_unknown(
      place, fmt::format("closed names '{}', which is no field", shown(name)), name, names);
  return std::nullopt;
}

void check_choices(const Block& block, const FieldSpec& field,
                   const std::vector<std::string>& values, const Place& place)
{
  const auto words = words_of(field);
  for (const auto& value : values)
    if (std::find(words.begin(), words.end(), value) == words.end())
      block.reader.report_unknown(place, fmt::format("'{}' is none of the choices", shown(value)),
                                  value, words);
}

// when: { status: [closed] }; nothing after a finding. The field of another entity is checked when all
// entities are known.
std::optional<Condition> read_when(const Block& block, const Node& node)
{
  if (!node.is_map() || node.entries.size() != 1) {
    block.reader.report(node.place, "when names no field with its values",
                        "write it as { status: [closed] }");
    return std::nullopt;
  }
  const auto& entry = node.entries.front();
  return Condition{entry.key, block.reader.texts(entry.value, "when")};
}

std::optional<Closer> read_flag(const Block& block, const Node& node)
{
  const auto name = block.reader.text(node, "by");
  const auto index = name ? field_named(block, *name, node.place) : std::nullopt;
  if (!index) return std::nullopt;
  if (block.entity.fields[*index].type != FieldType::boolean) {
    block.reader.report(node.place, fmt::format("'{}' is no flag", *name), "name a boolean field");
    return std::nullopt;
  }
  return Closer{"", {}, {*name, {"true"}}};
}

std::optional<Closer> read_own(const Block& block, const Node& when)
{
  auto condition = read_when(block, when);
  if (!condition) return std::nullopt;
  const auto& place = when.entries.front().place;
  const auto index = field_named(block, condition->field, place);
  if (!index) return std::nullopt;
  check_choices(block, block.entity.fields[*index], condition->values, place);
  return Closer{"", {}, std::move(*condition)};
}

// "{date.month}" names the field `date` and takes its month.
std::optional<KeyPattern::Part> read_part(const Block& block, const std::string& name,
                                          const Place& place)
{
  KeyPattern::Part part;
  const auto dot = name.find('.');
  const auto index = field_named(block, name.substr(0, dot), place);
  if (!index) return std::nullopt;
  part.field = *index;
  if (dot == std::string::npos) return part;
  const auto what = name.substr(dot + 1);
  const bool is_date = block.entity.fields[*index].type == FieldType::date;
  if (is_date && what == "month") part.take = KeyPattern::Take::month;
  if (is_date && what == "financial_year") part.take = KeyPattern::Take::financial_year;
  if (part.take != KeyPattern::Take::whole) return part;
  block.reader.report(place, fmt::format("'{}' is no part of a key", shown(name)),
                      "a date has a month and a financial_year");
  return std::nullopt;
}

std::optional<KeyPattern> read_pattern(const Block& block, const std::string& text,
                                       const Place& place)
{
  KeyPattern pattern;
  std::size_t from = 0;
  for (auto open = text.find('{'); open != std::string::npos; open = text.find('{', from)) {
    const auto close = text.find('}', open);
    if (close == std::string::npos) break;
    auto part = read_part(block, text.substr(open + 1, close - open - 1), place);
    if (!part) return std::nullopt;
    part->before = text.substr(from, open - from);
    pattern.parts.push_back(std::move(*part));
    from = close + 1;
  }
  pattern.after = text.substr(from);
  if (!pattern.parts.empty() && pattern.after.find('{') == std::string::npos) return pattern;
  block.reader.report(place, fmt::format("'{}' names no book", shown(text)),
                      "write its key with fields: \"{local_body}/{financial_year}\"");
  return std::nullopt;
}

std::optional<Closer> read_book(const Block& block, const Node& node)
{
  const auto *entity = node.find("entity"), *keys = node.find("keys"), *when = node.find("when");
  if (keys == nullptr || when == nullptr) {
    block.reader.report(node.place, "a book that closes has keys and says when",
                        "write it as { entity: E, keys: [\"{field}\"], when: { field: [value] } }");
    return std::nullopt;
  }
  const auto name = block.reader.text(*entity, "entity");
  auto condition = read_when(block, *when);
  if (!name || !condition) return std::nullopt;
  Closer closer{*name, {}, std::move(*condition)};
  for (const auto& text : block.reader.texts(*keys, "keys"))
    if (auto pattern = read_pattern(block, text, keys->place))
      closer.keys.push_back(std::move(*pattern));
  return closer;
}

std::optional<Closer> read_closer(const Block& block, const Node& node)
{
  if (!node.is_map()) return read_flag(block, node);
  if (!block.reader.map_of(node, "by", {"entity", "keys", "when"})) return std::nullopt;
  if (node.find("entity") != nullptr || node.find("keys") != nullptr) {
    if (node.find("entity") != nullptr) return read_book(block, node);
  } else if (const auto* when = node.find("when")) {
    return read_own(block, *when);
  }
  block.reader.report(node.place, "nothing is named that closes",
                      "name a flag, when: { field: [value] }, or an entity with keys and when");
  return std::nullopt;
}

void read_by(const Block& block, const Node& document, Closing& closing)
{
  const auto* by = document.find("by");
  if (by == nullptr)
    return block.reader.report(document.place, "closed does not say by which field",
                               "add by: FIELD");
  const auto read = [&](const Node& node) {
    if (auto closer = read_closer(block, node)) closing.by.push_back(std::move(*closer));
  };
  if (!by->is_list()) return read(*by);
  for (const auto& item : by->items)
    read(item);
}

void read_open(const Block& block, const Node& document, Closing& closing)
{
  const auto* open = document.find("open");
  if (open == nullptr) return;
  if (!open->is_map())
    return block.reader.report(open->place, "open is no map", "write it as { field: any }");
  for (const auto& entry : open->entries) {
    const auto index = field_named(block, entry.key, entry.place);
    if (!index) continue;
    auto& values = closing.open[*index];
    if (entry.value.is_scalar() && entry.value.scalar == "any") continue;
    values = block.reader.texts(entry.value, "open");
    check_choices(block, block.entity.fields[*index], values, entry.value.place);
  }
}

} // namespace

std::vector<std::string> words_of(const FieldSpec& field)
{
  return field.type == FieldType::boolean ? std::vector<std::string>{"true", "false"}
                                          : field.choices;
}

std::optional<Closing> read_closing(const Node& document, const Entity& entity, NodeReader& reader)
{
  const auto* node = document.find("closed");
  if (node == nullptr) return std::nullopt;
  if (!reader.map_of(*node, "closed", {"by", "book", "open"})) return std::nullopt;
  const Block block{entity, reader};
  Closing closing;
  read_by(block, *node, closing);
  if (const auto* book = node->find("book"))
    for (const auto& name : reader.texts(*book, "book"))
      if (const auto index = field_named(block, name, book->place)) closing.book.push_back(*index);
  read_open(block, *node, closing);
  return closing;
}

} // namespace gramsetu::schema
