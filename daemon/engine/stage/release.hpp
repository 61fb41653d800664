// Records that waited for another one.
#pragma once

#include "daemon/engine/apply/apply.hpp"
#include "daemon/store/store.hpp"

#include <string>
#include <vector>

namespace gramsetu::engine {

// What waits for the record, and what waits for that, nearest first; at most `limit` of them.
Result<std::vector<store::WaitingRow>> waiting_below(store::Tx& tx, const std::string& entity,
                                                     const std::string& key, std::size_t limit);

} // namespace gramsetu::engine
