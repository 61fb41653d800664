// A record entered, changed or deleted at the hub itself: the side with the role "local".
#pragma once

#include "base/result.hpp"
#include "daemon/engine/apply/record_write.hpp"
#include "daemon/engine/cycle.hpp"
#include "daemon/engine/flow.hpp"
#include "schema/record.hpp"

#include <optional>
#include <string>

namespace gramsetu::engine {

struct LocalEdit {
  std::string key;       // of the record; may be empty when `record` has its key fields
  schema::Record record; // fields that are absent keep their value
  bool remove = false;
  std::optional<std::int64_t> expected_revision; // `precondition` when the record is at another
  bool must_be_new = false;                      // `precondition` when it is there
  std::string actor;                             // who
  std::string note;
};

struct Edited {
  std::string key;
  std::int64_t revision = 0;
  bool changed = false;
};

// Writes record, change log and what every pushing flow of `flows` now lacks, in one transaction.
// `invalid`: a field is wrong, belongs to another side (rule `owner`), or a state would move back;
// `not_found`: nothing to remove.
Result<Edited> edit_record(const schema::Entity& entity, const FlowsOf& flows,
                           const LocalEdit& edit, const Services& services);

// What the hub may not do, whoever asks. Why a guard or the order of states keeps the value, or nothing.
std::string why_it_stays(const schema::FieldSpec& field, const schema::Guards& guards,
                         const schema::Value& before, const schema::Value& after);
// `invalid` when a closed book, which is kept elsewhere, would change; `is_new`: the record is not alive.
Result<void> refuse_closed(store::Tx& tx, const schema::Record& before, const RecordWrite& write,
                           bool is_new);

} // namespace gramsetu::engine
