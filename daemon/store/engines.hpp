// What an engine gives besides the contract of store.hpp: what is behind the functions of erasure.hpp and care.hpp.
#pragma once

#include "daemon/store/care.hpp"
#include "daemon/store/erasure.hpp"
#include "daemon/store/store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// Every transaction of every engine is one of these. The functions of the same names say what they do.
class EngineTx : public Tx {
public:
  virtual Result<std::optional<ErasureRow>> erasure_of(std::string_view entity,
                                                       std::string_view key) = 0;
  virtual Result<void> put_erasure(const ErasureRow& row) = 0;
  virtual Result<void> lift_erasure(std::string_view entity, std::string_view key) = 0;
  virtual Result<std::int64_t> add_removal(const RemovalRow& row) = 0;
  virtual Result<std::vector<RemovalRow>> removals(std::int64_t after_id, std::size_t limit) = 0;
  virtual Result<void> put_change(const ChangeRow& row) = 0;
  virtual Result<std::vector<std::string>> flows_that_know(std::string_view entity,
                                                           std::string_view key) = 0;
  virtual Result<std::vector<RunRow>> runs_that_name(std::string_view key) = 0;
  virtual Result<std::vector<QuarantineRow>> quarantined_with(std::string_view entity,
                                                              std::string_view text) = 0;
  virtual Result<Heads> heads() = 0;
  virtual Result<void> pass_heads(const Heads& heads) = 0;
};

// Every store of every engine is one of these.
class EngineStore : public Store {
public:
  virtual Result<void> copy_to(const Copying& copying, std::stop_token stop) = 0;
  virtual Result<void> forget_deleted(bool whole) = 0;
  virtual Result<void> copy_log() { return {}; }
  virtual Result<std::optional<std::uint64_t>> bytes_in_database()
  {
    return std::optional<std::uint64_t>();
  }
};

// `open_store` calls the one that the options ask for.
Result<std::unique_ptr<Store>> open_sqlite(const StoreOptions& options);
Result<std::unique_ptr<Store>> open_postgresql(const StoreOptions& options);

} // namespace gramsetu::store
