// Takes changed secrets and certificates into use while runs go on.
#pragma once

#include "connectors/api/transport.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace gramsetu::connectors::wrap {

// How a connector is opened, and what with.
struct Reopen {
  using Settings = EndpointSettings;
  std::function<Result<std::unique_ptr<Connector>>(const Settings&)> open;
  // The settings with every secret as it is kept now; nothing when none of them has changed.
  std::function<std::optional<Settings>(const Settings&)> renewed;
};

// When the endpoint does not let us in (`unauthorized`), its secrets are read again where they are kept; if one
// has changed, the connector is opened anew with it and asked once more. When the file of our own certificate
// has changed, that happens before the next call. What cannot be opened is refused, told, and what was there
// goes on. A push is repeated only where nothing of it was sent. Any thread; calls that run keep theirs.
std::unique_ptr<Connector> reopening(std::unique_ptr<Connector> inner, EndpointSettings settings,
                                     Log log, Reopen reopen);

} // namespace gramsetu::connectors::wrap
