// The `sftp` transport's row in the table of transports, and the folder that it reads.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/files/folder.hpp"

namespace gramsetu::connectors::sftp {

TransportType transport_type();

// The folder of an endpoint, for whoever looks into it without a manifest's words. An error for settings that
// cannot be carried out.
Result<files::OpenFolder> folder_of(const EndpointSettings& settings);

} // namespace gramsetu::connectors::sftp
