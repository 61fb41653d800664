// Asking first: the same request with a mark that nothing is to be kept of it.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/http/message.hpp"
#include "connectors/http/push_plan.hpp"

#include <string>

namespace gramsetu::connectors::http {

enum class Sending { question, write };

// The key of the question. An endpoint that remembers keys must not take the write for a repetition of the question.
std::string key_of_dry_run(const std::string& idempotency_key);

// Marks a request as a question.
void mark_dry_run(const Slot& slot, Request& request);

// What a receipt says when all that was asked was a question: it had no effect whatever became of it, so what
// would be unknown was not sent.
Receipt without_effect(Receipt receipt);

} // namespace gramsetu::connectors::http
