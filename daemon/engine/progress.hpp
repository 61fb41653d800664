// How far a flow has come, for whoever counts the deaths of its runs.
#pragma once

#include "daemon/store/store.hpp"

#include <string>
#include <string_view>

namespace gramsetu::engine {

// A number that grows with each batch of news that a run has used up. What would be the same work again after a
// death is none.
Result<void> note_progress(store::Tx& tx, std::string_view flow);
Result<std::string> noted_progress(store::Tx& tx, std::string_view flow);

} // namespace gramsetu::engine
