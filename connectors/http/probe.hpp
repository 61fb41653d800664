// Looking at single records, and knocking at the endpoint's door.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/http/context.hpp"

#include <span>
#include <vector>

namespace gramsetu::connectors::http {

Result<std::vector<Sighting>> probe(const Context& context, const Stream& stream,
                                    std::span<const Reference> references, std::stop_token stop);

Result<std::string> reach(const Context& context, const Manifest& manifest, std::stop_token stop);

} // namespace gramsetu::connectors::http
