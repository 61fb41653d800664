// The tables of lgd-dumps, each in a folder of its own.
#include "connectors/api/manifest.hpp"
#include "tests/contract/folder_world.hpp"

using namespace gramsetu::contract;

TEST_CASE("every table of lgd-dumps keeps the connector contract, plain and packed")
{
  const auto manifest = shipped_manifest("lgd-dumps");
  for (const auto& stream : manifest->streams) {
    const bool packed = stream.name == "blocks";
    const FolderPlan plan{"csv", packed, "lgd-dumps", stream.name, stream.name + "."};
    SUBCASE(stream.name.c_str())
    {
      check_connector_contract([plan] { return std::make_unique<FolderWorld>(plan); });
    }
  }
}
