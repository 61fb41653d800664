// Examines and mends.
#include "daemon/store/doctor.hpp"

#include "base/files.hpp"
#include "daemon/store/care.hpp"
#include "daemon/store/shared/migration.hpp"
#include "daemon/store/shared/sum.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/file.hpp"
#include "daemon/store/sqlite/migrate.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/record_places.hpp"
#include "daemon/store/sqlite/tables.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

namespace gramsetu::store {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMost = 1000; // of each kind: the first thousand tell what happened

bool is_about_index(const std::string& line)
{
  return line.find("index") != std::string::npos || line.find("row ") == 0;
}

Result<void> look_at_pages(Connection& db, std::vector<Damage>& found)
{
  Query query(db, fmt::format("PRAGMA integrity_check({})", kMost));
  while (true) {
    const auto more = query.next();
    if (!more) {
      found.push_back({Damage::Kind::unreadable, more.error().what, "", ""});
      return {};
    }
    if (!*more) return {};
    const auto line = query.text();
    if (line == "ok") continue;
    found.push_back(
        {is_about_index(line) ? Damage::Kind::index : Damage::Kind::unreadable, line, "", ""});
  }
}

bool has(const std::vector<Damage>& found, Damage::Kind kind)
{
  for (const auto& damage : found)
    if (damage.kind == kind) return true;
  return false;
}

void note(std::vector<Damage>& found, const Error& error)
{
  if (auto bad = bad_row_of(error.what))
    found.push_back({Damage::Kind::row, error.what, std::move(bad->word), std::move(bad->row)});
  else if (error.what.find("are counted") != std::string::npos)
    found.push_back({Damage::Kind::count, error.what, "", ""});
  else if (error.what.find("pairs of them") != std::string::npos)
    found.push_back({Damage::Kind::halves, error.what, "", ""});
  else
    found.push_back({Damage::Kind::unreadable, error.what, "", ""});
}

// What left must have a key and, unless it removes, a payload: without them nobody can ask or send again.
Result<void> look_at_outbox(Connection& db, std::vector<Damage>& found)
{
  Query query(db, "SELECT flow || '/' || key FROM gs_outbox WHERE state IN ('in_flight', "
                  "'unknown') AND (idempotency_key = '' OR first_sent IS NULL)");
  return query.each([&](Query& row) -> Result<void> {
    found.push_back(
        {Damage::Kind::outbox,
         fmt::format("outbox {}: it counts as sent, and has no key or no time", row.view()), "",
         ""});
    return {};
  });
}

Result<std::vector<Damage>> look(Connection& db)
{
  std::vector<Damage> found;
  const auto version = schema_version(db);
  if (!version) {
    found.push_back({Damage::Kind::unreadable, version.error().what, "", ""});
    return found;
  }
  TRY_VOID(look_at_pages(db, found));
  if (has(found, Damage::Kind::unreadable)) return found;
  // Rows of an older schema have their sums, too, but perhaps not in the columns of today.
  if (*version != static_cast<std::int64_t>(sqlite_migrations().size())) return found;
  std::vector<Error> wrong;
  Dictionary dictionary(db);
  TRY_VOID(SqliteTx(db, dictionary).scrub_all(wrong, kMost));
  for (const auto& error : wrong)
    note(found, error);
  TRY_VOID(look_at_outbox(db, found));
  return found;
}

// One mending of one store.
class Mender {
public:
  Mender(Connection& db, std::string removed, Mending& mending)
      : db_(db), removed_(std::move(removed)), mending_(mending)
  {
  }

  Result<void> run(const std::vector<Damage>& found)
  {
    if (has(found, Damage::Kind::index)) {
      TRY_VOID(db_.execute("REINDEX"));
      done("every index was built anew from its table");
    }
    TRY_VOID(take_out(found));
    if (has(found, Damage::Kind::halves) || has(found, Damage::Kind::row)) TRY_VOID(pair_up());
    if (has(found, Damage::Kind::outbox)) TRY_VOID(reset_outbox());
    return count();
  }

private:
  void done(std::string what) { mending_.done.push_back(std::move(what)); }

  Result<void> take_out(const std::vector<Damage>& found)
  {
    if (!has(found, Damage::Kind::row)) return {};
    TRY_VOID(replace_file(removed_, "")); // attaching makes none
    mending_.removed = removed_;
    Query attach(db_, "ATTACH ? AS aside");
    TRY_VOID(attach.bind(removed_).run());
    // Rows refer to these by number, also there.
    TRY_VOID(
        db_.execute("BEGIN IMMEDIATE; CREATE TABLE aside.gs_name AS SELECT * FROM main.gs_name;"
                    "CREATE TABLE aside.gs_origin AS SELECT * FROM main.gs_origin"));
    for (const auto& damage : found) {
      if (damage.kind != Damage::Kind::row) continue;
      for (const auto& table : kTables)
        if (table.word == damage.word) TRY_VOID(take_row(table, damage));
      TRY_VOID(read_anew(damage));
      done(fmt::format("{} {} was moved into {}", damage.word, damage.row, removed_));
    }
    return db_.execute("COMMIT");
  }

  Result<void> take_row(const TableOfRows& table, const Damage& damage)
  {
    const auto where = fmt::format(" FROM main.{} WHERE {} = ?", table.name, table.label);
    TRY_VOID(db_.execute(fmt::format("CREATE TABLE IF NOT EXISTS aside.{0} AS SELECT * FROM "
                                     "main.{0} WHERE 0",
                                     table.name)));
    const auto keep = fmt::format("INSERT INTO aside.{} SELECT *{}", table.name, where);
    TRY_VOID(Query(db_, keep).bind(damage.row).run());
    return Query(db_, "DELETE" + where).bind(damage.row).run();
  }

  // What an endpoint can say again is asked for again: the whole of the flows that bring it.
  Result<void> read_anew(const Damage& damage)
  {
    const auto slash = damage.row.find('/');
    if (slash == std::string::npos) return {};
    const auto first = damage.row.substr(0, slash), key = damage.row.substr(slash + 1);
    const bool record = damage.word == "record";
    if (!record && damage.word != "shadow" && damage.word != "inbox") return {};
    const auto flows = record ? first + "@*" : first;
    if (record) {
      Query wide(db_, "DELETE FROM gs_shadow_base WHERE flow IN (SELECT id FROM gs_name WHERE "
                      "name GLOB ?) AND key = ?");
      TRY_VOID(wide.bind(flows, key).run());
      Query narrow(db_, "DELETE FROM gs_shadow WHERE flow IN (SELECT id FROM gs_name WHERE "
                        "name GLOB ?) AND key = ?");
      TRY_VOID(narrow.bind(flows, key).run());
    }
    Query slices(db_, "UPDATE gs_slice SET cursor = '', tag = '' WHERE flow GLOB ?");
    return slices.bind(flows).run();
  }

  // A shadow of which one half is gone says nothing: the record is compared anew when it is read.
  Result<void> pair_up()
  {
    TRY_VOID(db_.execute(
        "BEGIN IMMEDIATE;"
        "UPDATE gs_slice SET cursor = '', tag = '' WHERE flow IN (SELECT n.name FROM gs_shadow s "
        "JOIN gs_name n ON n.id = s.flow WHERE (base > 0 AND base NOT IN (SELECT id FROM "
        "gs_shadow_base)) OR "
        "slice NOT IN (SELECT id FROM gs_slice_name));"
        "DELETE FROM gs_shadow WHERE (base > 0 AND base NOT IN (SELECT id FROM gs_shadow_base)) OR "
        "slice NOT IN (SELECT id FROM gs_slice_name);"
        "DELETE FROM gs_shadow_base WHERE id NOT IN (SELECT base FROM gs_shadow);"
        "COMMIT"));
    done("halves of shadows are gone; their flows are read anew");
    return {};
  }

  // It may have left or not. Without a key nobody can tell but by asking, which is what `unknown` means.
  Result<void> reset_outbox()
  {
    Query query(db_, "SELECT flow, key FROM gs_outbox WHERE state IN ('in_flight', 'unknown') AND "
                     "(idempotency_key = '' OR first_sent IS NULL)");
    TRY(const auto rows, query.all([](Query& row) -> Result<std::pair<std::string, std::string>> {
      auto flow = row.text();
      return std::pair(std::move(flow), row.text());
    }));
    TRY_VOID(db_.execute("BEGIN IMMEDIATE"));
    Dictionary dictionary(db_);
    SqliteTx tx(db_, dictionary);
    for (const auto& [flow, key] : rows) {
      TRY(auto row, tx.outbox_of(flow, key));
      if (!row) continue;
      QuarantineRow question;
      question.flow = flow;
      question.entity = flow.substr(0, flow.find('@'));
      question.key = key;
      question.direction = "push";
      question.code = "damaged";
      question.reason = "what was sent is not known any more; compare both sides with gramsetu "
                        "verify --repair, then discard this";
      question.payload = row->payload;
      question.first_at = question.last_at = row->created_at;
      question.state = "open";
      TRY_VOID(tx.add_quarantine(question));
      TRY_VOID(tx.erase_outbox(flow, key));
      done(fmt::format("outbox {}/{} went to quarantine", flow, key));
    }
    return db_.execute("COMMIT");
  }

  // What the records say: how many, where. Creations are listed where no record says them any more.
  Result<void> count()
  {
    TRY_VOID(db_.execute("BEGIN IMMEDIATE"));
    TRY_VOID(rewrite_record_places(db_));
    return db_.execute("UPDATE gs_change SET listed = 1 WHERE listed = 0 AND NOT "
                       "EXISTS (SELECT 1 FROM gs_record r WHERE r.entity = gs_change.entity AND "
                       "r.key = gs_change.key AND r.created = gs_change.sequence);"
                       "DELETE FROM gs_count; INSERT INTO gs_count (entity, live) "
                       "SELECT n.name, sum(r.deleted = 0) FROM gs_record r JOIN gs_name n "
                       "ON n.id = r.entity GROUP BY n.name; COMMIT");
  }

  Connection& db_;
  const std::string removed_;
  Mending& mending_;
};

// What is mended is in the tables of today.
Result<bool> bring_up(Connection& db, const std::vector<Damage>& found, Mending& mending)
{
  TRY(const auto version, schema_version(db));
  if (version == static_cast<std::int64_t>(sqlite_migrations().size())) return false;
  if (has(found, Damage::Kind::index)) TRY_VOID(db.execute("REINDEX"));
  TRY_VOID(migrate(db, version));
  mending.done.push_back(fmt::format("schema {} was brought up to this program's", version));
  return true;
}

// What many rows refer to, before any of them is taken out.
Result<bool> mend_texts(Connection& db, Mending& mending)
{
  Dictionary dictionary(db);
  TRY_VOID(db.execute("BEGIN IMMEDIATE"));
  TRY(const auto names, dictionary.names.mend());
  TRY(const auto frames, dictionary.origins.frames().mend());
  TRY_VOID(db.execute("COMMIT"));
  for (const auto number : names)
    mending.done.push_back(fmt::format("name {} was put right from its index", number));
  for (const auto number : frames)
    mending.done.push_back(fmt::format("origin {} was put right from its index", number));
  return names.size() + frames.size() > 0;
}

// Of two mendings in one second each keeps its own.
std::string free_name(const std::string& wanted)
{
  std::string name = wanted;
  std::error_code error;
  for (int next = 2; fs::exists(name, error); ++next)
    name = fmt::format("{}-{}", wanted, next);
  return name;
}

Result<std::string> keep_as_it_was(const std::string& path, const std::string& stamp)
{
  const auto kept = free_name(path + ".before-mending-" + stamp);
  for (const auto* part : {"-wal", ""}) {
    std::error_code error;
    if (!fs::exists(path + part, error)) continue;
    fs::copy_file(path + part, kept + part, error);
    if (error) return fail(ErrorKind::transient, fmt::format("{}: {}", kept, error.message()));
    give_to_owner_of_folder(kept + part);
    TRY_VOID(sync_file(kept + part));
  }
  TRY_VOID(gramsetu::sync_folder_of(kept));
  return kept;
}

Result<FileLock> alone_with(const std::string& path)
{
  std::error_code error;
  if (!fs::exists(path, error)) return fail(ErrorKind::invalid, "there is no store at " + path);
  return FileLock::take(path);
}

} // namespace

std::string_view name_of(Damage::Kind kind)
{
  static constexpr std::array<std::string_view, 6> names = {"unreadable", "index",  "row",
                                                            "count",      "halves", "outbox"};
  return names.at(static_cast<std::size_t>(kind));
}

Result<std::vector<Damage>> examine(const std::string& path)
{
  TRY(const auto alone, alone_with(path));
  auto db = Connection::open(path);
  if (!db) return std::vector<Damage>{{Damage::Kind::unreadable, db.error().what, "", ""}};
  return look(**db);
}

Result<Mending> mend(const std::string& path, Instant now, bool keep)
{
  TRY(const auto alone, alone_with(path));
  Mending mending;
  const auto stamp =
      std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  if (keep) {
    TRY(mending.kept, keep_as_it_was(path, stamp));
  }
  TRY(auto db, Connection::open(path));
  TRY(auto found, look(*db));
  if (has(found, Damage::Kind::unreadable))
    return fail(ErrorKind::corrupt, "store: its pages do not fit together: it cannot be mended, "
                                    "only saved");
  TRY(const bool older, bring_up(*db, found, mending));
  if (older) {
    TRY(found, look(*db));
  }
  TRY(const bool texts, mend_texts(*db, mending));
  if (texts) { // rows that have their numbers may be right again
    TRY(found, look(*db));
  }
  TRY_VOID(Mender(*db, free_name(path + ".removed-" + stamp), mending).run(found));
  return mending;
}

} // namespace gramsetu::store
