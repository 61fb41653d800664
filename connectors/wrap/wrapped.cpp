// What the daemon puts around every connector.
#include "connectors/wrap/retrying.hpp"
#include "connectors/wrap/throttled.hpp"

namespace gramsetu::connectors {

// Throttling stands inside, so that a repeated request takes its turn like any other.
std::unique_ptr<Connector> wrapped(std::unique_ptr<Connector> inner,
                                   const EndpointSettings& settings, Services services)
{
  return wrap::retrying(wrap::throttled(std::move(inner), settings.limits, services.clock),
                        services.clock);
}

} // namespace gramsetu::connectors
