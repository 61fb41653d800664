// The SQLite store: one connection, one mutex, and transactions with three outcomes.
#include "daemon/store/store.hpp"

#include "base/check.hpp"
#include "daemon/store/engines.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/copy.hpp"
#include "daemon/store/sqlite/file.hpp"
#include "daemon/store/sqlite/migrate.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"
#include "daemon/store/sqlite/views.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace gramsetu::store {

namespace {

// How large the log file gets before it is copied into the database: a quarter of that, in these bounds. What is
// written more than once in that time is copied once, and a run whose changes lie here and there pays for its pages in
// the file when it is over: 128 MiB in place of 32 took a sixth off. A restart after a death reads the log through,
// some tenths of a second of the most.
constexpr std::int64_t kLogBytesLeast = 32 << 20, kLogBytesMost = 128 << 20;
// Of a new store; an older one keeps its eight. A change here and there dirties a page each of records and of shadows,
// which is written to the log and copied: with four, a run with such changes takes a quarter less, a first load some
// 6 % more.
constexpr int kPageBytes = 4096;

class SqliteStore final : public EngineStore {
public:
  SqliteStore(FileLock lock, std::unique_ptr<Connection> connection)
      : lock_(std::move(lock)), connection_(std::move(connection))
  {
  }

  // A store in doubt is left as it lies: the next start recovers it from its log.
  ~SqliteStore() override { connection_->checkpoint_on_close(!broken_); }

  Result<void> load_names() { return dictionary_.names.load(); }
  Result<void> transact(const std::function<Result<void>(Tx&)>& work) override;
  Result<void> check() override;
  Result<void> copy_to(const Copying& copying, std::stop_token stop) override;
  Result<void> forget_deleted(bool whole) override;
  Result<void> copy_log() override;

private:
  Result<void> commit(SqliteTx& tx);
  Result<void> roll_back(Error because);

  FileLock lock_;    // released last
  std::mutex mutex_; // guards the connection and `broken_`
  std::unique_ptr<Connection> connection_;
  Dictionary dictionary_{*connection_};
  std::optional<Error> broken_;            // the first error that leaves the outcome in doubt
  std::atomic<std::thread::id> user_ = {}; // the thread inside a transaction
};

// Rolls back when the work leaves by an exception: tests die that way.
class Undo {
public:
  explicit Undo(Connection& connection) : connection_(connection) {}
  ~Undo()
  {
    if (connection_.in_transaction()) static_cast<void>(connection_.execute("ROLLBACK"));
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;

private:
  Connection& connection_;
};

// Marks the thread that is inside, so that it cannot wait for itself.
class Inside {
public:
  explicit Inside(std::atomic<std::thread::id>& user) : user_(user)
  {
    user_.store(std::this_thread::get_id());
  }
  ~Inside() { user_.store(std::thread::id()); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

private:
  std::atomic<std::thread::id>& user_;
};

Result<void> SqliteStore::transact(const std::function<Result<void>(Tx&)>& work)
{
  gramsetu::check(user_.load() != std::this_thread::get_id(),
                  "a transaction is not begun inside another one");
  const std::lock_guard lock(mutex_);
  const Inside inside(user_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  connection_->forget_failure();
  // IMMEDIATE: a lock that is taken later could fail half way, when another process writes.
  if (auto begun = connection_->execute("BEGIN IMMEDIATE"); !begun) {
    if (begun.error().kind == ErrorKind::corrupt) broken_ = begun.error();
    return begun;
  }
  const Undo undo(*connection_);
  SqliteTx tx(*connection_, dictionary_);
  if (auto done = work(tx); !done) return roll_back(std::move(done.error()));
  if (connection_->failure()) return roll_back(*connection_->failure());
  return commit(tx);
}

Result<void> SqliteStore::commit(SqliteTx& tx)
{
  if (auto finished = tx.finish(); !finished) return roll_back(std::move(finished.error()));
  // A full disk is met here rather than at COMMIT: here, that nothing was kept is certain.
  if (auto flushed = connection_->flush(); !flushed) return roll_back(std::move(flushed.error()));
  auto committed = connection_->execute("COMMIT");
  if (committed) return {};
  // After a failed COMMIT nobody knows what a restart will find: SQLite says rolled back, and after a
  // failed fsync the rows may be there all the same.
  broken_ =
      Error{ErrorKind::corrupt, "the outcome of a commit is unknown: " + committed.error().what};
  return tl::unexpected<Error>(*broken_);
}

Result<void> SqliteStore::roll_back(Error because)
{
  const auto failure = connection_->failure();
  if (failure && failure->kind == ErrorKind::corrupt) broken_ = failure;
  if (connection_->in_transaction()) {
    if (auto undone = connection_->execute("ROLLBACK"); !undone && connection_->in_transaction())
      broken_ = Error{ErrorKind::corrupt, undone.error().what};
  }
  if (broken_) return tl::unexpected<Error>(*broken_);
  // What went wrong underneath outranks what the caller made of it.
  return tl::unexpected<Error>(failure ? *failure : std::move(because));
}

Result<void> check_all(Connection& connection, Dictionary& dictionary)
{
  TRY_VOID(schema_version(connection));
  Query query(connection, "PRAGMA integrity_check(5)");
  std::string found;
  while (true) {
    TRY(const bool more, query.next());
    if (!more) break;
    found += (found.empty() ? "" : "; ") + query.text();
  }
  if (found != "ok") return fail(ErrorKind::corrupt, "store: integrity check: " + found);
  return SqliteTx(connection, dictionary).scrub();
}

Result<void> SqliteStore::check()
{
  const std::lock_guard lock(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  return check_all(*connection_, dictionary_);
}

Result<void> SqliteStore::copy_to(const Copying& copying, std::stop_token stop)
{
  TRY_VOID(make_new_file(copying.path));
  Copy copy(copying.path);
  // The copy follows what this connection commits, so each step has the connection to itself.
  const auto step = [&](auto&& act) {
    const std::lock_guard lock(mutex_);
    return broken_ ? Result<bool>(tl::unexpected<Error>(*broken_)) : act();
  };
  TRY(bool more, step([&] { return copy.begin(*connection_); }));
  while (more) {
    if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    if (copying.between) copying.between();
    TRY(more, step([&] { return copy.step(); }));
  }
  TRY_VOID(step([&] { return copy.end(); }));
  // Whatever is wrong with the copy is not wrong with the store.
  if (auto kept = copy.keep(copying.facts); !kept)
    return fail(ErrorKind::transient, copying.path + ": " + kept.error().what);
  return {};
}

Result<void> SqliteStore::forget_deleted(bool whole)
{
  const std::lock_guard lock(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  if (whole) TRY_VOID(connection_->execute("VACUUM"));
  TRY(const std::int64_t busy, connection_->number("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy == 0) return {};
  return fail(ErrorKind::transient, "another program reads the store, so its log cannot be emptied "
                                    "now: close it, and erase again");
}

Result<void> bound_log(Connection& connection)
{
  TRY(const auto page_bytes, connection.number("PRAGMA page_size"));
  TRY(const auto pages, connection.number("PRAGMA page_count"));
  const auto bytes = std::clamp(pages * page_bytes / 4, kLogBytesLeast, kLogBytesMost);
  return connection.execute(
      fmt::format("PRAGMA wal_autocheckpoint = {}; PRAGMA journal_size_limit = {}",
                  bytes / page_bytes, 2 * bytes));
}

Result<void> SqliteStore::copy_log()
{
  const std::lock_guard lock(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  auto copied = connection_->execute("PRAGMA wal_checkpoint(PASSIVE)");
  if (copied) copied = bound_log(*connection_); // the store has grown since
  if (!copied && copied.error().kind == ErrorKind::corrupt) broken_ = copied.error();
  return copied;
}

Result<void> prepare(Connection& connection, const StoreOptions& options)
{
  TRY(const std::int64_t version, schema_version(connection));
  TRY_VOID(connection.execute(fmt::format(
      "PRAGMA page_size = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA cache_size = -{}; PRAGMA cell_size_check = ON;"
      "PRAGMA secure_delete = ON; PRAGMA temp_store = FILE; PRAGMA temp.cache_size = -1024;",
      kPageBytes, options.cache_bytes / 1024)));
  TRY_VOID(bound_log(connection));
  connection.keep_log_file();
  TRY_VOID(migrate(connection, version));
  TRY_VOID(
      connection.execute("CREATE TEMP TABLE gs_seen (slice INTEGER NOT NULL, key TEXT NOT NULL, "
                         "PRIMARY KEY (slice, key)) STRICT, WITHOUT ROWID;"
                         "CREATE TEMP TABLE gs_twin (flow TEXT NOT NULL, key TEXT NOT NULL, "
                         "slice TEXT NOT NULL, there INTEGER NOT NULL, left_out INTEGER NOT NULL, "
                         "differs INTEGER NOT NULL, digest BLOB NOT NULL, theirs TEXT NOT NULL, "
                         "ours TEXT NOT NULL, PRIMARY KEY (flow, key)) STRICT, WITHOUT ROWID;"));
  TRY_VOID(rebuild_views(connection, options.views));
  return sync_folder_of(options.path);
}

} // namespace

Result<void> check_copy(const std::string& path)
{
  TRY(auto connection, Connection::open(path));
  Dictionary dictionary(*connection);
  if (auto sound = check_all(*connection, dictionary); !sound)
    return within("store " + path, std::move(sound.error()));
  return {};
}

Result<std::unique_ptr<Store>> open_sqlite(const StoreOptions& options)
{
  TRY(FileLock lock, FileLock::take(options.path));
  if (::access(unfinished_mark(options.path).c_str(), F_OK) == 0) {
    return fail(ErrorKind::invalid,
                fmt::format("store {}: a restore was cut off in the middle; run "
                            "gramsetu restore again",
                            options.path));
  }
  TRY_VOID(make_file(options.path));
  TRY(auto connection, Connection::open(options.path));
  if (auto ready = prepare(*connection, options); !ready)
    return within("store " + options.path, std::move(ready.error()));
  auto store = std::make_unique<SqliteStore>(std::move(lock), std::move(connection));
  if (auto loaded = store->load_names(); !loaded)
    return within("store " + options.path, std::move(loaded.error()));
  return store;
}

} // namespace gramsetu::store
