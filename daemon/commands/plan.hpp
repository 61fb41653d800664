// The plan of runs that are over, as a file.
#pragma once

#include "daemon/commands/commands.hpp"

namespace gramsetu::commands {

// Writes `options.output` from the runs that planned something; the exit code.
int write_plan(Session& session, const Common& common, const RunFlows& options,
               const schema::Value& runs);

} // namespace gramsetu::commands
