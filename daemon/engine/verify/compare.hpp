// Hub and endpoint side by side, in key order.
#pragma once

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/verify/certificate.hpp"

#include <optional>

namespace gramsetu::engine {

// Reads everything that the endpoint has and compares it with the hub: a complete certificate. Leaves the twins
// in the scratch, those marked on which the sides differ; with `keep_texts` every record of both sides as text.
Result<Certificate> compare(const Run& run, bool keep_texts);

// How one record differs, or nothing: both sides are alike. A side that is empty has none.
std::optional<Difference> difference_of(const Flow& flow, const std::string& key,
                                        const std::optional<schema::Record>& ours,
                                        const std::optional<schema::Record>& theirs);

// What waits for the record already, in words: "the hub's change waits to be sent", ...
Result<std::string> what_waits(store::Tx& tx, const Flow& flow, const std::string& key);

} // namespace gramsetu::engine
