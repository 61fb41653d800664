// What a hub should come to know from the tables of the directory, worked out without any of its code.
#pragma once

#include "tests/real_data/tables.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::real_data {

enum class Kind { text, code, integer, census };

// A field, and the headers that have held it, letters and digits only; `nth` of equal ones.
struct Column {
  std::string field;
  std::vector<std::string> headers;
  Kind kind = Kind::text;
  int nth = 1;
};

struct Shape {
  std::string table;            // the file, and the manifest's stream
  std::vector<std::string> key; // fields
  std::vector<Column> columns;
};

inline std::string letters_of(const std::string& header)
{
  std::string letters;
  for (const char c : header)
    if (std::isalnum(static_cast<unsigned char>(c)))
      letters.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return letters;
}

inline std::optional<std::size_t> place_of(const Column& column, const Cells& header)
{
  for (const auto& name : column.headers) {
    int seen = 0;
    for (std::size_t i = 0; i < header.size(); ++i)
      if (letters_of(header[i]) == name && ++seen == column.nth) return i;
  }
  return std::nullopt;
}

inline std::string meaning_of(const std::string& cell, Kind kind)
{
  if (cell.find_first_not_of(" \t") == std::string::npos) return "";
  const std::size_t digit = cell.find_first_not_of('0');
  if (kind == Kind::text) return nfc(cell);
  if (kind == Kind::census) return digit == std::string::npos ? "" : cell;
  if (digit == std::string::npos) return kind == Kind::code ? "" : "0";
  return cell.substr(digit);
}

struct Expected {
  std::size_t created = 0, updated = 0, deleted = 0, unchanged = 0, ragged = 0;
};

// The hub's knowledge of one table. A column that a dump lacks says nothing; a blank cell says blank.
class Model {
public:
  explicit Model(const Shape& shape) : shape_(shape) {}

  Expected take(const Table& table)
  {
    Expected expected;
    std::set<std::string> seen;
    for (const auto& row : table.rows) {
      if (row.size() != table.header.size()) {
        ++expected.ragged;
        continue;
      }
      const auto stated = fields_of(table.header, row);
      const std::string key = key_of(stated);
      CHECK_MESSAGE(seen.insert(key).second, "key twice: " << key);
      auto found = known_.find(key);
      if (found == known_.end()) {
        ++expected.created;
        known_[key] = stated;
        continue;
      }
      bool same = true;
      for (const auto& [field, value] : stated) {
        same = same && found->second[field] == value;
        found->second[field] = value;
      }
      ++(same ? expected.unchanged : expected.updated);
    }
    // A row that could not be read may be any record: nothing is proved to be gone.
    for (auto it = known_.begin(); expected.ragged == 0 && it != known_.end();) {
      const bool gone = !seen.contains(it->first);
      expected.deleted += gone;
      it = gone ? known_.erase(it) : std::next(it);
    }
    return expected;
  }

  const std::map<std::string, std::map<std::string, std::string>>& known() const { return known_; }

private:
  std::map<std::string, std::string> fields_of(const Cells& header, const Cells& row) const
  {
    std::map<std::string, std::string> fields;
    for (const auto& column : shape_.columns)
      if (const auto place = place_of(column, header))
        fields[column.field] = meaning_of(row[*place], column.kind);
    return fields;
  }

  std::string key_of(const std::map<std::string, std::string>& fields) const
  {
    std::string key;
    for (const auto& field : shape_.key)
      if (const auto& part = fields.at(field); !part.empty())
        key += (key.empty() ? "" : "/") + part;
    return key;
  }

  const Shape& shape_;
  std::map<std::string, std::map<std::string, std::string>> known_;
};

inline const std::vector<Shape>& directory_shapes()
{
  static const std::vector<Shape> shapes = {
      {"states",
       {"code"},
       {{"code", {"statecode"}, Kind::code},
        {"name", {"statenameinenglish", "statename"}},
        {"name_local", {"statenameinlocal"}},
        {"name_local", {"statename"}, Kind::text, 2},
        {"version", {"stateversion"}, Kind::integer},
        {"kind", {"stateorut"}},
        {"census_2001_code", {"census2001code"}, Kind::census},
        {"census_2011_code", {"census2011code"}, Kind::census}}},
      {"districts",
       {"code"},
       {{"code", {"districtcode"}, Kind::code},
        {"name", {"districtnameinenglish", "districtname"}},
        {"name_local", {"districtnameinlocal"}},
        {"version", {"districtversion"}, Kind::integer},
        {"state", {"statecode"}, Kind::code},
        {"census_2001_code", {"census2001code"}, Kind::census},
        {"census_2011_code", {"census2011code"}, Kind::census}}},
      {"subdistricts",
       {"code"},
       {{"code", {"subdistrictcode"}, Kind::code},
        {"name", {"subdistrictnameinenglish", "subdistrictname"}},
        {"name_local", {"subdistrictnameinlocal"}},
        {"version", {"subdistrictversion"}, Kind::integer},
        {"state", {"statecode"}, Kind::code},
        {"district", {"districtcode"}, Kind::code},
        {"census_2001_code", {"census2001code"}, Kind::census},
        {"census_2011_code", {"census2011code"}, Kind::census}}},
      {"blocks",
       {"code", "district"},
       {{"code", {"blockcode"}, Kind::code},
        {"district", {"districtcode"}, Kind::code},
        {"state", {"statecode"}, Kind::code},
        {"name", {"blocknameinenglish", "blockname"}},
        {"name_local", {"blockname"}, Kind::text, 2},
        {"version", {"blockversion"}, Kind::integer}}},
      {"urban_local_bodies",
       {"code"},
       {{"code", {"localbodycode"}, Kind::code},
        {"name", {"localbodynameinenglish", "localbodyname"}},
        {"name_local", {"localbodynameinlocal"}},
        {"version", {"localbodyversion"}, Kind::integer},
        {"type_code", {"localbodytypecode"}, Kind::integer},
        {"state", {"statecode"}, Kind::code},
        {"census_2011_code", {"census2011code"}, Kind::census}}},
      {"traditional_local_bodies",
       {"code", "under"},
       {{"code", {"localbodycode"}, Kind::code},
        {"under", {"districtpanchayatcode"}, Kind::code},
        {"name", {"localbodynameinenglish"}},
        {"name_local", {"localbodynameinlocal"}},
        {"version", {"localbodyversion"}, Kind::integer},
        {"type_code", {"localbodytypecode"}, Kind::integer},
        {"type_name", {"localbodytypename"}},
        {"block_panchayat", {"intermediateblockpanchayatcode"}, Kind::code},
        {"state", {"statecode"}, Kind::code}}}};
  return shapes;
}

// The dates that have a table, in order.
inline std::vector<std::string> dates_of(const std::string& table)
{
  std::vector<std::string> dates;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder() + "/lgd"))
    if (std::filesystem::exists(entry.path() / (table + ".csv.gz")))
      dates.push_back(entry.path().filename().string());
  std::sort(dates.begin(), dates.end());
  return dates;
}

} // namespace gramsetu::real_data
