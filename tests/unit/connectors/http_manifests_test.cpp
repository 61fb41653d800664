// The shipped http manifests: nothing wrong with them, every entity served, both ways where they say so.
#include "connectors/api/transport.hpp"
#include "connectors/http/http.hpp"
#include "schema/entity.hpp"

#include <doctest/doctest.h>

#include <set>

namespace gramsetu::connectors {

namespace {

const schema::Entities& entities()
{
  static const schema::Entities loaded = [] {
    std::vector<schema::Finding> findings;
    auto all =
        schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
    REQUIRE(findings.empty());
    return all;
  }();
  return loaded;
}

std::shared_ptr<const Manifest> shipped(const std::string& name)
{
  std::vector<schema::Finding> findings;
  const auto file = std::string(GRAMSETU_SOURCE_DIR) + "/connectors/manifests/" + name + ".yaml";
  const auto document = schema::read_document(file, findings);
  auto manifest = read_manifest(document, entities(), findings);
  http::transport_type().check_manifest(*manifest, findings);
  for (const auto& finding : findings)
    FAIL_CHECK(schema::to_text(finding));
  return manifest;
}

// All but `hub`, which has a stream for everything.
const std::vector<std::string> kShipped = {
    "apisetu", "audit",          "csc",        "csc-bridge", "dhis2", "egramswaraj", "http",
    "lgd",     "meri-panchayat", "napix-lgd",  "nirnay",     "odk",   "ogd",         "serviceplus",
    "state",   "state-digit",    "state-rest", "training"};

} // namespace

TEST_CASE("nothing is wrong with the shipped http manifests")
{
  for (const std::string& name : kShipped) {
    CAPTURE(name);
    const auto manifest = shipped(name);
    CHECK(manifest->name == name);
    CHECK(manifest->transport == "http");
    CHECK_FALSE(manifest->title.empty());
    CHECK_FALSE(manifest->role.empty());
  }
}

TEST_CASE("the shipped http manifests serve every entity between them")
{
  std::set<std::string> served;
  for (const std::string& name : kShipped) {
    const auto manifest = shipped(name);
    for (const Stream& stream : manifest->streams)
      served.insert(stream.entity->name);
  }
  for (const std::string& name : entities().names()) {
    CAPTURE(name);
    CHECK(served.contains(name));
  }
}

TEST_CASE("two-way streams can be written over a version, repeated by key and looked at")
{
  for (const std::string name : {"egramswaraj", "state", "csc"}) {
    CAPTURE(name);
    EndpointSettings settings;
    settings.name = name;
    settings.url = "https://example.gov.in/api";
    settings.manifest = shipped(name);
    SystemClock clock;
    NullSink sink;
    const auto connector =
        http::transport_type().open(settings, {clock, Log(clock, sink), "jalpaiguri"});
    REQUIRE(connector);
    for (const Stream& stream : settings.manifest->streams) {
      CAPTURE(stream.name);
      if (!stream.push.find("create")) continue; // the books are the ministry's, other records, too
      const auto able = (*connector)->capabilities(stream);
      CHECK((able.creates && able.updates && able.removes));
      CHECK(able.probes);
      CHECK(able.if_version);
      CHECK(able.idempotent);
      CHECK(able.batch_max == 200);
    }
  }
}

} // namespace gramsetu::connectors
