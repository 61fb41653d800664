// Payment files in batches that are answered by file, as the manifest `pfms-files` says.
#include "tests/contract/batch_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::contract;

TEST_CASE("the streams of pfms-files keep the connector contract")
{
  for (const char* stream : {"payment_orders", "fund_releases"})
    SUBCASE(stream)
    {
      check_connector_contract(batch_world(stream));
    }
}
