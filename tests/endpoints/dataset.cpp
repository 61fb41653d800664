// Reading data files, and serving their rows by page.
#include "tests/endpoints/dataset.hpp"

#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "tests/endpoints/dialect.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>

namespace gramsetu::sim {

Result<std::string> read_file(const std::string& path)
{
  // gzread passes plain files through, too.
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) return fail(ErrorKind::not_found, path + " cannot be read");
  std::string text;
  std::vector<char> buffer(1 << 16);
  int size = 0;
  while ((size = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()))) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(size));
  if (size < 0) return fail(ErrorKind::invalid, path + " is damaged");
  return text;
}

namespace {

// One row of CSV; false at the end of the text.
bool next_row(const std::string& text, std::size_t& at, char delimiter,
              std::vector<std::string>& cells)
{
  cells.assign(1, "");
  if (at >= text.size()) return false;
  bool quoted = false;
  while (at < text.size()) {
    const char c = text[at++];
    if (quoted) {
      if (c != '"')
        cells.back() += c;
      else if (at < text.size() && text[at] == '"')
        cells.back() += text[at++];
      else
        quoted = false;
    } else if (c == '"' && cells.back().empty()) {
      quoted = true;
    } else if (c == delimiter) {
      cells.emplace_back();
    } else if (c == '\n') {
      break;
    } else if (c != '\r' || (at < text.size() && text[at] != '\n')) {
      cells.back() += c;
    }
  }
  return true;
}

} // namespace

std::vector<std::string> rows_of_csv(const std::string& text)
{
  std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  const std::string header_line = text.substr(at, text.find('\n', at) - at);
  const auto count = [&](char c) { return std::count(header_line.begin(), header_line.end(), c); };
  const char delimiter = count(';') > count(',') ? ';' : ',';
  std::vector<std::string> header, cells, rows;
  next_row(text, at, delimiter, header);
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto before =
        std::count(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(i), header[i]);
    if (before > 0) header[i] += fmt::format("_{}", before + 1);
  }
  while (next_row(text, at, delimiter, cells)) {
    if (cells.size() == 1 && cells[0].empty()) continue;
    schema::Object row;
    for (std::size_t i = 0; i < cells.size(); ++i)
      row.append(i < header.size() ? header[i] : fmt::format("column {}", i + 1), cells[i]);
    rows.push_back(schema::to_json(row));
  }
  return rows;
}

Result<std::vector<std::string>> read_rows(const std::string& path)
{
  TRY(const std::string text, read_file(path));
  if (path.find(".ndjson") == std::string::npos) return rows_of_csv(text);
  std::vector<std::string> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) rows.push_back(line);
  return rows;
}

Result<void> GenericEndpoint::load_file(const std::string& name, const std::string& path)
{
  TRY(std::vector<std::string> rows, read_rows(path));
  const std::scoped_lock lock(mutex_);
  Table& table = tables_[name];
  table.clear();
  for (std::string& json : rows) {
    Row row;
    row.id = row.natural = std::to_string(table.size() + 1);
    row.modified = stamp();
    row.json = std::move(json);
    table.put(std::move(row));
  }
  return {};
}

Result<void> GenericEndpoint::load(const std::string& stream, const schema::Value& body)
{
  if (const schema::Value* file = body.object().find("file"); file != nullptr && file->is_text())
    return load_file(stream, file->text());
  {
    const std::scoped_lock lock(mutex_);
    tables_[stream];
  }
  return Endpoint::load(stream, body);
}

Row GenericEndpoint::make_row(const std::string& stream, schema::Object record)
{
  Row row;
  row.id = row.natural = std::to_string(tables_.at(stream).size() + 1);
  row.modified = stamp();
  row.json = schema::to_json(record);
  return row;
}

Row GenericEndpoint::changed_row(const std::string&, const Row& row, schema::Object record,
                                 bool deleted)
{
  Row changed = row;
  changed.modified = stamp();
  changed.deleted = deleted;
  changed.json = schema::to_json(record);
  return changed;
}

namespace {

struct Window {
  std::size_t offset = 0, limit = 100;
};

Window window_of(const Request& request)
{
  constexpr std::size_t kMost = 10'000;
  const bool by_page = !request.parameter("page").empty();
  const std::size_t limit =
      std::clamp<std::size_t>(size_parameter(request, by_page ? "size" : "limit", 100), 1, kMost);
  if (by_page)
    return {(std::max<std::size_t>(size_parameter(request, "page", 1), 1) - 1) * limit, limit};
  if (const std::string cursor = request.parameter("cursor"); cursor.starts_with("c"))
    return {static_cast<std::size_t>(schema::read_integer(cursor.substr(1)).value_or(0)), limit};
  return {size_parameter(request, "offset", 0), limit};
}

// Conditions on columns: all parameters that do not belong to paging.
std::vector<std::pair<std::string, std::string>> conditions_of(const Request& request)
{
  std::vector<std::pair<std::string, std::string>> conditions;
  for (const auto& [name, value] : request.query)
    if (name != "limit" && name != "offset" && name != "page" && name != "size" && name != "cursor")
      conditions.emplace_back(name, value);
  return conditions;
}

std::string next_address(const Request& request, std::size_t offset, std::size_t limit)
{
  Request clean = request;
  clean.query.erase("page");
  clean.query.erase("size");
  clean.query.erase("cursor");
  clean.query["limit"] = std::to_string(limit);
  return "http://" + request.header("host") +
         with_parameter(clean, "offset", std::to_string(offset));
}

} // namespace

Response GenericEndpoint::answer(const Request& request)
{
  constexpr std::string_view kBase = "/data/";
  if (!request.path.starts_with(kBase) || request.method != "GET")
    return text_response(404, "no such path");
  const std::scoped_lock lock(mutex_);
  const auto table = tables_.find(request.path.substr(kBase.size()));
  if (table == tables_.end()) return text_response(404, "no such data set");
  const Window window = window_of(request);
  const auto conditions = conditions_of(request);
  const std::size_t served =
      request.twist == Twist::half_page ? (window.limit + 1) / 2 : window.limit;
  std::string records;
  std::size_t total = 0, count = 0;
  for (const Row& row : table->second.rows()) {
    if (row.deleted) continue;
    if (!conditions.empty()) {
      const schema::Object record = parse(row);
      const bool fits = std::all_of(conditions.begin(), conditions.end(), [&](const auto& wanted) {
        const schema::Value* value = record.find(wanted.first);
        return value != nullptr && value->is_text() && value->text() == wanted.second;
      });
      if (!fits) continue;
    }
    const std::size_t index = total++;
    if (index < window.offset || index - window.offset >= served) continue;
    records += (count++ == 0 ? "" : ",") + row.json;
  }
  if (request.twist == Twist::empty) {
    records.clear();
    total = count = 0;
  }
  const std::size_t next = window.offset + window.limit;
  const bool more = next < total;
  const std::string address = more ? next_address(request, next, window.limit) : "";
  const std::string link = more ? schema::to_json(address) : "null";
  Response response;
  if (more) response.headers.emplace_back("Link", "<" + address + ">; rel=\"next\"");
  response.body =
      fmt::format("{{\"total\":{},\"count\":{},\"offset\":{},\"page\":{},\"cursor\":{},\"next\":{},"
                  "\"@odata.nextLink\":{},\"records\":[{}]}}",
                  total, count, window.offset, window.offset / window.limit + 1,
                  more ? fmt::format("\"c{}\"", next) : "null", link, link, records);
  return response;
}

} // namespace gramsetu::sim
