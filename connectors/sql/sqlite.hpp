// SQLite files as databases of the sql transport.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/sql/session.hpp"

#include <memory>

namespace gramsetu::connectors::sql {

// The file at `settings.path`. It is opened anew for each call, so that a file that was put in its place is the
// one that is read and written; read-only unless `writes`.
std::unique_ptr<Database> sqlite_database(const EndpointSettings& settings, Clock& clock,
                                          bool writes);

} // namespace gramsetu::connectors::sql
