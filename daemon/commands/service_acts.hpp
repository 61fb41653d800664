// Acts of the service itself, as the audit log has them.
#pragma once

#include "daemon/api/server.hpp"
#include "daemon/runtime/evidence.hpp"
#include "daemon/runtime/hub.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::commands {

std::shared_ptr<audit::Audit> audit_of(runtime::Hub& hub);
audit::Act act_of(runtime::Hub& hub, std::string what);
// With the digest of the operator's file.
audit::Act act_of_config(const std::string& file, std::string what);

// What the service goes by from now on: its configuration, and who may come in.
void note_start(runtime::Hub& hub, const std::string& file, const std::vector<api::Token>& tokens);

} // namespace gramsetu::commands
