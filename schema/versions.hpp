// Places in time: what a version of a place consists of, and what says which place took over from which.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace gramsetu::schema {

class Entity;
class NodeReader;
struct Node;

// The `versions:` block of an entity whose records are places. The first part of the key is the code; what
// else is in the key tells listings of one code apart.
//
//   versions:
//     by: [version, minor_version]    numbers; an older version never becomes the current one
//     from: effective_date            the day from which a version holds
//     names: [name, name_local]       the first is the name: another one is a rename
//     parents: [state, district]      codes of what it lies in: another one is a move
//     active: is_active               false: it has ended
//     replaces: replaces              lists of codes
//     replaced_by: replaced_by
struct Versions {
  std::size_t number = 0;
  std::optional<std::size_t> minor, from, active, replaces, replaced_by;
  std::vector<std::size_t> names, parents;
};

// The `succession:` block of an entity whose records say what became of a place.
//
//   succession: { from: [from_kind, from_code], to: [to_kind, to_code], extent: extent, cause: cause,
//                 effective: effective_date, order: order_number, order_date: order_date }
struct Succession {
  std::size_t from_kind = 0, from_code = 0, to_kind = 0, to_code = 0, extent = 0, cause = 0;
  std::optional<std::size_t> effective, order, order_date;
};

// `stamped: { local_body_version: local_body }`: a field that holds the version of the place in another one.
struct Stamp {
  std::size_t version, place;
};

bool is_stamp(const Entity& entity, std::size_t field);

// The blocks `versions`, `succession`, `dated` and `stamped`, into `entity`.
void read_places(const Node& document, Entity& entity, NodeReader& reader);

} // namespace gramsetu::schema
