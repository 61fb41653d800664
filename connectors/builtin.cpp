// The table of built-in transports. A new one is one folder and one row here.
#include "connectors/api/transport.hpp"
#include "connectors/exec/exec.hpp"
#include "connectors/files/files.hpp"
#include "connectors/http/http.hpp"
#include "connectors/sftp/sftp.hpp"
#include "connectors/sql/sql.hpp"

#include <algorithm>
#include <array>

namespace gramsetu::connectors {

std::span<const TransportType> builtin_transports()
{
  static const std::array transports = {http::transport_type(), files::transport_type(),
                                        exec::transport_type(), sql::transport_type(),
                                        sftp::transport_type()};
  return transports;
}

const TransportType* find_transport(std::string_view name)
{
  const auto all = builtin_transports();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& type) { return type.name == name; });
  return found == all.end() ? nullptr : &*found;
}

} // namespace gramsetu::connectors
