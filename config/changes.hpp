// What differs between two configurations, by names and keys and never by values.
#pragma once

#include "config/config.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::config {

// Of one kind of thing: endpoints, flows, entities, or the hub's other options.
struct Differences {
  std::set<std::string> added, removed;
  std::map<std::string, std::set<std::string>>
      changed; // by name: the keys; "connector", "credentials"

  bool empty() const { return added.empty() && removed.empty() && changed.empty(); }
};

struct Changes {
  Differences endpoints, flows, entities;
  std::set<std::string> options; // "rails.max_deletes", "conflicts.voucher.fields.amount"

  bool empty() const
  {
    return endpoints.empty() && flows.empty() && entities.empty() && options.empty();
  }
};

// Both without findings and with their secrets read.
Changes changes(const Loaded& before, const Loaded& after);

// "endpoints +1 ~1 -0 (+ state, ~ central: limits.concurrent), flows +1 ~0 -0 (+ meeting@state)"; "nothing changed".
std::string to_text(const Changes& changes);

// The endpoint's settings with every secret as it is kept now; nothing when none of them has changed, or when one
// of them cannot be read.
std::optional<connectors::EndpointSettings> renewed(const Loaded& loaded,
                                                    const connectors::EndpointSettings& present);

} // namespace gramsetu::config
