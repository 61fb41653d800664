// The audit log by command, and what `logs` can be narrowed by.
#pragma once

#include "daemon/commands/commands.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace gramsetu::commands {

struct AuditOptions {
  std::int64_t sequence = 0;
  std::string from, till, who, what, object;
  std::string output, reason; // export
  int limit = 100;
};
int audit_list(const Common& common, const AuditOptions& options);
int audit_show(const Common& common, const AuditOptions& options);
int audit_verify(const Common& common);
int audit_head(const Common& common);
int audit_export(const Common& common, const AuditOptions& options);

// Makes a command of a group, with what every command takes.
using MakeCommand =
    std::function<CLI::App*(CLI::App& group, const std::string& name, const std::string& help,
                            std::function<int(const Common&)> act)>;
void add_audit(CLI::App& group, const MakeCommand& make);

} // namespace gramsetu::commands
