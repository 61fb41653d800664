// The manifests of this installation, read without a hub.
#pragma once

#include "config/config.hpp"
#include "connectors/kit/system.hpp"
#include "daemon/commands/session.hpp"

#include <map>
#include <string>

namespace gramsetu::commands {

struct Installed {
  config::Paths paths;
  schema::Entities entities;
  std::map<std::string, std::string> files; // manifests by name
};
Installed installed(const Common& common);

// One manifest; its findings are printed, and nothing comes back when there are any.
std::optional<connectors::kit::System> read_connector(const Installed& all,
                                                      const std::string& file);
// The manifest of that name. Says so when there is none.
std::optional<connectors::kit::System> find_connector(const Common& common, const Installed& all,
                                                      const std::string& name);

} // namespace gramsetu::commands
