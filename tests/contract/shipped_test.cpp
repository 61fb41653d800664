// Every stream of every manifest over HTTP keeps the contract, against a mirror of what its manifest says.
#include "connectors/api/manifest.hpp"
#include "tests/contract/mirror_world.hpp"
#include "tests/contract/schemes.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

using namespace gramsetu;
using namespace gramsetu::contract;

namespace {

using Names = std::set<std::string>;

// Systems that are simulated have tests of their own; these are the streams that the simulation lacks.
const std::map<std::string, Names> kSimulated = {
    {"egramswaraj", {"fund_releases", "payment_orders", "works"}},
    {"state", {"functionaries"}},
    {"lgd", {"village_coverage"}},
    {"csc", {"csc_centres", "csc_transactions", "digitisation_tasks"}}};

// Where those are, and those that speak no HTTP.
const std::map<std::string, std::string> kElsewhere = {
    {"csc", "csc_test.cpp"},         {"egramswaraj", "central_test.cpp"},
    {"lgd", "lgd_test.cpp"},         {"state", "state_test.cpp"},
    {"files", "files_test.cpp"},     {"lgd-dumps", "dumps_test.cpp"},
    {"pfms-files", "pfms_test.cpp"}, {"sql", "sqlite_test.cpp"}};

// No fixture shows records of them that a slice has several of; they are asked for in the words of another stream,
// of which one does.
const std::map<std::string, std::pair<std::string, Names>> kAlike = {
    {"napix-lgd", {"blocks", {"districts", "subdistricts", "villages"}}},
    {"ogd", {"villages", {"local_bodies"}}},
    {"state-rest", {"functionaries", {"works"}}}};

const std::map<std::string, std::shared_ptr<const connectors::Manifest>>& shipped()
{
  static const auto all = [] {
    std::map<std::string, std::shared_ptr<const connectors::Manifest>> read;
    std::vector<schema::Finding> findings;
    const auto folder = std::string(GRAMSETU_SOURCE_DIR) + "/connectors/manifests";
    for (const auto& [name, file] : connectors::find_manifests({folder}))
      read[name] = connectors::read_manifest(schema::read_document(file, findings),
                                             shipped_entities(), findings);
    REQUIRE(findings.empty());
    return read;
  }();
  return all;
}

// The hub's streams are one block, `each`, with the names filled in.
bool stands_for_others(const std::string& manifest, const std::string& stream)
{
  if (manifest == "hub") return stream != "service_request";
  const auto alike = kAlike.find(manifest);
  return alike != kAlike.end() && alike->second.second.contains(stream);
}

} // namespace

TEST_CASE("every manifest that ships over HTTP keeps the connector contract")
{
  for (const auto& [name, manifest] : shipped()) {
    if (manifest->transport != "http") continue;
    const auto simulated = kSimulated.find(name);
    bool first = true;
    for (const auto& stream : manifest->streams) {
      if (simulated != kSimulated.end() && !simulated->second.contains(stream.name)) continue;
      if (stands_for_others(name, stream.name)) continue;
      const auto title = name + "/" + stream.name;
      SUBCASE(title.c_str())
      {
        const auto make = mirror_world(name, stream.name);
        REQUIRE_MESSAGE(make, "no fixture shows a good record of it");
        check_reading(make);
        check_writing(make);
        // What goes wrong on the way is the same for all streams of a system.
        if (first) {
          check_mishaps(make);
          check_manners(make);
        }
      }
      first = false;
    }
  }
}

TEST_CASE("no manifest that ships is without a contract test")
{
  const auto folder = std::string(GRAMSETU_SOURCE_DIR) + "/tests/contract/";
  for (const auto& [name, manifest] : shipped()) {
    CAPTURE(name);
    if (manifest->transport == "http" && !kSimulated.contains(name)) continue; // as above
    const auto told = kElsewhere.find(name);
    REQUIRE_MESSAGE(told != kElsewhere.end(), "no contract test is told for it");
    std::ifstream file(folder + told->second);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    CHECK_MESSAGE(text.find(name) != text.npos, told->second << " does not name it");
  }
}

TEST_CASE("what stands for other streams is asked for as they are")
{
  for (const auto& [name, alike] : kAlike) {
    const auto& manifest = shipped().at(name);
    const auto request_of = [&](const std::string& stream) {
      for (const auto& one : manifest->streams)
        if (one.name == stream)
          return std::pair(one.pull.find("pages") != nullptr, one.pull.find("window") != nullptr);
      FAIL("there is no such stream: " << stream);
      return std::pair(false, false);
    };
    for (const auto& other : alike.second)
      CHECK(request_of(other) == request_of(alike.first));
  }
}
