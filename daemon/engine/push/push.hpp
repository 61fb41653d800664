// Sending what an endpoint lacks: the intent is durable before the first byte leaves.
#pragma once

#include "daemon/engine/apply/apply.hpp"

namespace gramsetu::engine {

// Settles what an earlier run left with an unknown outcome: looks, and only then sends again or follows.
// Comes first in a run, so that no pull has to guess about our own writes.
Result<void> settle_unknown(Run& run);

// Offers what was there before the flow first pushed, once it is known what the endpoint has.
Result<void> offer_existing(Run& run);

// Sends what is due; while a plan is carried out, what that plan holds. What the endpoint refuses goes to
// quarantine, what met another version is read back into the inbox, what got no answer is `unknown`. The
// error is that of the run.
Result<void> push_due(Run& run);

} // namespace gramsetu::engine
