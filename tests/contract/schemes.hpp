// What the worlds of schemes have in common, whatever transport reaches them.
#pragma once

#include "connectors/api/connector.hpp"
#include "schema/entity.hpp"

namespace gramsetu::contract {

// The ones that ship; loaded once.
const schema::Entities& shipped_entities();

// A scheme that is not there yet, and another name for one.
connectors::Intent fresh_scheme(int number);
schema::Value renamed(const schema::Value& body, int number);

} // namespace gramsetu::contract
