// What of a run still stands in a record's history, and how to put it back. Pure.
#pragma once

#include "base/result.hpp"
#include "daemon/store/rows.hpp"
#include "schema/entity.hpp"
#include "schema/value.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::engine {

// The rule of what an undo writes: "undo of run 20261123T043000-7f3a9c". It is how a later undo knows what has
// been put back already.
std::string undo_rule(std::string_view run);

// What a run did to one record, as far as nobody changed it since.
struct PutBack {
  bool remove = false;  // the run brought the record: it goes
  bool restore = false; // the run deleted it: it comes back
  std::string from;     // remove: the endpoint whose word brought it
  struct Field {
    std::size_t field;
    schema::Value before;
  };
  std::vector<Field> fields;
  struct Left {
    std::string field, why; // no field: the whole record
  };
  std::vector<Left> left; // what somebody has changed since
};

// `history`: every change of the record from the run's first on, oldest first; `alive`: the record is. What
// was put back already, by an undo that was not itself undone, is not mentioned.
Result<PutBack> what_to_put_back(const schema::Entity& entity,
                                 const std::vector<store::ChangeRow>& history,
                                 const std::string& run, bool alive);

} // namespace gramsetu::engine
