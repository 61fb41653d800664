// A first manifest for a system, from what it should give and from a sample of what it gives.
#pragma once

#include "base/result.hpp"
#include "schema/entity.hpp"

#include <string>

namespace gramsetu::connectors::kit {

struct Proposal {
  std::string name, transport = "http";
  const schema::Entity* entity = nullptr;
  std::string sample;      // JSON, lines of JSON or CSV; empty: none
  std::string sample_name; // its file's name
};

// A commented manifest, as YAML. `invalid` when the sample holds no records.
Result<std::string> propose(const Proposal& proposal);

} // namespace gramsetu::connectors::kit
