// The whole promise of connectors/api as tests: what every connector must do, whatever the world does.
#pragma once

#include "tests/contract/world.hpp"

#include <functional>
#include <memory>

namespace gramsetu::contract {

using MakeWorld = std::function<std::unique_ptr<World>()>;

// One SUBCASE a promise; each starts in a world of its own. A connector's test file makes a world
// and calls these.

// Pages: asked twice, resumed by a fresh handle, from a cursor; empty is not failed is not complete.
void check_reading(const MakeWorld& make);
// Receipts in order, idempotency, versions, probes. What a stream does not claim it refuses.
void check_writing(const MakeWorld& make);
// Every mishap at every verb: nothing is claimed that did not happen, and afterwards all is as before.
void check_mishaps(const MakeWorld& make);
// A stop is heeded before and during a call; several threads; nonsense is answered, not thrown.
void check_manners(const MakeWorld& make);

void check_connector_contract(const MakeWorld& make);

} // namespace gramsetu::contract
