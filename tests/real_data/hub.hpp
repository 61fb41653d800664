// A hub with a store of its own, and what feeds it.
#pragma once

#include "base/ids.hpp"
#include "connectors/files/files.hpp"
#include "connectors/http/http.hpp"
#include "daemon/engine/cycle.hpp"
#include "daemon/store/store.hpp"
#include "tests/real_data/feed.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <map>
#include <memory>
#include <string>

namespace gramsetu::real_data {

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

  // A feed of an HTTP endpoint on this machine.
  void open_http(Feed& feed, const std::string& url)
  {
    connectors::EndpointSettings settings;
    settings.url = url;
    feed.open(connectors::http::transport_type(), settings, services());
  }

  // A new file takes the place of the old one, as a careful sender does it.
  void drop(const Feed& feed, const std::string& data, const std::string& name) const
  {
    const std::string folder = dir.path() + "/" + feed.flow.side.endpoint + "/";
    std::filesystem::copy_file(data_folder() + "/" + data, folder + ".new");
    std::filesystem::rename(folder + ".new", folder + name);
  }

  engine::Report run(const Feed& feed, engine::Approval approval = {})
  {
    engine::RunOptions options;
    options.run_id = "run-" + std::to_string(++runs);
    options.approval = std::move(approval);
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
