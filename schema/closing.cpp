// Reading and applying the `closed:` block.
#include "schema/closing.hpp"

#include "schema/entity_reader.hpp"
#include "schema/record.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::schema {

namespace {

std::optional<std::size_t> field_named(const std::string& name, const Place& place,
                                       const Entity& entity, NodeReader& reader)
{
  const auto index = entity.index_of(name);
  if (index) return index;
  std::vector<std::string> names;
  for (const auto& field : entity.fields)
    names.push_back(field.name);
  reader.report_unknown(place, fmt::format("closed names '{}', which is no field", shown(name)),
                        name, names);
  return std::nullopt;
}

void read_flag(const Node& block, const Entity& entity, Closing& closing, NodeReader& reader)
{
  const auto* by = block.find("by");
  if (by == nullptr)
    return reader.report(block.place, "closed does not say by which field", "add by: FIELD");
  const auto name = reader.text(*by, "by");
  const auto index = name ? field_named(*name, by->place, entity, reader) : std::nullopt;
  if (!index) return;
  if (entity.fields[*index].type != FieldType::boolean)
    reader.report(by->place, fmt::format("'{}' is no flag", *name), "name a boolean field");
  closing.flag = *index;
}

void read_open(const Node& block, const Entity& entity, Closing& closing, NodeReader& reader)
{
  const auto* open = block.find("open");
  if (open == nullptr) return;
  if (!open->is_map())
    return reader.report(open->place, "open is no map", "write it as { field: any }");
  for (const auto& entry : open->entries) {
    const auto index = field_named(entry.key, entry.place, entity, reader);
    if (!index) continue;
    auto& values = closing.open[*index];
    if (entry.value.is_scalar() && entry.value.scalar == "any") continue;
    values = reader.texts(entry.value, "open");
    const auto& choices = entity.fields[*index].choices;
    for (const auto& value : values)
      if (std::find(choices.begin(), choices.end(), value) == choices.end())
        reader.report_unknown(entry.value.place,
                              fmt::format("'{}' is none of the choices", shown(value)), value,
                              choices);
  }
}

} // namespace

std::optional<Closing> read_closing(const Node& document, const Entity& entity, NodeReader& reader)
{
  const auto* block = document.find("closed");
  if (block == nullptr) return std::nullopt;
  if (!reader.map_of(*block, "closed", {"by", "book", "open"})) return std::nullopt;
  Closing closing;
  read_flag(*block, entity, closing, reader);
  if (const auto* book = block->find("book"))
    for (const auto& name : reader.texts(*book, "book"))
      if (const auto index = field_named(name, book->place, entity, reader))
        closing.book.push_back(*index);
  read_open(*block, entity, closing, reader);
  return closing;
}

bool is_closed(const Entity& entity, const Record& record)
{
  if (!entity.closing || record.fields.empty()) return false;
  return record.fields[entity.closing->flag] == Value(true);
}

bool stays_open(const Entity& entity, std::size_t field, const Value& value)
{
  if (!entity.closing) return true;
  const auto found = entity.closing->open.find(field);
  if (found == entity.closing->open.end()) return false;
  const auto& values = found->second;
  if (values.empty()) return true;
  return value.is_text() && std::find(values.begin(), values.end(), value.text()) != values.end();
}

std::string book_of(const Entity& entity, const Record& record)
{
  std::string book;
  if (!entity.closing || record.fields.empty()) return book;
  for (const auto index : entity.closing->book) {
    const auto& part = record.fields[index];
    if (part.is_empty() || (!part.is_text() && !part.is_integer())) return {};
    if (!book.empty()) book += '/';
    book += part.is_text() ? part.text() : std::to_string(part.integer());
  }
  return book;
}

} // namespace gramsetu::schema
