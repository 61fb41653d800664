// A hub in a temporary folder with endpoints in memory: what engine tests drive.
#pragma once

#include "base/ids.hpp"
#include "daemon/engine/cycle.hpp"
#include "daemon/engine/local_edit.hpp"
#include "daemon/engine/verify/verify.hpp"
#include "daemon/store/store.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_endpoint.hpp"
#include "tests/support/temp_dir.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gramsetu::test {

// One endpoint with its flow.
struct Spoke {
  std::string name;
  MemoryWorld world;
  std::unique_ptr<connectors::Connector> connector;
  std::shared_ptr<const connectors::Stream> stream;
  engine::Flow flow;

  explicit Spoke(std::uint64_t seed) : world(seed) {}
};

struct SpokeOptions {
  std::string name = "central", role = "central";
  bool pulls = true, pushes = true, snapshot = false;
};

class EngineBench {
public:
  // `rule` is the note entity's default rule.
  explicit EngineBench(const std::string& rule = "manual", std::uint64_t seed = 1);

  Spoke& add(const SpokeOptions& options);
  // Runs one flow; fails the test on a store error. `on_step` may throw to die there.
  engine::Report run(Spoke& spoke, engine::RunOptions options = {});
  // Enters a record at the hub.
  Result<engine::Edited> edit(const std::string& key,
                              const std::map<std::string, std::string>& fields);
  Result<engine::Edited> erase(const std::string& key);
  std::string get(const std::string& key, const std::string& field); // "" when it is not there
  bool alive(const std::string& key);
  std::vector<store::ConflictRow> conflicts(bool open);
  std::vector<store::QuarantineRow> quarantine();
  engine::Certificate verify(Spoke& spoke);
  store::Totals totals();
  void reopen(); // what a restart after a death does to the store

  const schema::Entity& entity() const { return *entities_->find("note"); }
  engine::FlowsOf flows() const;
  engine::Services services();

  FakeClock clock;
  engine::OnStep on_step;
  std::unique_ptr<store::Store> store;

private:
  store::StoreOptions store_options() const;

  TempDir folder_;
  std::unique_ptr<schema::Entities> entities_;
  Ids ids_;
  NullSink sink_;
  std::uint64_t seed_;
  std::vector<std::unique_ptr<Spoke>> spokes_;
  int runs_ = 0;
};

} // namespace gramsetu::test
