// Keeps calls to an endpoint within what its operator allows and what it asks for itself.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/wrap/pace.hpp"

#include <memory>

namespace gramsetu::connectors::wrap {

// At most `limits.requests_per_second` on average and one second's worth at once; at most
// `limits.concurrent` calls at the same time; none before the end of a pause that the endpoint asked
// for. One wrapper an endpoint, shared by its flows, so that they share the allowance; `pace` is shared by
// all endpoints of a host. Any thread.
std::unique_ptr<Connector> throttled(std::unique_ptr<Connector> inner, const Limits& limits,
                                     Clock& clock, std::shared_ptr<Pace> pace = nullptr);

} // namespace gramsetu::connectors::wrap
