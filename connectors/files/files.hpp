// The `files` transport's row in the table of transports.
#pragma once

#include "connectors/api/transport.hpp"

namespace gramsetu::connectors::files {

TransportType transport_type();

} // namespace gramsetu::connectors::files
