// The sql transport over an SQLite file.
#include "tests/contract/sql_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::contract;

TEST_CASE("an SQLite table whose changes are captured keeps the connector contract")
{
  check_connector_contract(sqlite_world(SqlKind::captured));
}

TEST_CASE("an SQLite table with a column of times keeps the connector contract")
{
  check_connector_contract(sqlite_world(SqlKind::column));
}

TEST_CASE("the manifest sql keeps the connector contract over SQLite")
{
  check_connector_contract(sqlite_world(SqlKind::shipped));
}
