// The hub that engine tests drive.
#include "tests/support/engine_bench.hpp"

#include "schema/types.hpp"

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

schema::Record record_of(const schema::Entity& entity, const std::string& key,
                         const std::map<std::string, std::string>& fields)
{
  schema::Record record(entity);
  record.fields[0] = schema::Value(key);
  for (const auto& [name, text] : fields) {
    const auto index = entity.index_of(name);
    if (!index) continue;
    if (entity.fields[*index].type == schema::FieldType::money)
      record.fields[*index] =
          schema::Value(must(schema::read_money(text, schema::MoneyUnit::rupees)));
    else
      record.fields[*index] = schema::Value(text);
  }
  return record;
}

} // namespace

EngineBench::EngineBench(const std::string& rule, std::uint64_t seed)
    : entities_(note_entity(rule)), ids_(seed), seed_(seed)
{
  store = must(store::open_store(store_options()));
}

store::StoreOptions EngineBench::store_options() const
{
  store::StoreOptions options;
  options.path = folder_.file("hub.db");
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
  spoke->name = options.name;
  spoke->world.marks_deletes = !options.snapshot;
  spoke->connector = open_memory_endpoint(spoke->world);
  spoke->stream = memory_stream(entity(), options.snapshot);
  auto& flow = spoke->flow;
  flow.id = "note@" + options.name;
  flow.entity = &entity();
  flow.connector = spoke->connector.get();
  flow.stream = spoke->stream.get();
  flow.side = {options.name, options.role};
  flow.pulls = options.pulls;
  flow.pushes = options.pushes;
  for (std::size_t i = 0; i < entity().fields.size(); ++i)
    flow.rules.push_back(entity().rule_of(i));
  flow.existence = entity().default_rule;
  flow.tombstone_lifetime = std::chrono::hours(24 * 365);
  spokes_.push_back(std::move(spoke));
  return *spokes_.back();
}

engine::FlowsOf EngineBench::flows() const
{
  engine::FlowsOf all;
  for (const auto& spoke : spokes_)
    all.push_back(&spoke->flow);
  return all;
}

engine::Services EngineBench::services()
{
  return {*store, clock, ids_, Log(clock, sink_), on_step, {}};
}

engine::Report EngineBench::run(Spoke& spoke, engine::RunOptions options)
{
  if (options.run_id.empty()) options.run_id = "run-" + std::to_string(++runs_);
  spoke.world.now_ms = clock.now().time_since_epoch().count();
  return must(run_cycle(spoke.flow, flows(), options, services(), {}));
}

Result<engine::Edited> EngineBench::edit(const std::string& key,
                                         const std::map<std::string, std::string>& fields)
{
  engine::LocalEdit edit;
  edit.key = key;
  edit.record = record_of(entity(), key, fields);
  edit.actor = "clerk";
  return edit_record(entity(), flows(), edit, services());
}

Result<engine::Edited> EngineBench::erase(const std::string& key)
{
  engine::LocalEdit edit;
  edit.key = key;
  edit.remove = true;
  edit.actor = "clerk";
  return edit_record(entity(), flows(), edit, services());
}

std::string EngineBench::get(const std::string& key, const std::string& field)
{
  std::string text;
  must(store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto row, tx.record("note", key));
    if (!row || row->deleted) return {};
    TRY(const auto record, decode_record(entity(), row->body));
    const auto& value = record.fields[*entity().index_of(field)];
    if (value.is_text()) text = value.text();
    if (value.is_integer()) text = schema::write_money(value.integer(), schema::MoneyUnit::rupees);
    return {};
  }));
  return text;
}

bool EngineBench::alive(const std::string& key)
{
  bool there = false;
  must(store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto row, tx.record("note", key));
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
  return must(verify_flow(spoke.flow, services(), {}));
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
