// The `sql` transport: a local store in SQLite or PostgreSQL as an endpoint.
#pragma once

#include "connectors/api/transport.hpp"

namespace gramsetu::connectors::sql {

TransportType transport_type();

} // namespace gramsetu::connectors::sql
