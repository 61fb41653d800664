// A person's data taken out of everything that the hub keeps of one record, and kept out.
#pragma once

#include "daemon/engine/cycle.hpp"
#include "daemon/store/erasure.hpp"
#include "schema/entity.hpp"
#include "schema/value.hpp"

#include <string>
#include <vector>

namespace gramsetu::engine {

// The names of the entity's fields that are a person's: personal, financial and forbidden ones.
std::vector<std::string> personal_fields(const schema::Entity& entity);

struct ErasureOrder {
  std::string key;
  std::string by, note;
  std::string secret; // what hashes of erased values are keyed with; not kept in the store
};

// What was erased, where: "change_log" -> 3.
struct Erased {
  std::vector<std::string> fields;
  schema::Object counts;
};

// Takes the personal fields of the record out of the record itself, the change log, conflicts, quarantine,
// shadows, inbox, outbox and accounts of runs, in one transaction, and leaves a mark: what an endpoint says of
// them is not taken in again. What no mapping reads goes as well, as nobody knows what it is. `not_found` when the
// hub has nothing of the record; `precondition` while a write of it has no known outcome.
Result<Erased> erase_personal(const schema::Entity& entity, const ErasureOrder& order,
                              const Services& services);
// The same inside a transaction, whatever the reason.
Result<Erased> erase_everywhere(store::Tx& tx, const schema::Entity& entity,
                                const ErasureOrder& order, Instant now);

// A run's account (its plan, its differences) without what it says of the fields of that record.
std::string without_values(const std::string& json, const std::string& key);

// The mark goes, and every endpoint is heard anew. `not_found` when there is none.
Result<void> lift_personal(const schema::Entity& entity, const ErasureOrder& order,
                           const Services& services);

} // namespace gramsetu::engine
