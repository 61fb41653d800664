// One page of a stream.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/http/context.hpp"

namespace gramsetu::connectors::http {

Result<Page> pull(const Context& context, const PullRequest& request, std::stop_token stop);

} // namespace gramsetu::connectors::http
