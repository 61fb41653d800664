// The http transport with the manifest of the state endpoint: three ways of paging.
#include "tests/contract/sim_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::contract;

TEST_CASE("the state endpoint keeps the connector contract in every stream that is simulated")
{
  check_manifest_contract("state", "state", {"functionaries"});
}
