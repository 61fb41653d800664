// The `files` transport's row in the table of transports, and what it shares with others like it.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/files/folder.hpp"

namespace gramsetu::connectors::files {

TransportType transport_type();

// For transports whose endpoint is a folder that lies elsewhere: the same words, over another folder.
void check_manifest(const Manifest& manifest, std::vector<schema::Finding>& findings);
Result<std::unique_ptr<Connector>> open_over(OpenFolder open_folder,
                                             const EndpointSettings& settings, Services services);

} // namespace gramsetu::connectors::files
