// What a hub should come to know from the tables of the directory, worked out without any of its code.
#pragma once

#include "tests/real_data/cells.hpp"
#include "tests/real_data/local_names.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gramsetu::real_data {

// A row with more or fewer cells than the header: a file's reader knows that it is none, and what it was meant
// to be; in JSON its surplus cells are members like others.
enum class Ragged { lost, taken };

// The hub's knowledge of one table. A column that a dump lacks says nothing; a blank cell says blank.
class Model {
public:
  explicit Model(const Shape& shape, Ragged ragged = Ragged::lost) : shape_(shape), ragged_(ragged)
  {
  }

  Expected take(const Table& table)
  {
    Expected expected;
    std::set<std::string> seen;
    for (const auto& row : table.rows) {
      if (row.size() != table.header.size() && ragged_ == Ragged::lost) {
        ++expected.ragged;
        continue;
      }
      const auto stated = fields_of(table.header, row);
      const std::string key = key_of(stated);
      CHECK_MESSAGE(seen.insert(key).second, "key twice: " << key);
      if (!is_fit(stated)) {
        ++expected.unfit;
        continue;
      }
      auto found = known_.find(key);
      if (found == known_.end()) {
        ++expected.created;
        known_[key] = stated;
        names_.forget(key);
        continue;
      }
      bool same = true;
      for (const auto& [field, value] : stated)
        same = hear(key, field, value, found->second[field], expected) && same;
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

  const Shape& shape() const { return shape_; }
  const std::map<std::string, std::map<std::string, std::string>>& known() const { return known_; }

private:
  bool hear(const std::string& key, const std::string& field, const std::string& value,
            std::string& known, Expected& expected)
  {
    if (field == "name_local") return names_.hear(key, value, known, expected);
    return std::exchange(known, value) == value;
  }

  std::map<std::string, std::string> fields_of(const Cells& header, const Cells& row) const
  {
    std::map<std::string, std::string> fields;
    for (const auto& column : shape_.columns)
      if (const auto place = place_of(column, header); place && *place < row.size())
        fields[column.field] = meaning_of(row[*place], column.kind);
    return fields;
  }

  bool is_fit(const std::map<std::string, std::string>& fields) const
  {
    return std::all_of(shape_.columns.begin(), shape_.columns.end(), [&](const Column& column) {
      const auto field = fields.find(column.field);
      const bool is_number = column.kind == Kind::code || column.kind == Kind::integer;
      return !is_number || field == fields.end() ||
             field->second.find_first_not_of("0123456789") == std::string::npos;
    });
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
  Ragged ragged_;
  std::map<std::string, std::map<std::string, std::string>> known_;
  LocalNames names_;
};

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
