// The records of one stream at an endpoint, as JSON texts with an index.
#pragma once

#include "schema/value.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace gramsetu::sim {

// What is known of a record without reading its JSON.
struct Row {
  std::string id;        // the endpoint's own
  std::string natural;   // the hub's key
  std::string reference; // what the writer calls it; may be empty
  std::string place, year;
  std::int64_t version = 1;
  std::int64_t modified = 0; // epoch milliseconds
  bool deleted = false;
  std::string json; // as it goes over the wire
};

// Which rows a list has.
struct Selection {
  std::optional<std::int64_t> since; // inclusive
  std::string place, year, natural, reference;
  bool deleted = true; // with deleted ones

  bool takes(const Row& row) const;
};

// Not safe for several threads; its endpoint locks.
class Table {
public:
  const Row* by_id(const std::string& id) const;
  const Row* by_natural(const std::string& natural) const;
  const Row* by_reference(const std::string& reference) const;

  // Adds the row, or replaces the one with its id in its place.
  void put(Row row);
  void clear();
  std::size_t size() const { return rows_.size(); }
  const std::vector<Row>& rows() const { return rows_; } // in the order of first sight

  // Calls `take` with rows `offset` and the `limit - 1` after it; returns how many there are in all.
  std::size_t list(const Selection& selection, std::size_t offset, std::size_t limit,
                   const std::function<void(const Row&)>& take) const;

  // The same in the order of change, from behind the row that `token` names. Returns the token of the
  // last row, or empty when no row comes after it.
  std::string list_by_change(const Selection& selection, const std::string& token,
                             std::size_t limit, const std::function<void(const Row&)>& take) const;

private:
  const Row* at(const std::unordered_map<std::string, std::size_t>& index,
                const std::string& name) const;

  std::vector<Row> rows_;
  std::unordered_map<std::string, std::size_t> by_id_, by_natural_, by_reference_;
  std::set<std::pair<std::int64_t, std::size_t>> by_change_;
};

} // namespace gramsetu::sim
