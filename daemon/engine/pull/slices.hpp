// The slices of a stream: what is read and completed as one.
#pragma once

#include "daemon/engine/apply/apply.hpp"

#include <vector>

namespace gramsetu::engine {

// The product of the stream's dimensions, in a fixed order. Children are the hub's live records of that
// entity inside its area; a stream without dimensions has the one slice "all".
Result<std::vector<connectors::Slice>> slices_of(const Flow& flow, store::Store& store,
                                                 Clock& clock);
Result<std::vector<connectors::Slice>> slices_of(const Run& run);

} // namespace gramsetu::engine
