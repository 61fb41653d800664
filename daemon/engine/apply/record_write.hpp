// Writing one record and its line in the change log.
#pragma once

#include "base/log.hpp"
#include "daemon/engine/origin.hpp"
#include "daemon/engine/reconcile/reconcile.hpp"
#include "daemon/store/store.hpp"

#include <string>
#include <vector>

namespace gramsetu::engine {

// What becomes of one record, whoever decided it.
struct RecordWrite {
  const schema::Entity& entity;
  std::string key;
  std::string kind; // "created", "updated", "deleted", "restored"
  schema::Record record;
  std::vector<FieldChange> changes;
  Origin origin; // of the changed fields; of the whole for the other kinds
  std::chrono::milliseconds tombstone_lifetime{};
  const Log* log = nullptr; // told of books that close and open; nobody is told of history
  bool numbered = false;    // of a place: the side itself said which version it is
  std::string text = {};    // of the record, where the caller has it
};

// Writes over `before` (nothing: a new record); returns the row as it is now.
Result<store::RecordRow> write_record(store::Tx& tx, const RecordWrite& write,
                                      const std::optional<store::RecordRow>& before);

} // namespace gramsetu::engine
