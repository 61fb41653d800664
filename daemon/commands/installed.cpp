// Reading what is installed.
#include "daemon/commands/installed.hpp"

namespace gramsetu::commands {

Installed installed(const Common& common)
{
  Installed all;
  all.paths = config::installed_paths(common.config);
  std::vector<schema::Finding> findings; // of entities: `check` tells
  all.entities = schema::Entities::load(all.paths.entities, findings);
  all.files = connectors::find_manifests(all.paths.manifests);
  return all;
}

std::optional<connectors::kit::System> read_connector(const Installed& all, const std::string& file)
{
  std::vector<schema::Finding> findings;
  auto system = connectors::kit::read_system(file, all.entities, findings);
  if (findings.empty()) return system;
  print_findings(findings, false);
  return std::nullopt;
}

std::optional<connectors::kit::System> find_connector(const Common& common, const Installed& all,
                                                      const std::string& name)
{
  const auto found = all.files.find(name);
  if (found != all.files.end()) return read_connector(all, found->second);
  refuse(common, kUsage, "there is no connector '" + name + "'; gramsetu connectors list");
  return std::nullopt;
}

} // namespace gramsetu::commands
