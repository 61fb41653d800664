// The `http` transport's row in the table of transports.
#pragma once

#include "connectors/api/transport.hpp"

namespace gramsetu::connectors::http {

TransportType transport_type();

} // namespace gramsetu::connectors::http
