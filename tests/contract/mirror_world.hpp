// Streams of shipped manifests over a mirror of each, as worlds of the contract.
#pragma once

#include "tests/contract/connector_contract.hpp"

#include <string>

namespace gramsetu::contract {

// A stream that a fixture shows good records of; null where no fixture does.
MakeWorld mirror_world(const std::string& manifest, const std::string& stream);

} // namespace gramsetu::contract
