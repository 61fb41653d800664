// Writing changes: a batch in one transaction, each change in a part of it that can be taken back alone.
#pragma once

#include "connectors/sql/mapped.hpp"

#include <span>
#include <vector>

namespace gramsetu::connectors::sql {

// One receipt per intent. The idempotency key is kept in the same transaction as the change, so that either both
// are there or neither: who asks again under the same key is given the first answer.
std::vector<Receipt> push_batch(Session& session, const Mapped& mapped,
                                std::span<const Intent> intents, Instant now);

} // namespace gramsetu::connectors::sql
