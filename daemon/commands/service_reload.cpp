// Reading the file again while runs go on: all of it is proved before any of it is in force.
#include "daemon/commands/service.hpp"
#include "daemon/commands/service_acts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gramsetu::commands {

std::string Service::left_for_a_start(const config::Config& config) const
{
  const auto& api = config.api;
  const bool same_tcp = api.tcp_host == api_.tcp_host && api.tcp_port == api_.tcp_port &&
                        api.tls.certificate.empty() == api_.tls.certificate.empty();
  std::vector<std::string_view> names;
  if (api.unix_path != api_.unix_path) names.push_back("api.unix");
  if (!same_tcp) names.push_back("api.tcp");
  if (config.log.format != format_) names.push_back("log.format");
  if (config.workers != workers_) names.push_back("workers");
  return names.empty() ? "" : fmt::format("{}: from the next start", fmt::join(names, ", "));
}

// What waits for a flow that goes away, and what else is not plain from the names alone.
std::vector<std::string> Service::remarks(const config::Changes& changes,
                                          const runtime::Setup& next)
{
  std::vector<std::string> all;
  store::Totals totals;
  const auto counted = hub_->store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(totals, tx.totals());
    return {};
  });
  if (!counted) hub_->note(counted.error());
  for (const auto& row : totals.flows) {
    const auto sends = row.pending + row.unknown;
    if (next.find(row.flow) || sends + row.inbox + row.conflicts + row.quarantined == 0) continue;
    all.push_back(fmt::format("{} is gone: {} changes to send, {} to apply, {} conflicts and {} "
                              "records in quarantine wait until it is back",
                              row.flow, sends, row.inbox, row.conflicts, row.quarantined));
  }
  if (changes.options.contains("hub.area.state") || changes.options.contains("hub.area.district") ||
      changes.options.contains("hub.area"))
    all.push_back("hub.area: what comes from outside it goes to quarantine from now on; records "
                  "that are here stay, and gramsetu sync --full asks for the new places");
  for (const auto& [flow, keys] : changes.flows.changed)
    if (keys.contains("direction"))
      all.push_back(fmt::format("{} has another direction: gramsetu plan {} says what its next run "
                                "would do",
                                flow, flow));
  if (auto left = left_for_a_start(next.config()); !left.empty()) all.push_back(std::move(left));
  return all;
}

void Service::tell(const runtime::Reloaded& reloaded, const std::string& by)
{
  std::vector<LogField> fields;
  if (!by.empty()) fields.push_back({"by", by});
  for (const auto& finding : reloaded.refused)
    hub_->log().event(Event::config_rejected, finding, fields);
  if (!reloaded.applied) return;
  fields.push_back({"flows", std::to_string(hub_->setup()->flows.size())});
  auto text = "reloaded: " + config::to_text(reloaded.changes);
  for (const auto& remark : reloaded.remarks)
    text += "; " + remark;
  hub_->log().event(Event::hub_reloaded, text, fields);
}

// Tokens and the certificate, from the next request and connection on.
Result<void> Service::renew_access(const config::Api& api)
{
  const bool tls_as_before = api.tls.certificate.empty() == api_.tls.certificate.empty();
  if (api_.tcp_host.empty() || api.tcp_host.empty() || !tls_as_before) return {};
  TRY(auto tokens, api::read_tokens(api.tokens.reveal()));
  return server_->renew(std::move(tokens), tls_of(api));
}

// On the loop for a signal, on a thread of the API for a person; one at a time.
runtime::Reloaded Service::reload(bool dry, const std::string& by)
{
  const std::lock_guard lock(reloading_);
  if (!dry) notifier_.reloading(clock_.ticks());
  runtime::Reloaded reloaded;
  const auto before = hub_->setup();
  auto loaded = config::load(common_.config, config::installed_paths(common_.config), true);
  const auto level = level_of(loaded->config.log.level);
  for (const auto& finding : loaded->findings)
    reloaded.refused.push_back(to_text(finding));
  if (reloaded.refused.empty()) {
    const auto api = loaded->config.api;
    const auto next = hub_->prepare(std::move(loaded), level);
    const auto renewed = next && !dry ? renew_access(api) : Result<void>();
    if (!renewed) {
      reloaded.refused.push_back(renewed.error().what);
    } else if (next) {
      reloaded.changes = config::changes(*before->loaded, *(*next)->loaded);
      reloaded.remarks = remarks(reloaded.changes, **next);
      reloaded.applied = !dry;
      if (!dry) hub_->adopt(*next, level);
    } else {
      reloaded.refused.push_back(next.error().what);
    }
  }
  if (dry) return reloaded;
  tell(reloaded, by);
  auto act = act_of_config(common_.config, "config.change");
  if (!reloaded.applied) act.outcome = "refused";
  // Not on the loop's thread, which never waits for a disk.
  loop_.submit([this, act](std::stop_token) { audit_of(*hub_)->note(act); });
  notifier_.ready(scheduler_->summary());
  return reloaded;
}

} // namespace gramsetu::commands
