// Counts and sums of records by place: as the places were for each record, or as they are today.
#pragma once

#include "daemon/engine/cycle.hpp"
#include "daemon/engine/places/places.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::engine {

struct CountOptions {
  std::string by;     // "place", what it lies in ("district"), or a field; empty: all together
  std::string sum;    // a field of money or whole numbers; empty: only counted
  bool as_is = false; // by today's places; else as each was on its record's day
};

// Which fields a count looks at. `invalid` names what there is instead.
struct Grouping {
  std::optional<std::size_t> field;   // holds the code, or the plain value
  std::string kind;                   // of the place whose code it holds; empty: a plain value
  std::string level;                  // the field of that place that is asked for; empty: itself
  std::string level_kind;             // the kind of place that `level` names
  std::optional<std::size_t> version; // the record's own word on the version of the place
  std::optional<std::size_t> sum;
};
Result<Grouping> grouping_of(const schema::Entity& entity, const schema::Entities& entities,
                             const CountOptions& options);

struct Group {
  std::string label; // a code, a value, or why there is none: "245101 (split into 245201, 245202)"
  std::string name;  // of the place
  std::int64_t records = 0, sum = 0; // money in paise
};
struct Counted {
  std::vector<Group> groups; // by label
  Group total;               // of all groups
};

// Reads all live records, page by page; memory grows with the groups alone, which have a limit.
Result<Counted> count_records(const schema::Entity& entity, const schema::Entities& entities,
                              const CountOptions& options, const Services& services);

} // namespace gramsetu::engine
