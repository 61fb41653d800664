// Taking records out of JSON, lines of JSON, Singer's messages, CSV and XML, and putting them back.
#include "connectors/kit/rows.hpp"

#include "connectors/api/extract.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "schema/xml.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::kit {

using schema::List;
using schema::Value;

namespace {

using Cells = std::vector<std::string>;

// Rows of RFC 4180. Reads what the transport reads; what that refuses comes out some way or other.
std::vector<Cells> read_cells(const std::string& text, char delimiter)
{
  std::vector<Cells> rows;
  Cells row;
  std::string cell;
  bool inside = false;
  const auto end_row = [&] {
    row.push_back(std::move(cell));
    cell.clear();
    if (row.size() > 1 || !row.front().empty()) rows.push_back(std::move(row));
    row.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (inside && c == '"' && at + 1 < text.size() && text[at + 1] == '"')
      cell += text[++at];
    else if (c == '"' && (inside || cell.empty()))
      inside = !inside;
    else if (!inside && c == delimiter)
      row.push_back(std::exchange(cell, {}));
    else if (!inside && (c == '\n' || c == '\r'))
      c == '\n' ? end_row() : void();
    else
      cell += c;
  }
  if (!cell.empty() || !row.empty()) end_row();
  return rows;
}

std::string write_cells(const Cells& cells, char delimiter)
{
  std::string line;
  for (const auto& cell : cells) {
    if (&cell != &cells.front()) line += delimiter;
    const bool quote = cell.find_first_of(std::string("\"\r\n") + delimiter) != cell.npos ||
                       (cells.size() == 1 && cell.empty());
    if (!quote) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell)
      line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  return line + "\n";
}

// A column's name as the transport says it: outer blanks cut, runs of blanks one.
std::string column_name(const std::string& text)
{
  std::string name;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank || (!name.empty() && name.back() != ' ')) name += blank ? ' ' : c;
  }
  while (!name.empty() && name.back() == ' ')
    name.pop_back();
  return name;
}

Cells unique_names(const Cells& header)
{
  Cells names;
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::string name = column_name(header[i]);
    if (name.empty()) name = fmt::format("column {}", i + 1);
    std::string unique = name;
    for (int n = 2; std::find(names.begin(), names.end(), unique) != names.end(); ++n)
      unique = fmt::format("{} ({})", name, n);
    names.push_back(unique);
  }
  return names;
}

bool has_column(const List& rows, const std::string& name)
{
  return std::any_of(rows.begin(), rows.end(),
                     [&](const Value& row) { return row.is_object() && row.object().find(name); });
}

std::string cell_text(const Value* value)
{
  if (!value) return {};
  return value->is_object() || value->is_list() ? schema::to_json(*value) : scalar_text(*value);
}

std::optional<std::string> edit_csv(const std::string& text, const RowShape& shape,
                                    const std::function<void(List&)>& edit)
{
  auto cells = read_cells(text, shape.delimiter);
  const std::size_t above = shape.skip + (shape.header ? 1 : 0);
  if (cells.size() <= above) return std::nullopt;
  const Cells header = shape.header ? cells[shape.skip] : Cells(cells.front().size());
  Cells names = unique_names(header), titles = header;
  List rows;
  for (std::size_t r = above; r < cells.size(); ++r) {
    schema::Object row;
    for (std::size_t c = 0; c < names.size() && c < cells[r].size(); ++c)
      row.append(names[c], cells[r][c]);
    rows.emplace_back(std::move(row));
  }
  edit(rows);
  for (const auto& row : rows)
    for (const auto& member : row.object().members())
      if (std::find(names.begin(), names.end(), member.name) == names.end()) {
        names.push_back(member.name);
        titles.push_back(member.name);
      }
  for (std::size_t c = names.size(); c-- > 0;)
    if (!rows.empty() && !has_column(rows, names[c])) {
      names.erase(names.begin() + static_cast<std::ptrdiff_t>(c));
      titles.erase(titles.begin() + static_cast<std::ptrdiff_t>(c));
    }
  std::string out;
  for (std::size_t r = 0; r < shape.skip; ++r)
    out += write_cells(cells[r], shape.delimiter);
  if (shape.header) out += write_cells(titles, shape.delimiter);
  for (const auto& row : rows) {
    Cells line;
    for (const auto& name : names)
      line.push_back(cell_text(row.object().find(name)));
    out += write_cells(line, shape.delimiter);
  }
  return out;
}

std::optional<std::string> edit_lines(const std::string& text,
                                      const std::function<void(List&)>& edit)
{
  List rows;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (auto row = schema::parse_json(std::string_view(text).substr(at, end - at)))
      rows.push_back(std::move(*row));
    at = end + 1;
  }
  if (rows.empty()) return std::nullopt;
  edit(rows);
  std::string out;
  for (const auto& row : rows)
    out += schema::to_json(row) + "\n";
  return out;
}

std::optional<std::string> edit_json(const std::string& text, const std::string& records,
                                     const std::function<void(List&)>& edit)
{
  auto root = schema::parse_json(text);
  const Value* found = root ? schema::at_pointer(*root, records) : nullptr;
  if (!found || (!found->is_list() && !found->is_object())) return std::nullopt;
  List rows = found->is_list() ? found->list() : List{*found};
  if (rows.empty()) return std::nullopt;
  const bool single = found->is_object();
  edit(rows);
  Value made = single && rows.size() == 1 ? rows.front() : Value(std::move(rows));
  if (records.empty())
    *root = std::move(made);
  else
    schema::set_at_pointer(*root, records, std::move(made));
  return schema::to_pretty_json(*root) + "\n";
}

// What around the records holds nothing else was read as an empty text.
void make_room(Value& root, const std::string& pointer)
{
  for (auto end = pointer.find('/', 1); end != pointer.npos; end = pointer.find('/', end + 1)) {
    const auto above = pointer.substr(0, end);
    const Value* there = schema::at_pointer(root, above);
    if (there && !there->is_object()) schema::set_at_pointer(root, above, schema::Object());
  }
}

std::optional<std::string> edit_xml(const std::string& text, const std::string& records,
                                    const std::function<void(List&)>& edit)
{
  List rows;
  auto root = schema::parse_xml(text, {records, {}}, [&](Value row) -> Result<void> {
    rows.push_back(std::move(row));
    return {};
  });
  if (!root || rows.empty()) return std::nullopt;
  edit(rows);
  const bool is_root = records.rfind('/') == 0;
  if (is_root && rows.size() != 1) return std::nullopt; // a document has one root
  make_room(*root, records);
  Value made = is_root ? rows.front() : Value(std::move(rows));
  if (!schema::set_at_pointer(*root, records, std::move(made))) return std::nullopt;
  const auto written = schema::to_xml(*root);
  return written ? std::optional(*written) : std::nullopt;
}

// The record of a RECORD of that stream; null: the line is another message.
Value* record_in(Value& message, const std::string& stream)
{
  if (!message.is_object()) return nullptr;
  const auto is = [&](const char* name, const std::string& word) {
    const Value* value = message.object().find(name);
    return value && value->is_text() && value->text() == word;
  };
  return is("type", "RECORD") && is("stream", stream) ? message.object().find("record") : nullptr;
}

// Records that are more than before come after the last one, as messages like it.
std::optional<std::string> edit_messages(const std::string& text, const std::string& stream,
                                         const std::function<void(List&)>& edit)
{
  List messages, rows;
  edit_lines(text, [&](List& all) { messages = all; });
  std::size_t last = 0;
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (const Value* record = record_in(messages[i], stream)) {
      rows.push_back(*record);
      last = i;
    }
  if (rows.empty()) return std::nullopt;
  edit(rows);
  std::string out;
  auto row = rows.begin();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    Value* record = record_in(messages[i], stream);
    if (record && row == rows.end()) continue;
    if (record) *record = *row++;
    out += schema::to_json(messages[i]) + "\n";
    for (; i == last && row != rows.end(); ++row) {
      *record = *row;
      out += schema::to_json(messages[i]) + "\n";
    }
  }
  return out;
}

} // namespace

std::string with_options(std::string text, const Manifest& manifest,
                         const std::map<std::string, std::string>& options)
{
  for (const auto& option : manifest.options) {
    const auto given = options.find(option.name);
    const auto& value = given == options.end() ? option.default_text : given->second;
    const std::string blank = "{options." + option.name + "}";
    for (auto at = text.find(blank); at != text.npos; at = text.find(blank, at + value.size()))
      text.replace(at, blank.size(), value);
  }
  return text;
}

namespace {

RowShape::Kind kind_of(const std::string& format, bool is_http)
{
  using Kind = RowShape::Kind;
  if (format == "json" || (format.empty() && is_http)) return Kind::json;
  if (format == "csv" || format.empty()) return Kind::csv;
  if (format == "ndjson") return Kind::lines;
  return format == "xml" ? Kind::xml : Kind::none;
}

} // namespace

RowShape row_shape(const Manifest& manifest, const Stream& stream,
                   const std::map<std::string, std::string>& options)
{
  const auto word = [&](std::string_view key) -> std::string {
    const auto* node = stream.pull.find(key);
    for (const auto* around : {&stream.pull, &manifest.common})
      if (const auto* block = around->find("format"); block && (!node || node->is_map()))
        node = block->is_map() ? block->find(key) : node;
    if (node && node->is_list() && !node->items.empty()) node = &node->items.front();
    return node && node->is_scalar() ? with_options(node->scalar, manifest, options) : "";
  };
  RowShape shape;
  if (manifest.transport == "exec") {
    shape.kind = RowShape::Kind::messages;
    shape.records = word("stream");
    return shape;
  }
  if (const std::string encoding = word("encoding"); !encoding.empty() && encoding != "utf-8")
    return shape;
  shape.records = word("records");
  shape.kind = kind_of(word("format"), manifest.transport == "http");
  if (shape.kind != RowShape::Kind::csv) return shape;
  const std::string delimiter = word("delimiter");
  if (delimiter == "tab" || delimiter == "\\t")
    shape.delimiter = '\t';
  else if (delimiter.size() == 1)
    shape.delimiter = delimiter.front();
  shape.skip = static_cast<std::size_t>(schema::read_integer(word("skip_rows")).value_or(0));
  const auto* header = stream.pull.find("header");
  shape.header = !header || (header->is_scalar() && header->scalar != "false");
  return shape;
}

std::optional<std::string> edit_rows(const std::string& text, const RowShape& shape,
                                     const std::function<void(List&)>& edit)
{
  switch (shape.kind) {
  case RowShape::Kind::json: return edit_json(text, shape.records, edit);
  case RowShape::Kind::lines: return edit_lines(text, edit);
  case RowShape::Kind::csv: return edit_csv(text, shape, edit);
  case RowShape::Kind::xml: return edit_xml(text, shape.records, edit);
  case RowShape::Kind::messages: return edit_messages(text, shape.records, edit);
  case RowShape::Kind::none: break;
  }
  return std::nullopt;
}

} // namespace gramsetu::connectors::kit
