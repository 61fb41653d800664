// The PostgreSQL store: one connection, one mutex, and transactions with three outcomes.
#include "daemon/store/store.hpp"

#include "base/check.hpp"
#include "daemon/store/engines.hpp"
#include "daemon/store/postgresql/open.hpp"
#include "daemon/store/postgresql/partitions.hpp"
#include "daemon/store/postgresql/query.hpp"
#include "daemon/store/postgresql/tx.hpp"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace gramsetu::store {

namespace postgresql {

namespace {

class PostgresStore final : public EngineStore {
public:
  PostgresStore(std::unique_ptr<Connection> connection, const Heads& heads)
      : connection_(std::move(connection)), heads_(heads)
  {
  }

  Result<void> transact(const std::function<Result<void>(Tx&)>& work) override;
  Result<void> check() override;
  Result<void> copy_to(const Copying& copying, std::stop_token stop) override;
  Result<void> forget_deleted(bool whole) override;
  Result<std::optional<std::uint64_t>> bytes_in_database() override;

private:
  Result<void> run(const std::function<Result<void>(PostgresTx&)>& work);
  Result<void> roll_back(std::optional<Error> because);

  std::mutex mutex_; // guards all below
  std::unique_ptr<Connection> connection_;
  Heads heads_;
  std::optional<Error> broken_; // the first error that leaves the outcome, or the lock, in doubt
  std::atomic<std::thread::id> user_ = {}; // the thread inside a transaction
};

// Rolls back when the work leaves by an exception: tests die that way.
class Undo {
public:
  Undo(Connection& connection, std::atomic<std::thread::id>& user)
      : connection_(connection), user_(user)
  {
    user_.store(std::this_thread::get_id());
  }
  ~Undo()
  {
    if (connection_.in_transaction()) static_cast<void>(connection_.roll_back());
    user_.store(std::thread::id());
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;

private:
  Connection& connection_;
  std::atomic<std::thread::id>& user_; // so that a thread cannot wait for itself
};

Result<void> PostgresStore::transact(const std::function<Result<void>(Tx&)>& work)
{
  return run([&](PostgresTx& tx) { return work(tx); });
}

Result<void> PostgresStore::run(const std::function<Result<void>(PostgresTx&)>& work)
{
  gramsetu::check(user_.load() != std::this_thread::get_id(),
                  "a transaction is not begun inside another one");
  const std::lock_guard lock(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  const Undo undo(*connection_, user_);
  if (auto begun = connection_->begin(); !begun) return roll_back(std::move(begun.error()));
  PostgresTx tx(*connection_, heads_);
  if (auto done = work(tx); !done) return roll_back(std::move(done.error()));
  if (auto finished = tx.finish(); !finished) return roll_back(std::move(finished.error()));
  auto committed = connection_->commit();
  if (!committed) {
    // Without its answer nobody knows what a restart will find.
    if (committed.error().kind == ErrorKind::corrupt)
      broken_ = Error{
          ErrorKind::corrupt, "the outcome of a commit is unknown: " + committed.error().what, {}};
    return roll_back(std::move(committed.error()));
  }
  heads_ = tx.given();
  return {};
}

Result<void> PostgresStore::roll_back(std::optional<Error> because)
{
  const auto undone = connection_->roll_back();
  const auto& failure = connection_->failure();
  if (!broken_ && failure && failure->kind == ErrorKind::corrupt) broken_ = failure;
  // With the connection goes the lock: somebody else may have the store by now.
  if (!broken_ && !undone) broken_ = undone.error();
  if (broken_) return tl::unexpected<Error>(*broken_);
  // What went wrong underneath outranks what the caller made of it.
  return tl::unexpected<Error>(failure ? *failure : std::move(*because));
}

Result<void> PostgresStore::check()
{
  return run([&](PostgresTx& tx) -> Result<void> {
    TRY_VOID(check_schema(*connection_));
    return tx.scrub();
  });
}

Result<void> PostgresStore::copy_to(const Copying&, std::stop_token)
{
  return fail(ErrorKind::unsupported,
              "the store is a PostgreSQL database: back it up with pg_dump, or with the server's "
              "own base backups");
}

Result<void> PostgresStore::forget_deleted(bool whole)
{
  const std::lock_guard lock(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  // Dead versions of rows go; a whole one writes every table anew.
  return connection_->script(whole ? "VACUUM (FULL)" : "VACUUM");
}

Result<std::optional<std::uint64_t>> PostgresStore::bytes_in_database()
{
  std::optional<std::uint64_t> bytes;
  TRY_VOID(run([&](PostgresTx&) -> Result<void> {
    // Tables with their indexes and long values; a partitioned one has none of its own.
    Query query(*connection_,
                "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM "
                "pg_catalog.pg_class WHERE relkind IN ('r', 'm') AND relnamespace = "
                "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'gramsetu')");
    TRY_VOID(query.next());
    bytes = static_cast<std::uint64_t>(query.integer());
    return {};
  }));
  return bytes;
}

Result<std::unique_ptr<Store>> open(const StoreOptions& options)
{
  TRY(auto connection, Connection::open(options.postgresql));
  TRY_VOID(settle_session(*connection));
  TRY_VOID(take_lock(*connection));
  TRY_VOID(migrate(*connection));
  TRY_VOID(make_partitions(*connection, options.views));
  TRY_VOID(rebuild_views(*connection, options.views));
  TRY_VOID(connection->script("TRUNCATE gs_seen, gs_twin"));
  TRY(const Heads heads, stored_heads(*connection));
  return std::unique_ptr<Store>(std::make_unique<PostgresStore>(std::move(connection), heads));
}

} // namespace

} // namespace postgresql

Result<std::unique_ptr<Store>> open_postgresql(const StoreOptions& options)
{
  auto opened = postgresql::open(options);
  if (opened) return opened;
  const auto name = [&](const char* word) {
    const auto found = options.postgresql.find(word);
    return found == options.postgresql.end() ? std::string() : found->second;
  };
  return within(fmt::format("store {}/{}", name("host"), name("dbname")),
                std::move(opened.error()));
}

} // namespace gramsetu::store
