// The sql transport over a real PostgreSQL server.
#include "tests/contract/sql_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::contract;

TEST_CASE("a PostgreSQL table whose changes are captured keeps the connector contract")
{
  if (const auto make = postgres_world(SqlKind::captured)) check_connector_contract(make);
}

TEST_CASE("a PostgreSQL table with a column of times keeps the connector contract")
{
  if (const auto make = postgres_world(SqlKind::column)) check_connector_contract(make);
}

TEST_CASE("the manifest sql keeps the connector contract over PostgreSQL")
{
  if (const auto make = postgres_world(SqlKind::shipped)) check_connector_contract(make);
}
