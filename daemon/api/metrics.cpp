// The hub's state in Prometheus' text format.
#include "daemon/api/status.hpp"

#include "schema/json.hpp"

#include <fmt/format.h>

#include <functional>

namespace gramsetu::api {

namespace {

// One family: its help, its type, and a sample of each flow.
struct Family {
  std::string_view name, help;
  std::function<std::string(const FlowStatus&)> value; // empty: no sample
};

std::string write(const Family& family, const std::vector<FlowStatus>& flows)
{
  auto text = fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", family.name, family.help);
  for (const auto& flow : flows) {
    const auto value = family.value(flow);
    if (value.empty()) continue;
    text += fmt::format("{}{{flow={}}} {}\n", family.name,
                        schema::to_json(schema::Value(flow.flow->id)), value);
  }
  return text;
}

std::string seconds(std::chrono::milliseconds age)
{
  return std::to_string(std::chrono::floor<std::chrono::seconds>(age).count());
}

} // namespace

std::string metrics_text(const HubStatus& status, runtime::Hub& hub, Instant now)
{
  const Family families[] = {
      {"gramsetu_flow_age_seconds", "Age of the stalest slice's newest agreement.",
       [&](const auto& flow) { return flow.fresh ? seconds(now - *flow.fresh) : ""; }},
      {"gramsetu_flow_pending", "Changes that wait to be sent.",
       [](const auto& flow) { return std::to_string(flow.totals.pending); }},
      {"gramsetu_flow_unknown", "Effects whose outcome is not known yet.",
       [](const auto& flow) { return std::to_string(flow.totals.unknown); }},
      {"gramsetu_flow_unknown_age_seconds", "Age of the oldest such effect.",
       [&](const auto& flow) {
         return flow.totals.oldest_unknown ? seconds(now - *flow.totals.oldest_unknown) : "";
       }},
      {"gramsetu_flow_conflicts_open", "Conflicts that wait for a person.",
       [](const auto& flow) { return std::to_string(flow.totals.conflicts); }},
      {"gramsetu_flow_quarantined", "Records that could not be used.",
       [](const auto& flow) { return std::to_string(flow.totals.quarantined); }},
      {"gramsetu_flow_last_run_ok", "1 when the last run ended well.",
       [](const auto& flow) -> std::string {
         if (!flow.last || flow.last->state == "running") return "";
         return flow.last->state == "done" || flow.last->state == "partial" ? "1" : "0";
       }},
      {"gramsetu_flow_held", "1 when a rail holds the flow.",
       [](const auto& flow) { return flow.held ? "1" : "0"; }},
  };
  std::string text;
  for (const auto& family : families)
    text += write(family, status.flows);
  text += "# HELP gramsetu_endpoint_up 0 while an endpoint is down.\n"
          "# TYPE gramsetu_endpoint_up gauge\n";
  for (const auto& [name, down, clock] : status.endpoints) {
    text += fmt::format("gramsetu_endpoint_up{{endpoint={}}} {}\n",
                        schema::to_json(schema::Value(name)), down ? 0 : 1);
  }
  text += "# HELP gramsetu_records Live records.\n# TYPE gramsetu_records gauge\n";
  for (const auto& [entity, count] : status.records) {
    text += fmt::format("gramsetu_records{{entity={}}} {}\n",
                        schema::to_json(schema::Value(entity)), count);
  }
  text += fmt::format("# HELP gramsetu_runs_live Runs that wait or go on.\n"
                      "# TYPE gramsetu_runs_live gauge\ngramsetu_runs_live {}\n",
                      hub.live().size());
  return text;
}

} // namespace gramsetu::api
