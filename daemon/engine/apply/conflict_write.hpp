// Keeping the losers of decided conflicts, and the queue of those that a person decides.
#pragma once

#include "daemon/engine/apply/apply.hpp"

namespace gramsetu::engine {

// A value as conflict rows keep it; absent is null.
std::string json_of(const schema::Value& value);

// Stores the decision's disputes: an open one updates its row or makes one, a settled one makes a row that
// keeps the loser; open rows that the decision no longer holds are closed.
Result<void> write_disputes(store::Tx& tx, Run& run, const Situation& situation,
                            const Decision& decision);

} // namespace gramsetu::engine
