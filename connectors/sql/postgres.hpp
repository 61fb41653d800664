// PostgreSQL servers as databases of the sql transport.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/sql/session.hpp"

#include <memory>

namespace gramsetu::connectors::sql {

// The database at `settings.url`. Connections are kept for the next call, without a transaction.
// Refuses what would go over a network in the clear, unless the operator allows it.
Result<std::unique_ptr<Database>> postgres_database(const EndpointSettings& settings,
                                                    Services services, bool writes);

} // namespace gramsetu::connectors::sql
