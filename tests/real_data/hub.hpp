// A hub with a store of its own, and feeds of real files into it.
#pragma once

#include "base/ids.hpp"
#include "connectors/files/files.hpp"
#include "daemon/engine/cycle.hpp"
#include "daemon/store/store.hpp"
#include "tests/real_data/tables.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <map>
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

struct Hub {
  test::TempDir dir;
  test::FakeClock clock;
  NullSink sink;
  Ids ids{20261123};
  std::unique_ptr<store::Store> store;
  int runs = 0;

  Hub()
  {
    store::StoreOptions options;
    options.path = dir.file("hub.db");
    store = must(store::open_store(options));
  }

  connectors::Services services() { return {clock, Log(clock, sink), "hub"}; }

  // A feed of files that are put into a folder of the endpoint.
  void open_files(Feed& feed)
  {
    connectors::EndpointSettings settings;
    settings.path = dir.path() + "/" + feed.flow.side.endpoint;
    std::filesystem::create_directories(settings.path);
    feed.open(connectors::files::transport_type(), settings, services());
  }

  // A new file takes the place of the old one, as a careful sender does it.
  void drop(const Feed& feed, const std::string& data, const std::string& name) const
  {
    const std::string folder = dir.path() + "/" + feed.flow.side.endpoint + "/";
    std::filesystem::copy_file(data_folder() + "/" + data, folder + ".new");
    std::filesystem::rename(folder + ".new", folder + name);
  }

  engine::Report run(const Feed& feed, const std::string& approved_by = "")
  {
    engine::RunOptions options;
    options.run_id = "run-" + std::to_string(++runs);
    options.approved_by = approved_by;
    clock.advance(std::chrono::hours(1));
    const engine::Services all{*store, clock, ids, Log(clock, sink), {}, {}};
    return must(engine::run_cycle(feed.flow, {&feed.flow}, options, all, {}));
  }

  // The bodies of all live records, by key.
  std::map<std::string, std::string> bodies(const std::string& entity)
  {
    std::map<std::string, std::string> all;
    const auto read = store->transact([&](store::Tx& tx) -> Result<void> {
      store::RecordQuery query;
      query.entity = entity;
      while (true) {
        TRY(const auto rows, tx.records(query));
        for (const auto& row : rows)
          all[row.key] = row.body;
        if (rows.size() < query.limit) return {};
        query.after_key = rows.back().key;
      }
    });
    REQUIRE(read);
    return all;
  }
};

} // namespace gramsetu::real_data
