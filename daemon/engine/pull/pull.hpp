// Reading a slice, page by page, from its cursor.
#pragma once

#include "daemon/engine/apply/apply.hpp"

namespace gramsetu::engine {

// Reads every slice of the flow. A slice that fails is told and counted; the others go on. The error is that
// of the run: the store, a stop, or an endpoint that lets nobody in (`unauthorized`).
Result<void> pull_all(Run& run);

// What the slices brought is applied: their cursors move, and the next reading is compared with this one. A slice
// with news that still waits stays where it is, and is read from there again.
Result<void> settle_slices(Run& run);

// Where to read a slice from: its cursor, less the lookback when it is a time.
std::string read_from(const Flow& flow, const std::string& cursor);

} // namespace gramsetu::engine
