// The steps from the checked tree to the configuration, in their order.
#pragma once

#include "config/config.hpp"
#include "config/references.hpp"
#include "config/section.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::config {

// What the steps share. Each adds to `loaded` and to its findings; none stops at a problem.
struct Binding {
  schema::Node& tree;
  Section root;
  const Paths& paths;
  References& references;
  Loaded& loaded;

  std::map<std::string, schema::Place> endpoint_places; // of their names
  std::set<std::string> unread; // endpoints whose manifest has findings: what it lacks is not news
  std::map<std::string, schema::Place> entity_rules; // by entity: of its block in `conflicts`

  void wrong(const schema::Place& place, std::string what, std::string right)
  {
    loaded.findings.push_back({place, std::move(what), std::move(right)});
  }
};

void bind_settings(Binding& binding);  // hub, store, rails, retention, backup, audit, api, log
void bind_endpoints(Binding& binding); // with their manifests
void bind_conflicts(Binding& binding); // after the endpoints, which rules name
void bind_flows(Binding& binding);
void prove_no_echo(Binding& binding); // what one flow sends comes back by no other
void prove(Binding& binding);         // what no single option can be blamed for

inline bool pulls(const FlowSettings& flow)
{
  return flow.direction != Direction::push;
}
inline bool pushes(const FlowSettings& flow)
{
  return flow.direction != Direction::pull;
}

// What a block of rails says, over what holds without it.
schema::Rails rails_of(const Section& section, schema::Rails rails);

// The stream of a flow, or null (said already when it was bound).
const connectors::Stream* stream_of(const Config& config, const FlowSettings& flow);

} // namespace gramsetu::config
