// A hub in a temporary folder with endpoints in memory: what engine tests drive.
#pragma once

#include "base/ids.hpp"
#include "daemon/engine/cycle.hpp"
#include "daemon/engine/local_edit.hpp"
#include "daemon/engine/undo.hpp"
#include "daemon/engine/verify/verify.hpp"
#include "daemon/store/store.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_endpoint.hpp"
#include "tests/support/temp_dir.hpp"

#include <map>
#include <memory>
#include <optional>
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
  std::string entity = "";   // the bench's own
  bool feed = false;         // read from a cursor on
  std::string endpoint = ""; // the flow's, where several kinds come from one; else the name
};

class EngineBench {
public:
  // `rule` is the note entity's default rule.
  explicit EngineBench(const std::string& rule = "manual", std::uint64_t seed = 1);
  // Other entities; those whose name is left out below are `entity`.
  EngineBench(std::unique_ptr<schema::Entities> entities, std::string entity,
              std::uint64_t seed = 1);

  Spoke& add(const SpokeOptions& options);
  // Runs one flow; fails the test on a store error. `on_step` may throw to die there.
  engine::Report run(Spoke& spoke, engine::RunOptions options = {});
  // Puts back what `run` did, as a run of its own.
  engine::Report undo(Spoke& spoke, const std::string& run, const std::string& run_id);
  // Enters a record at the hub.
  Result<engine::Edited> edit(const std::string& key,
                              const std::map<std::string, std::string>& fields,
                              const std::string& entity = "");
  // The same from a document as endpoints write it, lists too.
  Result<engine::Edited> edit(const std::string& key, schema::Object document,
                              const std::string& entity = "");
  // What the hub holds, as endpoints write it; nothing when it is not there.
  std::optional<schema::Object> document(const std::string& key, const std::string& entity = "");
  Result<engine::Edited> erase(const std::string& key, const std::string& entity = "");
  // As endpoints write it; "" when it is not there.
  std::string get(const std::string& key, const std::string& field, const std::string& entity = "");
  bool alive(const std::string& key, const std::string& entity = "");
  std::vector<store::ConflictRow> conflicts(bool open);
  std::vector<store::QuarantineRow> quarantine();
  engine::Certificate verify(Spoke& spoke);
  store::Totals totals();
  int runs() const { return runs_; } // so many were begun: "run-1" and on
  void reopen();                     // what a restart after a death does to the store

  const schema::Entity& entity(const std::string& name = "") const
  {
    return *entities_->find(name.empty() ? entity_ : name);
  }
  const schema::Entities& entities() const { return *entities_; }
  engine::FlowsOf flows(const std::string& entity = "") const;
  engine::Services services();
  void log_to(LogSink& sink) { log_ = &sink; } // which outlives the bench's runs

  FakeClock clock;
  engine::OnStep on_step;
  bool read_ahead = false; // pages are fetched by a second thread: `on_step` keeps off the worlds
  std::unique_ptr<store::Store> store;

private:
  store::StoreOptions store_options() const;
  const schema::Mapping& mapping_of(const schema::Entity& entity);
  schema::Record record_of(const schema::Entity& entity, schema::Object document);

  TempDir folder_;
  std::unique_ptr<schema::Entities> entities_;
  std::string entity_;
  std::map<std::string, std::shared_ptr<const connectors::Stream>> streams_; // by entity
  Ids ids_;
  NullSink sink_;
  LogSink* log_ = &sink_;
  std::uint64_t seed_;
  std::vector<std::unique_ptr<Spoke>> spokes_;
  int runs_ = 0;
};

} // namespace gramsetu::test
