// The http transport with the manifest of the central endpoint.
#include "tests/contract/sim_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::contract;

TEST_CASE("the central endpoint keeps the connector contract in every stream")
{
  check_manifest_contract("central", "egramswaraj");
}
