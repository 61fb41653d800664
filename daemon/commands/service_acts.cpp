// Acts of the service itself, as the audit log has them.
#include "daemon/commands/service_acts.hpp"

#include "base/log.hpp"
#include "daemon/runtime/evidence.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::commands {

std::shared_ptr<audit::Audit> audit_of(runtime::Hub& hub)
{
  return runtime::audit_of(hub.setup()->config(), hub.clock());
}

audit::Act act_of(runtime::Hub& hub, std::string what)
{
  audit::Act act;
  act.what = std::move(what);
  act.object = hub.setup()->config().hub_name;
  return act;
}

audit::Act act_of_config(const std::string& file, std::string what)
{
  audit::Act act;
  act.what = std::move(what);
  act.object = file;
  act.detail = "sha256 " + runtime::fingerprint(file);
  return act;
}

// What the service goes by from now on: its configuration, and who may come in.
void note_start(runtime::Hub& hub, const std::string& file, const std::vector<api::Token>& tokens)
{
  const auto log = audit_of(hub);
  log->note(act_of(hub, "hub.start"), false);
  log->note(act_of_config(file, "config.load"), tokens.empty());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    auto act = act_of(hub, "token.admit");
    act.object = tokens[i].name;
    act.detail = fmt::format("as {}", api::name_of(tokens[i].role));
    log->note(act, i + 1 == tokens.size());
  }
  const auto kept = hub.setup()->config().retention.log;
  if (kept < runtime::kLogLeast)
    hub.log().event(Event::retention_short, "retention.log is " + schema::write_duration(kept));
}

} // namespace gramsetu::commands
