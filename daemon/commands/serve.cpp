// `gramsetu run`: the configuration, then the service.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/service.hpp"

namespace gramsetu::commands {

int serve(const Common& common)
{
  auto loaded = config::load(common.config, config::installed_paths(common.config), true);
  if (!loaded->findings.empty()) {
    print_findings(loaded->findings, common.json);
    return kConfigBroken;
  }
  return Service(common, std::move(loaded)).run();
}

} // namespace gramsetu::commands
