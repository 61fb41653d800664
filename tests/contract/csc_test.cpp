// The http transport with the manifest of the Common Service Centres: token paging.
#include "tests/contract/sim_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::contract;

TEST_CASE("the service centres keep the connector contract in every stream that is simulated")
{
  check_manifest_contract("csc", "csc", {"csc_centres", "csc_transactions", "digitisation_tasks"});
}
