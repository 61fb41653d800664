// A stream: one kind of record that a connector offers, mapped to an entity.
#pragma once

#include "schema/document.hpp"
#include "schema/entity.hpp"
#include "schema/mapping.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors {

// The part of a stream that is read and completed as one.
struct Slice {
  std::string id; // "local_body=245101,financial_year=2025"; "all" when whole
  std::map<std::string, std::string> part; // what templates read: {slice.local_body}
};

// One dimension of a stream's slices.
struct SliceDimension {
  enum class Source {
    area_state,    // the hub's state code
    area_district, // the hub's district code
    children,      // each known record of `entity` inside the hub's area (its key)
    years,         // financial years: `years` back from the current one
    fixed,         // the `values` given
  };
  std::string name;
  Source source = Source::fixed;
  std::string entity;
  std::vector<std::string> values;
  int years_back = 0;
};

enum class Deletes {
  never,    // absence says nothing
  marker,   // a field of the record says that it is deleted
  snapshot, // what a complete slice does not hold is deleted
};

// A cursor without an order: no field holds it, no lookback applies, none is the highest.
inline constexpr const char* kStateCursor = "state";

struct Stream {
  std::string name;
  const schema::Entity* entity = nullptr;
  std::shared_ptr<const schema::Mapping> mapping;
  std::vector<SliceDimension> slices;

  std::string id_pointer;       // the endpoint's identity of a record; empty: the hub's key
  std::string version_pointer;  // row version in the record; empty: none, or the entity tag
  std::string modified_pointer; // when it last changed; empty: unknown
  std::string modified_format = "iso";
  std::optional<std::chrono::minutes> modified_zone; // for a format that carries none
  std::string cursor_pointer; // what an incremental pull goes by; empty: none
  // "timestamp" (lookback applies), "integer", "text"; `kStateCursor`: what the endpoint keeps for itself, which
  // is given back as it came
  std::string cursor_type;
  Deletes deletes = Deletes::never;
  std::string deleted_pointer; // marker
  std::vector<std::string> deleted_values = {"true", "1",
                                             "Y"}; // none: whatever stands there but false
  int absences = 1; // snapshot: complete slices in a row that must lack a record

  schema::Node pull; // the transport's own words; checked by the transport when it opens
  schema::Node push;
  schema::Node fields; // the mapping as it is written; null: the hub's own names
};

} // namespace gramsetu::connectors
