// Feeds of real tables: a stream of one endpoint with its flow, whatever the transport.
#pragma once

#include "connectors/api/transport.hpp"
#include "daemon/engine/flow.hpp"
#include "tests/real_data/tables.hpp"

#include <memory>
#include <string>

namespace gramsetu::real_data {

template <typename T>
T must(Result<T> result)
{
  REQUIRE_MESSAGE(result, (result ? std::string() : result.error().what));
  return std::move(*result);
}

// The shipped entities and those of these tests.
inline const schema::Entities& entities()
{
  static const schema::Entities all = [] {
    std::vector<schema::Finding> findings;
    auto loaded = schema::Entities::load(
        {GRAMSETU_SOURCE_DIR "/schema/entities", GRAMSETU_SOURCE_DIR "/tests/real_data/entities"},
        findings);
    REQUIRE(findings.empty());
    return loaded;
  }();
  return all;
}

inline schema::Node read_manifest_file(const std::string& path)
{
  std::vector<schema::Finding> findings;
  auto document = schema::read_document(GRAMSETU_SOURCE_DIR "/" + path, findings);
  REQUIRE(findings.empty());
  return document;
}

// An endpoint of one stream, over a transport, with its flow.
struct Feed {
  std::shared_ptr<const connectors::Manifest> manifest;
  std::unique_ptr<connectors::Connector> connector;
  engine::Flow flow;
  std::string stream_name;

  Feed(const schema::Node& document, const std::string& stream)
  {
    std::vector<schema::Finding> findings;
    manifest = connectors::read_manifest(document, entities(), findings);
    for (const auto& finding : findings)
      FAIL_CHECK(to_text(finding));
    for (const auto& offered : manifest->streams)
      if (offered.name == stream) flow.stream = &offered;
    REQUIRE(flow.stream != nullptr);
    flow.entity = flow.stream->entity;
    flow.id = flow.entity->name + "@" + stream;
    flow.side = {stream, manifest->role};
    for (std::size_t i = 0; i < flow.entity->fields.size(); ++i)
      flow.rules.push_back(flow.entity->rule_of(i));
    flow.existence = flow.entity->default_rule;
    flow.tombstone_lifetime = std::chrono::hours(24 * 365);
  }

  // Opens the endpoint through `type`, at a folder or an address.
  void open(const connectors::TransportType& type, connectors::EndpointSettings settings,
            connectors::Services services)
  {
    settings.name = flow.side.endpoint;
    settings.role = manifest->role;
    settings.manifest = manifest;
    std::vector<schema::Finding> findings;
    type.check_manifest(*manifest, findings);
    for (const auto& finding : findings)
      FAIL_CHECK(to_text(finding));
    connector = must(type.open(settings, services));
    flow.connector = connector.get();
  }
};

} // namespace gramsetu::real_data
