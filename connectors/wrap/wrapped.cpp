// What the daemon puts around every connector.
#include "connectors/wrap/breaker.hpp"
#include "connectors/wrap/masking.hpp"
#include "connectors/wrap/metered.hpp"
#include "connectors/wrap/retrying.hpp"
#include "connectors/wrap/throttled.hpp"

namespace gramsetu::connectors {

// Throttling stands inside, so that a repeated request takes its turn like any other; the breaker before it, so
// that what does not go out takes no turn. What counts is innermost: it sees what the endpoint sees. Masking stands
// outside of all: nobody sees what it hides.
std::unique_ptr<Connector> wrapped(std::unique_ptr<Connector> inner,
                                   const EndpointSettings& settings, Services services)
{
  const auto traffic = traffic_of(settings.name);
  auto throttled =
      wrap::throttled(wrap::metered(std::move(inner), services.clock, traffic), settings.limits,
                      services.clock, wrap::pace_of(settings, services.clock));
  auto retrying = wrap::retrying(wrap::breaking(std::move(throttled), services.clock, {}, traffic),
                                 services.clock);
  // Of a database there are the columns that its manifest names, and no others.
  const bool named = settings.manifest && settings.manifest->transport == "sql";
  return wrap::masking(std::move(retrying), named);
}

} // namespace gramsetu::connectors
