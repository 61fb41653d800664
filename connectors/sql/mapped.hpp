// A stream's table as it is now: where the manifest's words meet the database's columns.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/sql/values.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::sql {

struct Mapped {
  const Stream& stream;
  const Words& words;
  Table table;

  Form form(const std::string& column) const; // one of those that were looked up
  // Our own table beside it, in the same schema: "schema"."gramsetu_changes".
  std::string beside(const std::string& name) const;
  // "a", "b": what is read, in the order of `words.reads`.
  void select(Statement& statement, std::string_view before = "") const;
  // ("a", "b") of its key, each with `before`.
  std::string key_list(std::string_view before = "") const;
  // "a" = $1 AND "b" = $2 for those columns.
  void match(Statement& statement, const std::vector<std::string>& columns,
             std::vector<Cell> cells) const;
  // " AND "a" = $1 ..." for those conditions, all of the same kind where one is named.
  Result<void> restrict(Statement& statement, const Slice& slice, std::string_view before,
                        std::optional<bool> by_slice = std::nullopt) const;
  // A row as `select` gives it, from the cell `from` on.
  RemoteRecord record(const Row& row, std::size_t from = 0) const;
  std::vector<Cell> key_of(const Row& row, std::size_t from = 0) const;
  std::string id_of(const std::vector<Cell>& key) const;
};

// Describes the table. `invalid` when it lacks a column, or has one that no record can hold; `unsupported` when
// it only is not prepared.
Result<Mapped> look_up(Session& session, const Stream& stream, const Words& words);

// Columns and what they must be for one record to be meant.
struct Place {
  std::vector<std::string> columns;
  std::vector<Cell> cells;
};

// By the endpoint's identity, or by the hub's key where there is none yet.
Result<Place> place_of(const Mapped& mapped, const Reference& reference);

} // namespace gramsetu::connectors::sql
