// What an operator's file becomes: connectors that are open, and flows that the engine can run.
#pragma once

#include "base/log.hpp"
#include "config/config.hpp"
#include "connectors/api/connector.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/store/store.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::runtime {

// Fixed once assembled, and shared: a run keeps the setup that it started with, so that a reload
// never pulls a connector from under it.
struct Setup {
  std::unique_ptr<config::Loaded> loaded;
  std::map<std::string, std::unique_ptr<connectors::Connector>> connectors; // by endpoint
  std::vector<std::unique_ptr<engine::Flow>> flows; // in the configuration's order: parents first
  std::chrono::minutes offset{330};                 // local time's distance from UTC

  const config::Config& config() const { return loaded->config; }
  const schema::Entities& entities() const { return loaded->entities; }
  const engine::Flow* find(std::string_view flow) const; // null when there is none
  engine::FlowsOf flows_of(std::string_view entity) const;
  const config::FlowSettings* settings_of(std::string_view flow) const;

  // "voucher@central" is one flow, "voucher" all of its flows, nothing at all every flow. In the
  // configuration's order, each once. `not_found` names what is not there and what is near.
  Result<std::vector<const engine::Flow*>> select(const std::vector<std::string>& names) const;
};

// Opens every endpoint's connector and joins the flows. `loaded` has no findings.
Result<std::shared_ptr<const Setup>> assemble(std::unique_ptr<config::Loaded> loaded, Clock& clock,
                                              const Log& log);

// How the store is to be opened for these entities: the file, and a view of each.
Result<store::StoreOptions> store_options(const config::Loaded& loaded);

// "Asia/Kolkata", "UTC" or "+05:30" as a distance from UTC; India's for a name that is not known.
std::chrono::minutes offset_of(std::string_view timezone);

} // namespace gramsetu::runtime
