// The `sftp` transport's row in the table of transports.
#pragma once

#include "connectors/api/transport.hpp"

namespace gramsetu::connectors::sftp {

TransportType transport_type();

} // namespace gramsetu::connectors::sftp
