// One page of a stream.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/http/context.hpp"
#include "connectors/http/page_sizes.hpp"

namespace gramsetu::connectors::http {

// `sizes` are the endpoint's: what this page came to counts for the next.
Result<Page> pull(const Context& context, PageSizes& sizes, const PullRequest& request,
                  std::stop_token stop);

} // namespace gramsetu::connectors::http
