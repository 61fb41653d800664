// Looking again at what waits for a person, or must begin to.
#pragma once

#include "daemon/engine/apply/apply.hpp"

#include <optional>
#include <string>

namespace gramsetu::engine {

// Open conflicts whose hub value has moved since, or whose book has been opened again, are decided again
// (law: a held record is examined in every cycle).
Result<void> reexamine(Run& run);

// The news that the open conflicts of a key stand for, when they must be decided again; nothing otherwise.
Result<std::optional<store::InboxRow>> held_news(store::Tx& tx, const Flow& flow,
                                                 const std::string& key);
// Decides it. Nothing was pulled: only the conflicts count.
Result<void> apply_held(store::Tx& tx, Run& run, const store::InboxRow& news);

// The record, as the hub or the endpoint was last known to have it or as it was sent there, is in a closed book.
Result<bool> is_closed_by_now(store::Tx& tx, const Flow& flow, const store::OutboxRow& sent);

// What is about to be pushed for `key`, but lies in a book that was closed meanwhile, becomes an exception
// instead: an open conflict, which holds it back.
Result<void> hold_back(store::Tx& tx, Run& run, const std::string& key);

} // namespace gramsetu::engine
