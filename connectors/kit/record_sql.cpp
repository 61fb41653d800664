// Recording a table: some of its rows, as the SQL that makes one like it.
#include "connectors/api/extract.hpp"
#include "connectors/kit/record.hpp"
#include "connectors/sql/session.hpp"
#include "connectors/sql/words.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::kit {

using schema::Value;

namespace {

bool is_null(const Value& value)
{
  return value.is_empty() && !value.is_text();
}

// What no record can hold comes as an object that says what it was.
const Value* marked(const Value& value, std::string_view name)
{
  const bool one = value.is_object() && value.object().members().size() == 1;
  return one ? value.object().find(name) : nullptr;
}

std::string literal_of(const Value* value)
{
  if (!value || is_null(*value)) return "NULL";
  if (marked(*value, "bytes")) return "x'00ff'";
  if (const auto* number = marked(*value, "floating_point")) return scalar_text(*number);
  if (value->kind() == Value::Kind::boolean) return value->boolean() ? "1" : "0";
  if (value->is_integer()) return scalar_text(*value);
  if (value->is_object() || value->is_list()) return sql::literal(schema::to_json(*value));
  return sql::literal(scalar_text(*value));
}

std::string type_of(const Value& value)
{
  if (value.kind() == Value::Kind::boolean) return "BOOLEAN";
  if (value.is_integer()) return "INTEGER";
  if (marked(value, "floating_point")) return "REAL";
  return value.is_object() || value.is_list() ? "JSON" : "TEXT";
}

// The type under which SQLite gives back what the column's values are.
std::string column_type(const std::vector<Value>& rows, const std::string& column)
{
  std::string type;
  for (const auto& row : rows) {
    const Value* value = row.object().find(column);
    if (!value || is_null(*value)) continue;
    const auto one = type_of(*value);
    if (!type.empty() && type != one) return "TEXT";
    type = one;
  }
  return type.empty() ? "TEXT" : type;
}

// What is read, and what the rows of the slice are told by.
std::vector<std::string> columns_of(const sql::Words& words)
{
  auto columns = words.reads;
  for (const auto& condition : words.where)
    if (std::find(columns.begin(), columns.end(), condition.column) == columns.end())
      columns.push_back(condition.column);
  return columns;
}

void add_conditions(const Slice& slice, const sql::Words& words, schema::Object& row)
{
  for (const auto& condition : words.where) {
    if (row.find(condition.column)) continue;
    auto value = condition.value;
    for (const auto& [name, part] : slice.part)
      value = replaced(std::move(value), "{slice." + name + "}", part);
    row.append(condition.column, value);
  }
}

Result<std::vector<Value>> read_rows(const Recording& recording)
{
  const auto& order = recording.order;
  TRY(const auto connector, find_transport("sql")->open(order.settings, order.services));
  PullRequest request;
  request.stream = &order.stream;
  request.slice = order.slice;
  std::vector<Value> rows;
  for (std::size_t read = 0; read < order.pages && rows.size() < recording.most(); ++read) {
    TRY(const Page page, connector->pull(request, {}));
    for (const auto& record : page.records)
      if (record.body.is_object() && rows.size() < recording.most()) rows.push_back(record.body);
    if (page.last) break;
    request.page = page.next;
    request.seen = page.cursor;
  }
  return rows;
}

std::string list_of(const std::vector<std::string>& columns)
{
  std::string list;
  for (const auto& column : columns)
    list += (list.empty() ? "" : ", ") + sql::quoted(column);
  return list;
}

std::string script_of(const std::vector<Value>& rows, const sql::Words& words)
{
  const auto columns = columns_of(words);
  const auto table = sql::quoted(words.table.back()); // of a schema nothing is played
  std::string script = "CREATE TABLE " + table + " (";
  for (const auto& column : columns)
    script += fmt::format("{} {}{},\n  ", sql::quoted(column), column_type(rows, column),
                          column == words.version ? " NOT NULL DEFAULT 1" : "");
  script += fmt::format("PRIMARY KEY ({}));\n", list_of(words.key));
  for (const auto& row : rows) {
    std::string values;
    for (const auto& column : columns)
      values += (values.empty() ? "" : ", ") + literal_of(row.object().find(column));
    script += fmt::format("INSERT INTO {} ({}) VALUES\n  ({});\n", table, list_of(columns), values);
  }
  return script;
}

} // namespace

Result<void> record_sql(const Recording& recording, Fixture& fixture)
{
  const auto& order = recording.order;
  std::vector<schema::Finding> findings;
  auto all = sql::read_words(*order.settings.manifest, order.settings.options, findings);
  const auto& words = all[order.stream.name];
  TRY(auto rows, read_rows(recording));
  for (auto& row : rows) {
    add_conditions(order.slice, words, row.object());
    recording.scrubber.record(row);
  }
  if (words.changes == sql::Changes::captured) fixture.pull->outcome.cursor = "*"; // of that file
  fixture.script = recording.clean(script_of(rows, words));
  for (auto& [name, value] : fixture.slice)
    value = recording.clean(value);
  return {};
}

} // namespace gramsetu::connectors::kit
