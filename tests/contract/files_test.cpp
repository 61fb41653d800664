// The files transport: CSV and NDJSON, plain and packed.
#include "tests/contract/folder_world.hpp"

using namespace gramsetu;
using namespace gramsetu::contract;

namespace {

MakeWorld folder(const std::string& format, bool packed)
{
  return [format, packed] { return std::make_unique<FolderWorld>(FolderPlan{format, packed}); };
}

} // namespace

TEST_CASE("a folder of CSV files keeps the connector contract")
{
  check_connector_contract(folder("csv", false));
}

TEST_CASE("a folder of packed CSV files keeps the connector contract")
{
  check_connector_contract(folder("csv", true));
}

TEST_CASE("a folder of NDJSON files keeps the connector contract")
{
  check_connector_contract(folder("ndjson", false));
}

TEST_CASE("a folder of packed NDJSON files keeps the connector contract")
{
  check_connector_contract(folder("ndjson", true));
}
