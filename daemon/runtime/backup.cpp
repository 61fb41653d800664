// Copy, check, encrypt, put in place; and what became of it.
#include "daemon/runtime/backup.hpp"

#include "base/encryption.hpp"
#include "base/files.hpp"
#include "daemon/runtime/anchor.hpp"
#include "daemon/runtime/attachments.hpp"
#include "daemon/runtime/evidence.hpp"
#include "daemon/runtime/members.hpp"
#include "daemon/store/sqlite/file.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace gramsetu::runtime {

namespace {

namespace fs = std::filesystem;

constexpr const char *kGoodFact = "backup/good", *kFailedFact = "backup/failed";
constexpr const char *kClear = ".gsb", *kLocked = ".gsb.enc";
// Writers wait while a step is made: this long they have the store to themselves.
constexpr std::chrono::milliseconds kBetweenSteps{2};
// After a failure: soon enough that a full disk that was cleared costs a quarter of an hour.
constexpr std::chrono::minutes kTryAgain{15};

schema::Object made_json(const BackupMade& made)
{
  schema::Object json;
  json.append("file", made.file);
  json.append("at", to_rfc3339(made.at));
  json.append("bytes", made.bytes);
  json.append("seconds", made.seconds);
  json.append("encrypted", made.encrypted);
  json.append("documents", made.documents);
  return json;
}

// What a backup says of itself, in its facts.
Result<std::string> manifest_of(Hub& hub, Instant now)
{
  schema::Object json, records;
  json.append("hub", hub.setup()->config().hub_name);
  json.append("made_at", to_rfc3339(now));
  TRY_VOID(hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto anchor, anchor_of(tx, hub.engine_services().ids));
    json.append("store", anchor.store);
    json.append("change", anchor.heads.change);
    json.append("log", anchor.heads.log);
    TRY(const auto totals, tx.totals());
    for (const auto& [entity, count] : totals.records)
      records.append(entity, static_cast<std::int64_t>(count));
    return {};
  }));
  json.append("records", std::move(records));
  // Who restores it sees whether the audit log has lost its end since.
  if (const auto head = audit_of(hub.setup()->config(), hub.clock())->head())
    json.append("audit", audit::head_json(*head));
  return schema::to_json(std::move(json));
}

// Where the copy is made: beside the backup; when that is encrypted, beside the store, whose disk holds
// the same in the clear anyhow.
std::string work_file(const std::string& store_path, const BackupOrder& order)
{
  return order.key.empty() ? order.file + ".partial" : store_path + ".backup";
}

Result<void> want_room(const std::string& file, const std::string& store_path)
{
  std::uint64_t documents = 0;
  TRY_VOID(attachments_beside(store_path).all(&documents));
  std::error_code error;
  const auto folder = fs::path(file).parent_path();
  const auto space = fs::space(folder, error);
  if (error) {
    return fail(
        ErrorKind::transient,
        fmt::format("folder {}: {}; the service writes only below its own folder, and below "
                    "those of ReadWritePaths= in a drop-in",
                    folder.string(), error.message()));
  }
  auto needed = fs::file_size(store_path, error) + documents;
  if (const auto log = fs::file_size(store_path + "-wal", error); !error) needed += log;
  if (space.available >= needed) return {};
  return fail(ErrorKind::transient,
              fmt::format("folder {} has room for {} bytes, and {} are needed", folder.string(),
                          space.available, needed));
}

Result<void> want_free_name(const BackupOrder& order, const std::string& store_path)
{
  if (!fs::path(order.file).is_absolute())
    return fail(ErrorKind::invalid, "the path of a backup is absolute, and not " + order.file);
  std::error_code error;
  if (!fs::exists(order.file, error)) return {};
  if (fs::equivalent(order.file, store_path, error))
    return fail(ErrorKind::invalid, order.file + " is the store itself; name another file");
  if (is_backup(order.file)) return {};
  return fail(ErrorKind::invalid,
              order.file + " is there and is no backup; name another file, nothing is overwritten");
}

Result<void> lock_up(const std::string& copy, const BackupOrder& order, const std::string& part)
{
  TRY_VOID(encrypt_file(copy, part, order.key.reveal()));
  // Only what can be opened again is a backup.
  return prove_encrypted(part, order.key.reveal());
}

class Files {
public:
  explicit Files(std::vector<std::string> paths) : paths_(std::move(paths)) { remove(); }
  ~Files() { remove(); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

private:
  void remove()
  {
    std::error_code ignored;
    for (const auto& path : paths_)
      fs::remove(path, ignored);
  }
  std::vector<std::string> paths_;
};

Result<BackupMade> make(Hub& hub, const BackupOrder& order, std::stop_token stop)
{
  const auto store_path = hub.setup()->config().store_path;
  // It says what to use in place of this.
  if (hub.setup()->config().store_database) TRY_VOID(store::copy_to(hub.store(), {}, stop));
  TRY_VOID(want_free_name(order, store_path));
  auto alone = store::FileLock::take(store_path + ".backup");
  if (!alone) return fail(ErrorKind::precondition, "a backup is being made already");
  const auto begun = hub.clock().ticks();
  BackupMade made;
  made.file = order.file;
  made.encrypted = !order.key.empty();
  const auto copy = work_file(store_path, order), part = order.file + ".partial";
  const Files gone({copy, copy + "-journal", copy + "-wal", copy + "-shm", part});
  TRY_VOID(want_room(part, store_path));
  if (copy != part) TRY_VOID(want_room(copy, store_path));
  TRY(const auto manifest, manifest_of(hub, hub.clock().now()));
  made.at = hub.clock().now();
  const auto between = [&] {
    static_cast<void>(hub.clock().sleep_until(hub.clock().ticks() + kBetweenSteps, stop));
  };
  TRY_VOID(store::copy_to(hub.store(), {copy, {{kManifestFact, manifest}}, between}, stop));
  TRY(auto documents, documents_into(copy, attachments_beside(store_path)));
  made.documents = static_cast<std::int64_t>(documents.copied);
  made.damaged = std::move(documents.damaged);
  if (auto sound = store::check_copy(copy); !sound) {
    return fail(ErrorKind::transient,
                "the copy is not sound, so the store may not be: " + sound.error().what +
                    "; stop the hub and run gramsetu doctor");
  }
  if (copy != part) TRY_VOID(lock_up(copy, order, part));
  TRY_VOID(sync_file(part));
  made.bytes = static_cast<std::int64_t>(fs::file_size(part));
  TRY_VOID(put_in_place(part, order.file));
  made.seconds = std::chrono::ceil<std::chrono::seconds>(hub.clock().ticks() - begun).count();
  return made;
}

Result<void> note_good(Hub& hub, const BackupOrder& order, const BackupMade& made)
{
  TRY_VOID(hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_fact(kGoodFact, schema::to_json(made_json(made))));
    return tx.erase_fact(kFailedFact);
  }));
  hub.log().event(Event::admin_action, "a backup was made, and checked",
                  {{"by", order.by.empty() ? "the schedule" : order.by},
                   {"file", made.file},
                   {"bytes", std::to_string(made.bytes)},
                   {"seconds", std::to_string(made.seconds)},
                   {"encrypted", made.encrypted ? "yes" : "no"},
                   {"documents", std::to_string(made.documents)}});
  for (const auto& name : made.damaged)
    hub.log().event(
        Event::backup_failed,
        fmt::format("document {} is not what its name says, and is in no backup: remove "
                    "it, and let it come again with sync --full",
                    name),
        {{"file", made.file}, {"last_good", "0s"}});
  return {};
}

// An error here is the store's own, and tells more than the backup's.
Result<void> note_failed(Hub& hub, const BackupOrder& order, const Error& error)
{
  const auto now = hub.clock().now();
  BackupState state;
  TRY_VOID(hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(state, backup_state(tx));
    schema::Object json;
    json.append("file", order.file);
    json.append("at", to_rfc3339(now));
    json.append("why", error.what);
    return tx.put_fact(kFailedFact, schema::to_json(std::move(json)));
  }));
  const auto age =
      state.good
          ? schema::write_duration(std::chrono::floor<std::chrono::seconds>(now - state.good->at))
          : std::string("never");
  hub.log().event(Event::backup_failed, error.what, {{"file", order.file}, {"last_good", age}});
  return {};
}

// "20261125T223000Z": sorts by time.
std::string stamp(Instant at)
{
  auto text = to_rfc3339(std::chrono::floor<std::chrono::seconds>(at));
  text.resize(text.find('.'));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

bool is_scheduled(const std::string& name, const std::string& hub)
{
  const auto start = hub + "-";
  if (!name.starts_with(start) || !(name.ends_with(kClear) || name.ends_with(kLocked)))
    return false;
  const auto time = name.substr(start.size(), name.find('.', start.size()) - start.size());
  return time.size() == 16 && time[8] == 'T' && time[15] == 'Z' &&
         time.find_first_not_of("0123456789TZ") == std::string::npos;
}

} // namespace

Result<BackupMade> back_up(Hub& hub, const BackupOrder& order, std::stop_token stop)
{
  auto made = make(hub, order, std::move(stop));
  if (made) {
    TRY_VOID(note_good(hub, order, *made));
    return made;
  }
  // A wrong request, or one too many, is not a backup that failed.
  const auto kind = made.error().kind;
  if (kind == ErrorKind::invalid || kind == ErrorKind::precondition) return made;
  if (kind != ErrorKind::corrupt) TRY_VOID(note_failed(hub, order, made.error()));
  return made;
}

Result<BackupState> backup_state(store::Tx& tx)
{
  BackupState state;
  TRY(const auto good, fact_object(tx, kGoodFact));
  if (!good.empty()) {
    const auto* encrypted = good.find("encrypted");
    state.good = {text_of(good, "file"),
                  instant_of(good, "at"),
                  number_of(good, "bytes"),
                  number_of(good, "seconds"),
                  encrypted && *encrypted == schema::Value(true),
                  number_of(good, "documents"),
                  {}};
  }
  TRY(const auto failed, fact_object(tx, kFailedFact));
  if (!failed.empty())
    state.failed = {instant_of(failed, "at"), text_of(failed, "file"), text_of(failed, "why")};
  return state;
}

Result<std::optional<BackupOrder>> due_backup(Hub& hub)
{
  const auto setup = hub.setup();
  const auto& settings = setup->config().backup;
  if (settings.path.empty()) return std::optional<BackupOrder>();
  const auto now = hub.clock().now();
  BackupState state;
  TRY_VOID(hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(state, backup_state(tx));
    return {};
  }));
  const auto next =
      state.failed
          ? state.failed->at + std::min<std::chrono::milliseconds>(settings.every, kTryAgain)
      : state.good ? state.good->at + settings.every
                   : now;
  // A clock that went back must not stop the backups for years.
  if (next > now && next <= now + settings.every) return std::optional<BackupOrder>();
  const auto name = setup->config().hub_name + "-" + stamp(now);
  return std::optional<BackupOrder>(
      {fs::path(settings.path) / (name + (settings.key.empty() ? kClear : kLocked)), settings.key,
       ""});
}

Result<void> thin_out_backups(Hub& hub)
{
  const auto setup = hub.setup();
  const auto& settings = setup->config().backup;
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(settings.path, error), end; !error && at != end;
       at.increment(error))
    if (const auto name = at->path().filename().string();
        is_scheduled(name, setup->config().hub_name))
      names.push_back(name);
  std::sort(names.begin(), names.end());
  for (std::size_t i = 0; !error && i + settings.keep < names.size(); ++i)
    fs::remove(fs::path(settings.path) / names[i], error);
  if (!error) return {};
  return fail(ErrorKind::transient, fmt::format("folder {}: {}", settings.path, error.message()));
}

bool is_backup(const std::string& path)
{
  return is_encrypted(path) || store::is_store(path);
}

} // namespace gramsetu::runtime
