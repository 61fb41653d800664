// Columns looked up, selected, and read as records.
#include "connectors/sql/mapped.hpp"

#include "connectors/api/extract.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::connectors::sql {

using schema::Value;

namespace {

// What the values of a slice's conditions may say: {slice.NAME}.
Result<std::string> filled(std::string text, const Slice& slice)
{
  constexpr std::string_view kOpen = "{slice.";
  for (auto at = text.find(kOpen); at != text.npos; at = text.find(kOpen, at)) {
    const auto end = std::min(text.find('}', at), text.size());
    const auto name = text.substr(at + kOpen.size(), end - at - kOpen.size());
    const auto part = slice.part.find(name);
    if (part == slice.part.end())
      return fail(ErrorKind::invalid, fmt::format("the stream has no slice '{}'", name));
    text.replace(at, end + 1 - at, part->second);
    at += part->second.size();
  }
  return text;
}

tl::unexpected<Error> missing(const Table& table, const std::string& column)
{
  std::vector<std::string> names;
  for (const auto& each : table.columns)
    names.push_back(each.name);
  const auto near = schema::nearest(column, names);
  return fail(ErrorKind::invalid,
              fmt::format("{} has no column '{}'{}", fmt::join(table.name, "."), column,
                          near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

// The record that a hub's key stands for, with nothing but its key.
Result<schema::Record> keyed_record(const schema::Entity& entity, const std::string& key)
{
  schema::Record record(entity);
  const auto parts = split_id(key, entity.key.size());
  if (parts.size() > entity.key.size())
    return fail(ErrorKind::invalid, "this is no key of " + entity.name);
  for (std::size_t i = 0; i < entity.key.size(); ++i) {
    Value& value = record.fields[entity.key[i]];
    const auto type = entity.fields[entity.key[i]].type;
    const bool number = type == schema::FieldType::integer || type == schema::FieldType::money ||
                        type == schema::FieldType::financial_year;
    if (i >= parts.size())
      value = Value(schema::Null{});
    else if (const auto read = number ? schema::read_integer(parts[i]) : std::nullopt)
      value = Value(*read);
    else
      value = Value(parts[i]);
  }
  return record;
}

} // namespace

Form Mapped::form(const std::string& column) const
{
  const auto& inexact = words.inexact;
  return {*table.find(column), words.zone,
          std::find(inexact.begin(), inexact.end(), column) != inexact.end()};
}

std::string Mapped::beside(const std::string& name) const
{
  return quoted(std::vector{table.name.front(), name});
}

void Mapped::select(Statement& statement, std::string_view before) const
{
  for (std::size_t i = 0; i < words.reads.size(); ++i) {
    statement.add(i ? ", " : "").add(before).name(words.reads[i]);
    // A money column's own text depends on the language of the server.
    if (table.find(words.reads[i])->declared == "money") statement.add("::numeric");
  }
}

std::string Mapped::key_list(std::string_view before) const
{
  std::string list;
  for (const auto& column : words.key)
    list += (list.empty() ? "" : ", ") + std::string(before) + quoted(column);
  return list;
}

void Mapped::match(Statement& statement, const std::vector<std::string>& columns,
                   std::vector<Cell> cells) const
{
  for (std::size_t i = 0; i < columns.size(); ++i) {
    statement.add(i ? " AND " : "").name(columns[i]);
    if (cells[i].kind == Cell::Kind::null)
      statement.add(" IS NULL");
    else
      statement.add(" = ").value(std::move(cells[i]), *table.find(columns[i]));
  }
}

Result<void> Mapped::restrict(Statement& statement, const Slice& slice, std::string_view before,
                              std::optional<bool> by_slice) const
{
  for (const auto& condition : words.where) {
    if (by_slice && *by_slice != condition.by_slice) continue;
    TRY(const std::string text, filled(condition.value, slice));
    statement.add(" AND ").add(before).name(condition.column).add(" = ");
    statement.value(Cell::of(text), *table.find(condition.column));
  }
  return {};
}

RemoteRecord Mapped::record(const Row& row, std::size_t from) const
{
  schema::Object body;
  for (std::size_t i = 0; i < words.reads.size(); ++i)
    body.append(words.reads[i], value_of(row[from + i], form(words.reads[i])));
  auto record = extract(stream, Value(std::move(body)));
  record.remote_id = id_of(key_of(row, from));
  return record;
}

std::vector<Cell> Mapped::key_of(const Row& row, std::size_t from) const
{
  const auto begin = row.begin() + static_cast<std::ptrdiff_t>(from);
  return {begin, begin + static_cast<std::ptrdiff_t>(words.key.size())};
}

std::string Mapped::id_of(const std::vector<Cell>& key) const
{
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < key.size(); ++i)
    parts.push_back(text_of(key[i], form(words.key[i])));
  return join_id(parts);
}

Result<Mapped> look_up(Session& session, const Stream& stream, const Words& words)
{
  TRY(Table table, session.describe(words.table));
  auto needed = words.reads;
  for (const auto& condition : words.where)
    needed.push_back(condition.column);
  if (words.push && words.push->mark) needed.push_back(words.push->mark->column);
  for (const auto& name : needed) {
    const Column* column = table.find(name);
    const bool is_made = name == words.version && words.push &&
                         words.push->version_by != PushWords::VersionBy::database;
    if (!column && is_made)
      return fail(ErrorKind::unsupported, fmt::format("{} is not prepared (column '{}' is missing)",
                                                      fmt::join(table.name, "."), name));
    if (!column) return missing(table, name);
    if (column->type == ColumnType::bytes || column->type == ColumnType::other)
      return fail(ErrorKind::invalid,
                  fmt::format("column '{}' of {} is of type {}, which no record can hold; leave it "
                              "out, or read a view that makes a text of it",
                              name, fmt::join(table.name, "."), column->declared));
  }
  const Column* cursor = words.cursor.empty() ? nullptr : table.find(words.cursor);
  const bool zoneless = cursor && cursor->type == ColumnType::local_time && !words.zone;
  if (zoneless && stream.cursor_type == "timestamp")
    return fail(ErrorKind::invalid,
                fmt::format("the times of column '{}' have no zone: the manifest must say zone: "
                            "\"+05:30\"",
                            cursor->name));
  return Mapped{stream, words, std::move(table)};
}

Result<Place> place_of(const Mapped& mapped, const Reference& reference)
{
  Place place;
  if (!reference.remote_id.empty()) {
    place.columns = mapped.words.key;
    const auto parts = split_id(reference.remote_id, place.columns.size());
    if (parts.size() != place.columns.size())
      return fail(ErrorKind::invalid, "this is no identity of a row");
    for (std::size_t i = 0; i < parts.size(); ++i) {
      TRY(auto cell, cell_of(Value(parts[i]), mapped.form(place.columns[i])));
      place.cells.push_back(std::move(cell));
    }
    return place;
  }
  const auto& entity = *mapped.stream.entity;
  const auto& mapping = *mapped.stream.mapping;
  TRY(const auto record, keyed_record(entity, reference.key));
  schema::FieldSet keys(entity.fields.size(), false);
  for (const auto index : entity.key)
    keys[index] = true;
  const Value written = mapping.to_remote(record, keys);
  for (const auto index : entity.key) {
    const auto pointers = mapping.pointers(index);
    const auto* value = pointers.empty() ? nullptr : schema::at_pointer(written, pointers.front());
    const auto column = pointers.empty() ? std::string() : column_of(pointers.front());
    if (!value || !mapped.table.find(column))
      return fail(ErrorKind::unsupported, "a row cannot be found by the hub's key here");
    TRY(auto cell, cell_of(*value, mapped.form(column)));
    place.columns.push_back(column);
    place.cells.push_back(std::move(cell));
  }
  return place;
}

} // namespace gramsetu::connectors::sql
