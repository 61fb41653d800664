// Erasures of personal data: out of the store, out of its log, and out of whatever backup takes its place later.
#pragma once

#include "daemon/runtime/hub.hpp"
#include "schema/value.hpp"

#include <string>

namespace gramsetu::runtime {

struct PersonalOrder {
  std::string entity, key;
  std::string by, note;
  bool compact = false; // the store's file is written anew
};

// What was erased: fields, and where how often. Afterwards the values are in no file of the store; backups that
// were made before have them. `<store>.erased` names the record, so that a restored store is cleared again.
Result<schema::Object> erase_personal(Hub& hub, const PersonalOrder& order);
Result<void> lift_personal(Hub& hub, const PersonalOrder& order);

// After a rewind: what was erased since the backup was made is erased again.
Result<void> erase_again(Hub& hub);

// The account of what retention took, when it took anything.
Result<void> note_retention(store::Tx& tx, const config::Retention& keep,
                            const store::Purged& purged, Instant now);

} // namespace gramsetu::runtime
