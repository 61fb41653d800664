// Answers that come as files: which batch they answer, what they say of each change, and what to do when a batch
// was rejected as a whole.
#pragma once

#include "connectors/files/push.hpp"

namespace gramsetu::connectors::files {

// One receipt for each intent, in order; the batch's own file is there. Without its answer all are unknown; an
// answer that is not signed as it must be, or cannot be read, is none. A batch that was rejected as a whole
// goes out again without the culprits that the answer names, else in halves, as files of their own,
// until they are alone and refused with their reason: the receipts of those that went out again name their
// new batch.
std::vector<Receipt> read_answer(const Outbox& outbox, std::span<const Intent> intents,
                                 std::stop_token stop);

} // namespace gramsetu::connectors::files
