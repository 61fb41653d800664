// connectors probe --stream and connectors record: one page looked at, an exchange kept.
#include "daemon/commands/commands.hpp"

namespace gramsetu::commands {

int connectors_look(const Common& common, const ConnectorOptions&)
{
  return refuse(common, kUsage, "not yet");
}

int connectors_record(const Common& common, const ConnectorOptions&)
{
  return refuse(common, kUsage, "not yet");
}

int connectors_new(const Common& common, const ConnectorOptions&)
{
  return refuse(common, kUsage, "not yet");
}

} // namespace gramsetu::commands
