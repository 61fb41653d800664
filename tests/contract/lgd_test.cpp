// The http transport with the manifest of the directory: lists without pages, 500 for "nothing".
#include "tests/contract/sim_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::contract;

TEST_CASE("the directory keeps the connector contract in every stream that is simulated")
{
  check_manifest_contract("lgd", "lgd", {"village_coverage"});
}
