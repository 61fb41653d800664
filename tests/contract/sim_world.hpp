// Streams of shipped manifests over the simulated endpoints, as worlds of the contract.
#pragma once

#include "connectors/api/transport.hpp"
#include "tests/contract/connector_contract.hpp"
#include "tests/endpoints/simulator.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>

namespace gramsetu::contract {

// Which stream of which manifest is looked at.
struct SimStream {
  std::string endpoint; // "central"
  std::string manifest; // the name of a shipped one, or with a line break: its text
  std::string stream;   // "vouchers"
  std::string wire;     // the simulated endpoint's name for it, when that differs
  std::string path;     // a piece of its requests' target; the wire name when empty
};

// What the mishap is called at a simulated endpoint.
std::optional<sim::Fault> fault_of(Mishap mishap);

// A simulated district of its own for each world, with a few records in each stream.
MakeWorld sim_world(const SimStream& what);

// Every stream of a shipped manifest but those `without`, which are not simulated: reading and writing each,
// mishaps and manners for each way of paging.
void check_manifest_contract(const std::string& endpoint, const std::string& manifest,
                             const std::set<std::string>& without = {});

} // namespace gramsetu::contract
