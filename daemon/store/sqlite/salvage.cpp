// What can still be read of a broken store, row by row, into a new one.
#include "daemon/store/care.hpp"
#include "daemon/store/doctor.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/file.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tables.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>

namespace gramsetu::store {

namespace {

// By rowid, so that what lies behind a broken page can be sought, too. The order does not matter: no table
// refers to another by a constraint.
constexpr std::array<std::string_view, 11> kByRow = {
    "gs_record",     "gs_slice_name", "gs_shadow_base", "gs_inbox", "gs_outbox", "gs_conflict",
    "gs_quarantine", "gs_change",     "gs_remark",      "gs_log",   "gs_run"};
// By key: read from both ends.
constexpr std::array<std::string_view, 6> kByKey = {"gs_shadow",  "gs_slice", "gs_fact",
                                                    "gs_planned", "gs_place", "gs_succession"};
// Rows that one broken page can hide are found by halving; a store with more of them than this is
// better restored from a backup.
constexpr std::size_t kProbesMax = 200'000;

class Saver {
public:
  Saver(sqlite3* db, Salvage& salvage) : db_(db), salvage_(salvage) {}

  void save_by_row(std::string_view table)
  {
    table_ = table;
    std::int64_t least = 1, most = 0;
    if (!number(fmt::format("SELECT max(rowid) FROM bad.{}", table), most) &&
        !number(fmt::format("SELECT rowid FROM bad.{} ORDER BY rowid DESC LIMIT 1", table), most))
      most = std::int64_t{1} << 32;
    if (most >= least) save_range(least, most);
  }

  void save_by_key(std::string_view table)
  {
    table_ = table;
    if (walk("ASC")) return;
    note(fmt::format("{}: a page of it is broken; read from both ends", table));
    walk("DESC");
  }

  void try_to(const char* sql) { sqlite3_exec(db_, sql, nullptr, nullptr, nullptr); }

private:
  void note(std::string what) { salvage_.notes.push_back(std::move(what)); }

  bool run(const std::string& sql)
  {
    ++probes_;
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return false;
    salvage_.rows += static_cast<std::size_t>(sqlite3_changes64(db_));
    return true;
  }

  bool number(const std::string& sql, std::int64_t& value)
  {
    sqlite3_stmt* statement = nullptr;
    bool fine = sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK;
    const int code = fine ? sqlite3_step(statement) : SQLITE_ERROR;
    if (code == SQLITE_ROW) value = sqlite3_column_int64(statement, 0);
    fine = code == SQLITE_ROW || code == SQLITE_DONE;
    sqlite3_finalize(statement);
    return fine;
  }

  // All of a range, or its halves.
  void save_range(std::int64_t from, std::int64_t to)
  {
    const auto sql = fmt::format("INSERT OR IGNORE INTO main.{0} SELECT * FROM bad.{0} WHERE rowid "
                                 "BETWEEN {1} AND {2}",
                                 table_, from, to);
    if (run(sql)) return;
    if (from == to || probes_ > kProbesMax) {
      salvage_.lost += from == to ? 1 : 0;
      if (probes_ > kProbesMax)
        note(fmt::format("{}: rows {} to {} were given up", table_, from, to));
      return;
    }
    const auto middle = from + (to - from) / 2;
    save_range(from, middle);
    save_range(middle + 1, to);
  }

  // Row by row, until the first that cannot be read; false when there is one.
  bool walk(std::string_view direction)
  {
    sqlite3_stmt *read = nullptr, *write = nullptr;
    int code = sqlite3_prepare_v2(
        db_, fmt::format("SELECT * FROM bad.{} ORDER BY 1 {}", table_, direction).c_str(), -1,
        &read, nullptr);
    std::string places;
    for (int i = 0; code == SQLITE_OK && i < sqlite3_column_count(read); ++i)
      places += i == 0 ? "?" : ", ?";
    if (code == SQLITE_OK)
      code = sqlite3_prepare_v2(
          db_, fmt::format("INSERT OR IGNORE INTO main.{} VALUES ({})", table_, places).c_str(), -1,
          &write, nullptr);
    while (code == SQLITE_OK && (code = sqlite3_step(read)) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(read); ++i)
        sqlite3_bind_value(write, i + 1, sqlite3_column_value(read, i));
      if (sqlite3_step(write) == SQLITE_DONE)
        salvage_.rows += static_cast<std::size_t>(sqlite3_changes64(db_));
      sqlite3_reset(write);
      code = SQLITE_OK;
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    return code == SQLITE_DONE;
  }

  sqlite3* db_;
  Salvage& salvage_;
  std::string_view table_;
  std::size_t probes_ = 0;
};

Result<void> save_all(Connection& db, const std::string& path, Salvage& salvage)
{
  Query attach(db, "ATTACH ? AS bad");
  TRY_VOID(attach.bind(path).run());
  TRY_VOID(db.execute("BEGIN IMMEDIATE"));
  Saver saver(db.handle(), salvage);
  for (const auto table : kByRow)
    saver.save_by_row(table);
  for (const auto table : kByKey)
    saver.save_by_key(table);
  // Numbers that were given out are not given out again, where they can still be read.
  saver.try_to("UPDATE sqlite_sequence SET seq = max(seq, ifnull((SELECT b.seq FROM "
               "bad.sqlite_sequence b WHERE b.name = sqlite_sequence.name), 0))");
  return db.execute("COMMIT");
}

} // namespace

Result<Salvage> salvage(const std::string& path, const StoreOptions& to)
{
  TRY(const auto alone, FileLock::take(path));
  {
    TRY(const auto made, open_store(to)); // the schema of today, empty
  }
  Salvage salvage;
  {
    TRY(auto db, Connection::open(to.path));
    if (auto saved = save_all(*db, path, salvage); !saved)
      return within("what is left of " + path + " cannot be read", std::move(saved.error()));
  }
  // Rows that came over with a wrong digit are taken out again, and counts are counted.
  TRY(const auto mended, mend(to.path, Instant{}, false));
  for (const auto& what : mended.done)
    salvage.notes.push_back(what);
  TRY_VOID(fold_log(to.path));
  TRY_VOID(check_copy(to.path));
  return salvage;
}

} // namespace gramsetu::store
