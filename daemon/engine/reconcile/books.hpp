// Which books are closed, as the store knows it: by the flags of records, and by books that are records.
#pragma once

#include "daemon/engine/reconcile/reconcile.hpp"
#include "daemon/store/store.hpp"

#include <optional>
#include <string>

namespace gramsetu::engine {

// What the books that close `hub` and `news` say; either may be null.
Result<Books> read_books(store::Tx& tx, const schema::Entity& entity, const schema::Record* hub,
                         const schema::Record* news);

// The closed book that a record which is new here would come into, or nothing.
Result<std::optional<ClosedBook>> closed_to_entry(store::Tx& tx, const schema::Entity& entity,
                                                  const schema::Record& record);

// Which books the flags of records closed is remembered, so that a record that comes late is known as such.
// True when it was not known yet.
Result<bool> note_book(store::Tx& tx, const schema::Entity& entity, const schema::Record& record,
                       const Origin& origin);
Result<bool> is_noted(store::Tx& tx, const schema::Entity& entity, const schema::Record& record);
Result<void> reopen_book(store::Tx& tx, const schema::Entity& entity, const schema::Record& record);

// A book that is a record: who closed it, when and in which run, from the word that closed it until one opens it.
// True when it was not known to be closed.
Result<bool> note_closing(store::Tx& tx, const std::string& book, const Origin& origin);
Result<void> forget_closing(store::Tx& tx, const std::string& book);

} // namespace gramsetu::engine
