// check and docs: the operator's file without a hub.
#include "base/log_catalogue.hpp"
#include "config/config.hpp"
#include "config/reference.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/runtime/evidence.hpp"
#include "schema/scalar.hpp"

#include <cstdio>
#include <fstream>

namespace gramsetu::commands {

int check(const Common& common)
{
  const auto loaded = config::load(common.config, config::installed_paths(common.config), false);
  if (!loaded->findings.empty() || common.json)
    print_findings(loaded->findings, common.json, stdout);
  if (!loaded->findings.empty()) return kUsage;
  if (loaded->config.retention.log < runtime::kLogLeast)
    complain("warning: CERT-In's directions ask for logs of 180 days; retention.log is " +
             schema::write_duration(loaded->config.retention.log));
  if (common.json) return kDone;
  std::printf("%s: no problems; %zu endpoints, %zu flows\n", common.config.c_str(),
              loaded->config.endpoints.size(), loaded->config.flows.size());
  return kDone;
}

int write_files(const std::string& folder, const std::map<std::string, std::string>& files)
{
  for (const auto& [name, text] : files) {
    std::ofstream file(folder + "/" + name, std::ios::trunc);
    file << text;
    if (file.flush()) continue;
    complain("cannot write to " + folder);
    return kFailed;
  }
  return kDone;
}

int write_docs(const std::string& folder)
{
  return write_files(folder, {{"reference.md", config::reference_page()},
                              {"gramsetu.schema.json", config::schema_json()},
                              {"manifest.schema.json", config::manifest_schema()},
                              {"events.md", events_page()},
                              {"../systemd/gramsetu.catalog", journal_catalogue()}});
}

} // namespace gramsetu::commands
