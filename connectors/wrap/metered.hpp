// Counts what is asked of an endpoint, and how long it takes.
#pragma once

#include "connectors/api/traffic.hpp"
#include "connectors/api/transport.hpp"

#include <memory>

namespace gramsetu::connectors::wrap {

// Every call by its result, every pushed record by its outcome, the bytes of pages. Any thread.
std::unique_ptr<Connector> metered(std::unique_ptr<Connector> inner, Clock& clock,
                                   std::shared_ptr<Traffic> traffic);

} // namespace gramsetu::connectors::wrap
