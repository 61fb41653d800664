// The words of a manifest that the sql transport understands.
#pragma once

#include "connectors/api/manifest.hpp"
#include "connectors/api/node_reader.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::sql {

using Zone = std::optional<std::chrono::minutes>;

// How changes are found.
enum class Changes {
  none,     // every reading is whole
  column,   // `cursor: { field: /changed_at, type: timestamp }`
  captured, // `cursor: captured`: triggers write them down
};

// delete: { column: is_deleted, set: "1", clear: "0" }   instead of a real DELETE
struct DeleteMark {
  std::string column, set;
  std::optional<std::string> clear; // what a record that comes back has there; NULL unless stated
};

// push: { verbs: [create, update, delete], version_by: trigger, delete: row, batch: 100, retention: 30d }
struct PushWords {
  bool creates = true, updates = true, removes = true;
  // Who moves the version on: a trigger of ours, we with every write, or the database by itself.
  enum class VersionBy { trigger, hub, database };
  VersionBy version_by = VersionBy::trigger;
  std::optional<DeleteMark> mark;
  std::size_t batch = 100;
  std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};
};

// pull:
//   table: service_requests          or csc.service_requests, or [schema, table]; a view that is only read
//   key: [reference_number]          columns that tell its rows apart; from `id: /column` unless stated
//   where: { gp: "{slice.local_body}", kind: A }   columns and the values they must have; also {options.NAME}
//   inexact: [latitude]              columns of floating-point numbers that are taken as the database shows them
//   page_size: 500
// and for all streams of the manifest:
//   zone: "+05:30"                   of columns that hold times without one
struct Condition {
  std::string column, value;
  bool by_slice = false; // else it is the same for all: what does not meet it is not there
};
struct Words {
  std::vector<std::string> table;
  std::vector<std::string> key;
  std::vector<Condition> where;
  std::vector<std::string> inexact;
  std::size_t page_size = 500;
  Zone zone;
  Changes changes = Changes::none;
  std::string cursor, version, marker; // columns; empty: none
  std::vector<std::string> reads;      // every column that is asked for, the key first
  std::optional<PushWords> push;

  bool keeps_version_by_trigger() const
  {
    return push && !version.empty() && push->version_by == PushWords::VersionBy::trigger;
  }
};

// The column that a pointer leads into: "details" of /details/phone.
std::string column_of(const std::string& pointer);

using Options = std::map<std::string, std::string>;

// The words of each stream, by its name. The operator's options over the manifest's defaults.
std::map<std::string, Words> read_words(const Manifest& manifest, const Options& given,
                                        std::vector<schema::Finding>& findings);

} // namespace gramsetu::connectors::sql
