// The hub that engine tests drive.
#include "tests/support/engine_bench.hpp"
#include "tests/support/store_engine.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/wrap/masking.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace gramsetu::test {

namespace {

template <typename T>
T must(Result<T> result)
{
  if (result) return std::move(*result);
  std::fprintf(stderr, "engine bench: %s\n", result.error().what.c_str());
  std::abort();
}

void must(Result<void> result)
{
  if (result) return;
  std::fprintf(stderr, "engine bench: %s\n", result.error().what.c_str());
  std::abort();
}

} // namespace

EngineBench::EngineBench(const std::string& rule, std::uint64_t seed)
    : EngineBench(note_entity(rule), "note", seed)
{
}

EngineBench::EngineBench(std::unique_ptr<schema::Entities> entities, std::string entity,
                         std::uint64_t seed)
    : entities_(std::move(entities)), entity_(std::move(entity)), ids_(seed), seed_(seed)
{
  store = must(store::open_store(store_options()));
}

store::StoreOptions EngineBench::store_options() const
{
  store::StoreOptions options;
  options.path = folder_.file("hub.db");
  choose_engine(options);
  return options;
}

void EngineBench::reopen()
{
  store.reset();
  store = must(store::open_store(store_options()));
}

Spoke& EngineBench::add(const SpokeOptions& options)
{
  auto spoke = std::make_unique<Spoke>(seed_ + spokes_.size() + 1);
  const auto& kind = entity(options.entity);
  spoke->name = options.name;
  spoke->world.key_field = kind.fields[kind.key.front()].name;
  spoke->world.marks_deletes = !options.snapshot;
  spoke->connector = connectors::wrap::masking(open_memory_endpoint(spoke->world), true);
  spoke->stream = memory_stream(kind, options.snapshot, options.feed);
  auto& flow = spoke->flow;
  const auto& endpoint = options.endpoint.empty() ? options.name : options.endpoint;
  flow.id = kind.name + "@" + endpoint;
  flow.entity = &kind;
  flow.connector = spoke->connector.get();
  flow.stream = spoke->stream.get();
  flow.side = {endpoint, options.role};
  flow.pulls = options.pulls;
  flow.pushes = options.pushes;
  for (std::size_t i = 0; i < kind.fields.size(); ++i)
    flow.rules.push_back(kind.rule_of(i));
  for (std::size_t i = 0; i < kind.fields.size(); ++i)
    flow.phased.push_back(kind.is_phased(i));
  flow.existence = kind.default_rule;
  flow.existence_phased = true;
  flow.tombstone_lifetime = std::chrono::hours(24 * 365);
  spokes_.push_back(std::move(spoke));
  return *spokes_.back();
}

engine::FlowsOf EngineBench::flows(const std::string& name) const
{
  engine::FlowsOf all;
  for (const auto& spoke : spokes_)
    if (spoke->flow.entity == &entity(name)) all.push_back(&spoke->flow);
  return all;
}

engine::Services EngineBench::services()
{
  engine::Services services{*store, clock, ids_, Log(clock, *log_), on_step, {}};
  services.read_ahead = read_ahead;
  return services;
}

engine::Report EngineBench::run(Spoke& spoke, engine::RunOptions options)
{
  if (options.run_id.empty()) options.run_id = "run-" + std::to_string(++runs_);
  spoke.world.now_ms = clock.now().time_since_epoch().count();
  return must(run_cycle(spoke.flow, flows(spoke.flow.entity->name), options, services(), {}));
}

engine::Report EngineBench::undo(Spoke& spoke, const std::string& run, const std::string& run_id)
{
  const auto all = flows(spoke.flow.entity->name);
  return must(undo_run({spoke.flow, all, run_id, run, "clerk"}, services(), {}));
}

const schema::Mapping& EngineBench::mapping_of(const schema::Entity& kind)
{
  auto& stream = streams_[kind.name];
  if (!stream) stream = memory_stream(kind);
  return *stream->mapping;
}

schema::Record EngineBench::record_of(const schema::Entity& kind, schema::Object document)
{
  auto read = mapping_of(kind).to_record(schema::Value(std::move(document)));
  for (const auto& problem : read.problems)
    must<int>(fail(ErrorKind::invalid, problem.text));
  return std::move(read.record);
}

Result<engine::Edited> EngineBench::edit(const std::string& key,
                                         const std::map<std::string, std::string>& fields,
                                         const std::string& name)
{
  const auto& kind = entity(name);
  schema::Object document;
  for (std::size_t i = 0, begin = 0; i < kind.key.size() && begin <= key.size(); ++i) {
    // A key of one part is that part as it is.
    const auto end = kind.key.size() == 1 ? key.size() : std::min(key.find('/', begin), key.size());
    document.append(kind.fields[kind.key[i]].name, key.substr(begin, end - begin));
    begin = end + 1;
  }
  for (const auto& [field, text] : fields)
    document.append(field, told(text));
  return edit(key, std::move(document), name);
}

Result<engine::Edited> EngineBench::edit(const std::string& key, schema::Object document,
                                         const std::string& name)
{
  const auto& kind = entity(name);
  engine::LocalEdit edit;
  edit.key = key;
  edit.record = record_of(kind, std::move(document));
  edit.actor = "clerk";
  return edit_record(kind, flows(name), edit, services());
}

Result<engine::Edited> EngineBench::erase(const std::string& key, const std::string& name)
{
  engine::LocalEdit edit;
  edit.key = key;
  edit.remove = true;
  edit.actor = "clerk";
  return edit_record(entity(name), flows(name), edit, services());
}

std::optional<schema::Object> EngineBench::document(const std::string& key, const std::string& name)
{
  const auto& kind = entity(name);
  std::optional<schema::Object> shown;
  must(store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto row, tx.record(kind.name, key));
    if (!row || row->deleted) return {};
    TRY(const auto record, decode_record(kind, row->body));
    shown = mapping_of(kind).to_remote(record, all_fields(kind)).object();
    return {};
  }));
  return shown;
}

std::string EngineBench::get(const std::string& key, const std::string& field,
                             const std::string& name)
{
  const auto held = document(key, name);
  const auto* value = held ? held->find(field) : nullptr;
  return value ? shown(*value) : std::string();
}

bool EngineBench::alive(const std::string& key, const std::string& name)
{
  bool there = false;
  must(store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto row, tx.record(entity(name).name, key));
    there = row && !row->deleted;
    return {};
  }));
  return there;
}

std::vector<store::ConflictRow> EngineBench::conflicts(bool open)
{
  std::vector<store::ConflictRow> rows;
  must(store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.conflicts({"", "", "", open, 0, 100'000}));
    return {};
  }));
  return rows;
}

std::vector<store::QuarantineRow> EngineBench::quarantine()
{
  std::vector<store::QuarantineRow> rows;
  must(store->transact([&](store::Tx& tx) -> Result<void> {
    store::QuarantineQuery query;
    query.state = "open";
    TRY(rows, tx.quarantine(query));
    return {};
  }));
  return rows;
}

engine::Certificate EngineBench::verify(Spoke& spoke)
{
  auto quiet = services(); // nobody dies of a look
  quiet.on_step = {};
  return must(verify_flow(spoke.flow, quiet, {}, {}));
}

store::Totals EngineBench::totals()
{
  store::Totals totals;
  must(store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(totals, tx.totals());
    return {};
  }));
  return totals;
}

} // namespace gramsetu::test
