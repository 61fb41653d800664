// Proves the backup on a copy, then changes names.
#include "daemon/runtime/restore.hpp"

#include "base/encryption.hpp"
#include "base/files.hpp"
#include "daemon/runtime/attachments.hpp"
#include "daemon/runtime/backup.hpp"
#include "daemon/runtime/members.hpp"
#include "daemon/runtime/rewind.hpp"
#include "daemon/store/care.hpp"
#include "daemon/store/sqlite/file.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace gramsetu::runtime {

namespace {

namespace fs = std::filesystem;

constexpr const char* kParts[] = {"-wal", "-shm", "-journal", ""};

void remove_all(const std::string& path)
{
  std::error_code ignored;
  for (const auto* part : {"-wal", "-shm", "-journal", ".lock", ""})
    fs::remove(path + part, ignored);
}

Result<void> bring(const RestoreOrder& order, const std::string& incoming)
{
  std::error_code error;
  if (!fs::is_regular_file(order.file, error))
    return fail(ErrorKind::invalid, order.file + " is no file that can be read");
  if (is_encrypted(order.file)) {
    if (order.key.empty())
      return fail(ErrorKind::invalid, order.file + " is encrypted: give its key with --key");
    return decrypt_file(order.file, incoming, order.key.reveal());
  }
  if (!store::is_store(order.file))
    return fail(ErrorKind::invalid, order.file + " is no backup of this program");
  // What is in the log is in no copy of the file alone.
  if (fs::exists(order.file + "-wal", error) && fs::file_size(order.file + "-wal", error) > 0)
    return fail(ErrorKind::invalid, order.file + " has a log beside it: it is a store in use, or a "
                                                 "copy of one, and not a backup");
  fs::copy_file(order.file, incoming, error);
  if (error) return fail(ErrorKind::transient, fmt::format("{}: {}", incoming, error.message()));
  return {};
}

// Reads everything, at this program's schema, and leaves the mark of the restore in it.
Result<schema::Object> prove(const RestoreOrder& order, const std::string& incoming)
{
  if (!store::is_store(incoming))
    return fail(ErrorKind::invalid, order.file + " holds no store of this program");
  auto options = order.store;
  options.path = incoming;
  TRY(const auto opened, store::open_store(options));
  TRY_VOID(opened->check());
  schema::Object manifest;
  TRY_VOID(opened->transact([&](store::Tx& tx) -> Result<void> {
    TRY(manifest, fact_object(tx, kManifestFact));
    const auto hub = text_of(manifest, "hub");
    if (!hub.empty() && hub != order.hub) {
      return fail(ErrorKind::invalid, fmt::format("{} is a backup of hub {}, and this is hub {}",
                                                  order.file, hub, order.hub));
    }
    const Restored restored{order.file, instant_of(manifest, "made_at"), order.now};
    TRY_VOID(tx.put_fact(kRestoredFact, restored_json(restored)));
    return tx.erase_fact(kManifestFact);
  }));
  return manifest;
}

// The log goes first: a database without its log is old, but a log beside another database would be
// carried into it.
Result<std::vector<std::string>> move_aside(const std::string& path, Instant now)
{
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::string aside;
  for (int again = 0; aside.empty() || fs::exists(aside); ++again)
    aside =
        fmt::format("{}.before-{}{}", path, seconds, again == 0 ? "" : fmt::format("-{}", again));
  std::vector<std::string> moved;
  for (const auto* part : kParts) {
    std::error_code error;
    if (!fs::exists(path + part, error)) continue;
    TRY_VOID(put_in_place(path + part, aside + part));
    moved.push_back(aside + part);
  }
  return moved;
}

} // namespace

Result<RestoreDone> restore(const RestoreOrder& order)
{
  const auto& path = order.store.path;
  auto lock = store::FileLock::take(path);
  if (!lock)
    return fail(ErrorKind::precondition, lock.error().what + "; stop the hub, then restore");
  const auto incoming = path + ".restoring", mark = store::unfinished_mark(path);
  remove_all(incoming);
  RestoreDone done;
  const auto prepare = [&]() -> Result<schema::Object> {
    TRY_VOID(bring(order, incoming));
    TRY(auto manifest, prove(order, incoming));
    TRY(done.documents, documents_from(incoming, attachments_beside(path)));
    TRY_VOID(store::fold_log(incoming));
    TRY_VOID(sync_file(incoming));
    return manifest;
  };
  if (auto manifest = prepare()) {
    done.manifest = std::move(*manifest);
  } else {
    remove_all(incoming);
    return within("nothing was restored", std::move(manifest.error()));
  }
  TRY_VOID(replace_file(mark, order.file + "\n"));
  TRY(done.moved, move_aside(path, order.now));
  give_to_owner_of_folder(incoming);
  TRY_VOID(put_in_place(incoming, path));
  remove_all(incoming);
  std::error_code ignored;
  fs::remove(mark, ignored);
  TRY_VOID(sync_folder_of(path));
  return done;
}

} // namespace gramsetu::runtime
