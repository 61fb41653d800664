// The http transport with the manifest of the central endpoint.
#include "tests/contract/sim_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::contract;

TEST_CASE("the central endpoint keeps the connector contract in every stream that is simulated")
{
  check_manifest_contract("central", "egramswaraj", {"payment_orders", "works", "fund_releases"});
}
