// The `exec` transport, for the table in connectors/builtin.cpp.
#pragma once

#include "connectors/api/transport.hpp"

namespace gramsetu::connectors::exec {

TransportType transport_type();

} // namespace gramsetu::connectors::exec
