// Hands what is asked of a store or a transaction to the engine that it is of.
#include "daemon/store/engines.hpp"

#include <utility>

namespace gramsetu::store {

namespace {

EngineTx& engine(Tx& tx)
{
  return static_cast<EngineTx&>(tx);
}

EngineStore& engine(Store& store)
{
  return static_cast<EngineStore&>(store);
}

} // namespace

Result<std::unique_ptr<Store>> open_store(const StoreOptions& options)
{
  return options.postgresql.empty() ? open_sqlite(options) : open_postgresql(options);
}

Result<std::optional<ErasureRow>> erasure_of(Tx& tx, std::string_view entity, std::string_view key)
{
  return engine(tx).erasure_of(entity, key);
}

Result<void> put_erasure(Tx& tx, const ErasureRow& row)
{
  return engine(tx).put_erasure(row);
}

Result<void> lift_erasure(Tx& tx, std::string_view entity, std::string_view key)
{
  return engine(tx).lift_erasure(entity, key);
}

Result<std::int64_t> add_removal(Tx& tx, const RemovalRow& row)
{
  return engine(tx).add_removal(row);
}

Result<std::vector<RemovalRow>> removals(Tx& tx, std::int64_t after_id, std::size_t limit)
{
  return engine(tx).removals(after_id, limit);
}

Result<void> put_change(Tx& tx, const ChangeRow& row)
{
  return engine(tx).put_change(row);
}

Result<std::vector<std::string>> flows_that_know(Tx& tx, std::string_view entity,
                                                 std::string_view key)
{
  return engine(tx).flows_that_know(entity, key);
}

Result<std::vector<RunRow>> runs_that_name(Tx& tx, std::string_view key)
{
  return engine(tx).runs_that_name(key);
}

Result<std::vector<QuarantineRow>> quarantined_with(Tx& tx, std::string_view entity,
                                                    std::string_view text)
{
  return engine(tx).quarantined_with(entity, text);
}

Result<void> copy_log(Store& store)
{
  return engine(store).copy_log();
}

Result<void> forget_deleted(Store& store, bool whole)
{
  return engine(store).forget_deleted(whole);
}

Result<void> copy_to(Store& store, const Copying& copying, std::stop_token stop)
{
  return engine(store).copy_to(copying, std::move(stop));
}

Result<std::optional<std::uint64_t>> bytes_in_database(Store& store)
{
  return engine(store).bytes_in_database();
}

Result<Heads> heads_of(Tx& tx)
{
  return engine(tx).heads();
}

Result<void> pass_heads(Tx& tx, const Heads& heads)
{
  return engine(tx).pass_heads(heads);
}

} // namespace gramsetu::store
