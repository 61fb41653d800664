// Pushing: one run of a target for a batch of records.
#pragma once

#include "connectors/exec/context.hpp"

#include <span>
#include <vector>

namespace gramsetu::connectors::exec {

// One receipt an intent, in order. Applied is what the target has said it is done with: the STATE that came
// after it was echoed, and the target ended well. All others of a batch that it began to read are unknown.
// The stream must be one that is pushed.
std::vector<Receipt> push_batch(const Context& context, const Stream& stream,
                                std::span<const Intent> intents, std::stop_token stop);

} // namespace gramsetu::connectors::exec
