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

int write_docs(const std::string& folder)
{
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream file(folder + "/" + name, std::ios::trunc);
    file << text;
    return static_cast<bool>(file.flush());
  };
  const bool done = write("reference.md", config::reference_page()) &&
                    write("gramsetu.schema.json", config::schema_json()) &&
                    write("manifest.schema.json", config::manifest_schema()) &&
                    write("events.md", events_page()) &&
                    write("../systemd/gramsetu.catalog", journal_catalogue());
  if (!done) std::fprintf(stderr, "gramsetu: cannot write to %s\n", folder.c_str());
  return done ? kDone : kFailed;
}

} // namespace gramsetu::commands
