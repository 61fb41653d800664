// Closed books stay closed: what would change one waits for a person.
#pragma once

#include "daemon/engine/reconcile/reconcile.hpp"
#include "daemon/store/store.hpp"
#include "schema/merge.hpp"

#include <optional>
#include <string>

namespace gramsetu::engine {

inline constexpr const char* kBookClosed = "the book is closed";

// The decision on a field, held where it would change a closed book on either side. Pure.
schema::FieldDecision within_closed_book(const Flow& flow, const Row& row, std::size_t field,
                                         schema::FieldDecision decided);
// Is the record, or was the deleted one, part of a closed book? Pure.
bool is_in_closed_book(const Flow& flow, const Row& row);

// Whose word closed a book, and in which run it came.
struct Closer {
  std::string endpoint, run;
};

// Which books are closed is remembered, so that a record that comes late is known as such.
Result<void> note_book(store::Tx& tx, const schema::Entity& entity, const schema::Record& record,
                       const Closer& closer);
Result<void> reopen_book(store::Tx& tx, const schema::Entity& entity, const schema::Record& record);
// Who closed the book of `record`; nothing while it is open.
Result<std::optional<Closer>> closer_of(store::Tx& tx, const schema::Entity& entity,
                                        const schema::Record& record);

} // namespace gramsetu::engine
