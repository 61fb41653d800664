// Deletions against edits: one total order of "who wins" for the existence of a record. Pure.
#pragma once

#include "daemon/engine/reconcile/reconcile.hpp"

namespace gramsetu::engine {

// The row's news is a deletion.
Decision decide_deletion(const Flow& flow, const Row& row);

// The row's news is alive and the hub's record is a tombstone.
Decision decide_against_tombstone(const Flow& flow, const Row& row);

// The side that says it was deleted shows it again: is that older news than its delete?
bool is_stale(const Row& row);
// Such news of a record that the hub has not: it stays away, and is kept as such.
Decision supersede_unknown(const Flow& flow, const Row& row);
// Stale news changes nothing but is kept, whole, as the loser.
Decision supersede(const Flow& flow, const Row& row, std::string reason);

// True when the fields that the endpoint maps mean the same in both; `b` is what the endpoint said.
bool same_projection(const Flow& flow, const schema::Record& a, const schema::Record& b);

} // namespace gramsetu::engine
