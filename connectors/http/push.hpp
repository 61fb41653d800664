// Having effects at the endpoint, and saying truthfully what became of them.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/http/context.hpp"

#include <span>
#include <vector>

namespace gramsetu::connectors::http {

Capabilities capabilities_of(const PushPlan& plan);

// One receipt per intent, in order. Verbs that the stream takes in bulk go together, others one by one.
std::vector<Receipt> push(const Context& context, const Stream& stream,
                          std::span<const Intent> intents, std::stop_token stop);

// One intent by itself.
Receipt push_one(const Context& context, const Stream& stream, const Intent& intent,
                 std::stop_token stop);

// Several in one request; `intents` are of verbs that `plan.bulk` has, at most its `max`. A batch that is
// rejected as a whole is sent again in parts until those whom it was rejected for are alone, each part with a
// key that comes from what is in it.
std::vector<Receipt> push_bulk(const Context& context, const Stream& stream,
                               const std::vector<const Intent*>& intents, std::stop_token stop);

Receipt receipt_of(Receipt::Outcome outcome, Error error);

// What an answer without a failing status says of everything that was in its request.
Receipt whole_receipt(const PushPlan& plan, const Request& request, const Response& response);

// 202, where that is not the end of it.
Receipt accepted_receipt(const Request& request);

// What an answer that is not a success means for a write of this kind.
Receipt failed_receipt(Verb verb, int status, Verdict verdict);

} // namespace gramsetu::connectors::http
