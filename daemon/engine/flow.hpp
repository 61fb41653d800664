// A flow as the engine sees it: an entity joined to an endpoint, with everything that decides.
#pragma once

#include "connectors/api/connector.hpp"
#include "schema/entity.hpp"
#include "schema/merge.hpp"
#include "schema/rails.hpp"
#include "schema/record.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace gramsetu::engine {

// The hub's bounds; records from outside go to quarantine. Empty: no bound.
struct Area {
  std::string state, district;
};

// Built once from the configuration; outlives the runs. `connector` and `entity` outlive the flow.
struct Flow {
  std::string id; // "voucher@central"
  const schema::Entity* entity = nullptr;
  connectors::Connector* connector = nullptr;
  const connectors::Stream* stream = nullptr;
  schema::Side side; // the endpoint and its role
  bool pulls = true, pushes = false;
  std::vector<schema::Rule> rules; // by field index
  schema::FieldSet phased; // fields that go by the phase of the record instead, where it has one
  schema::Rule existence; // the entity's default rule in force: an edit against a delete goes by it
  bool existence_phased = false;
  std::vector<std::string>
      parents; // entities whose records must be there first, because a flow brings them
  Area area;
  schema::Rails rails;
  std::size_t in_flight = 1; // requests of a push that may be under way at once
  std::chrono::milliseconds lookback{0};
  std::chrono::milliseconds tombstone_lifetime{};
  std::chrono::milliseconds clock_doubt{2'000}; // of the endpoint, as its operator states it
};

inline bool is_phased(const Flow& flow, std::size_t field)
{
  return field < flow.phased.size() && flow.phased[field];
}

// The other flows of an entity: who must hear of a change.
using FlowsOf = std::vector<const Flow*>;

} // namespace gramsetu::engine
