// SQLite's backup interface, in steps.
#include "daemon/store/sqlite/copy.hpp"

#include "daemon/store/care.hpp"
#include "daemon/store/sqlite/migrate.hpp"
#include "daemon/store/sqlite/query.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <fstream>

namespace gramsetu::store {

namespace {

// Two MiB: a few milliseconds, which a writer does not notice.
constexpr int kPagesAStep = 256;
// Another program may hold the source's lock for a moment; each try waits for it already.
constexpr int kBusyMost = 12;

} // namespace

Copy::~Copy()
{
  if (backup_ != nullptr) sqlite3_backup_finish(backup_);
  sqlite3_close(target_);
  if (!kept_) ::unlink(path_.c_str());
}

Error Copy::failed(int code) const
{
  const auto* why = (code & 0xff) == SQLITE_FULL ? "the disk is full" : sqlite3_errstr(code);
  return {ErrorKind::transient, fmt::format("{}: cannot be written: {}", path_, why)};
}

Result<bool> Copy::begin(Connection& source)
{
  const int code = sqlite3_open_v2(path_.c_str(), &target_,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return tl::unexpected<Error>(failed(code));
  // It is made durable as a whole, once it is whole.
  sqlite3_exec(target_, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", nullptr, nullptr,
               nullptr);
  backup_ = sqlite3_backup_init(target_, "main", source.handle(), "main");
  if (backup_ == nullptr) return tl::unexpected<Error>(failed(sqlite3_errcode(target_)));
  return true;
}

Result<bool> Copy::step()
{
  for (int tries = 0;; ++tries) {
    const int code = sqlite3_backup_step(backup_, kPagesAStep);
    if (code == SQLITE_DONE) return false;
    if (code == SQLITE_OK) return true;
    const bool busy = code == SQLITE_BUSY || code == SQLITE_LOCKED;
    if (!busy || tries == kBusyMost) return tl::unexpected<Error>(failed(code));
  }
}

Result<bool> Copy::end()
{
  const int code = sqlite3_backup_finish(std::exchange(backup_, nullptr));
  if (code != SQLITE_OK) return tl::unexpected<Error>(failed(code));
  return false;
}

Result<void> Copy::keep(const std::map<std::string, std::string>& facts)
{
  const int closed = sqlite3_close(std::exchange(target_, nullptr));
  if (closed != SQLITE_OK) return tl::unexpected<Error>(failed(closed));
  TRY(auto copy, Connection::open(path_));
  // A copy lies alone: without the log that the store has beside it.
  TRY_VOID(copy->execute("PRAGMA journal_mode = DELETE; BEGIN"));
  for (const auto& [name, value] : facts) {
    Query query(*copy, "INSERT INTO gs_fact (name, value) VALUES (?, ?) "
                       "ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    TRY_VOID(query.bind(name, value).run());
  }
  TRY_VOID(copy->execute("COMMIT"));
  kept_ = true;
  return {};
}

Result<void> fold_log(const std::string& path)
{
  TRY(auto connection, Connection::open(path));
  connection->checkpoint_on_close(true);
  TRY_VOID(connection->execute("PRAGMA journal_mode = DELETE"));
  connection.reset();
  if (::access((path + "-wal").c_str(), F_OK) != 0) return {};
  return fail(ErrorKind::transient, path + ": its log cannot be folded into it: somebody uses it");
}

std::string unfinished_mark(const std::string& path)
{
  return path + ".unfinished";
}

bool is_store(const std::string& path)
{
  // Of a file that nobody has open: closing a descriptor would drop the locks of who has.
  std::ifstream file(path, std::ios::binary);
  std::string head(72, '\0');
  if (!file.read(head.data(), static_cast<std::streamsize>(head.size()))) return false;
  return head.starts_with("SQLite format 3") && head.substr(68, 4) == kApplicationMark;
}

} // namespace gramsetu::store
