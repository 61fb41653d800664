// What can still be read of a broken store, row by row, into a new one.
#include "daemon/store/care.hpp"
#include "daemon/store/doctor.hpp"
#include "daemon/store/shared/sum.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/file.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tables.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace gramsetu::store {

namespace {

// By rowid, so that what lies behind a broken page can be sought, too. The order does not matter: no table
// refers to another by a constraint.
constexpr std::array<std::string_view, 12> kByRow = {
    "gs_record",     "gs_slice_name", "gs_shadow_base", "gs_inbox", "gs_outbox", "gs_conflict",
    "gs_quarantine", "gs_change",     "gs_remark",      "gs_log",   "gs_run",    "gs_removal"};
// Columns of numbers that refer to gs_name; an older program's store has the names themselves.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNamed = {
    {{"gs_record", "entity"},
     {"gs_shadow", "flow"},
     {"gs_shadow_base", "flow"},
     {"gs_change", "entity"},
     {"gs_change", "run"}}};
// By key: read from both ends.
constexpr std::array<std::string_view, 7> kByKey = {
    "gs_shadow", "gs_slice", "gs_fact", "gs_erasure", "gs_planned", "gs_place", "gs_succession"};
// Rows that one broken page can hide are found by halving; a store with more of them than this is
// better restored from a backup.
constexpr std::size_t kProbesMax = 200'000;

// Reads by one connection and writes by another: what a broken page does to a statement must not reach the new store.
class Saver {
public:
  Saver(Connection& from, Connection& to, Salvage& salvage)
      : from_(from.handle()),
        to_(to.handle()),
        whole_(to),
        names_(to, "name", "gs_name", "name"),
        salvage_(salvage)
  {
  }

  void save_by_row(std::string_view table)
  {
    table_ = table;
    std::int64_t tables = 1, most = 0;
    number(fmt::format("SELECT count(*) FROM sqlite_schema WHERE name = '{}'", table), tables);
    if (tables == 0) return; // an older program's
    if (!has_table()) return;
    if (!number(fmt::format("SELECT max(rowid) FROM {}", table), most))
      most = std::int64_t{1} << 32;
    if (most >= 1) save_range(1, most);
  }

  void save_by_key(std::string_view table)
  {
    table_ = table;
    if (!has_table()) return;
    if (copy(fmt::format("SELECT * FROM {} ORDER BY 1 ASC", table))) return;
    note(fmt::format("{}: a page of it is broken; read from both ends", table));
    copy(fmt::format("SELECT * FROM {} ORDER BY 1 DESC", table));
  }

  // What rows refer to by number is in an index, too, and what is broken of the one may be whole in the other.
  Result<void> save_texts(std::string_view table, std::string_view column)
  {
    const auto save = [&](const std::string& select, bool checked) -> Result<void> {
      const auto read = prepare(from_, select);
      while (read && sqlite3_step(read.get()) == SQLITE_ROW) {
        const auto text = text_of(read.get(), 1);
        const auto sum = row_sum({text}, {});
        if (checked && sqlite3_column_int64(read.get(), 2) != sum) continue;
        Query write(whole_, fmt::format("INSERT OR IGNORE INTO {} (id, {}, sum) VALUES (?,?,?)",
                                        table, column));
        TRY_VOID(write.bind(std::int64_t{sqlite3_column_int64(read.get(), 0)}, text, sum).run());
      }
      return {};
    };
    TRY_VOID(save(fmt::format("SELECT id, {}, sum FROM {}", column, table), true));
    return save(fmt::format("SELECT id, {1} FROM {0} ORDER BY {1}", table, column), false);
  }

  // Numbers that were given out are not given out again, where they can still be read.
  void save_sequences()
  {
    copy("SELECT name, seq FROM sqlite_sequence",
         "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1");
  }

private:
  struct Done {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Done>;

  static Statement prepare(sqlite3* db, const std::string& sql)
  {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr);
    return Statement(statement);
  }

  static std::string_view text_of(sqlite3_stmt* row, int column)
  {
    const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(row, column));
    if (bytes == nullptr) return "";
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
  }

  // False where the list of tables itself is on a broken page, at least from this one on.
  bool has_table()
  {
    if (prepare(from_, fmt::format("SELECT 1 FROM {} LIMIT 0", table_))) return true;
    note(fmt::format("{}: where it lies cannot be read, so nothing of it can", table_));
    return false;
  }

  void note(std::string what) { salvage_.notes.push_back(std::move(what)); }

  bool number(const std::string& sql, std::int64_t& value)
  {
    const auto statement = prepare(from_, sql);
    if (!statement || sqlite3_step(statement.get()) != SQLITE_ROW) return false;
    value = sqlite3_column_int64(statement.get(), 0);
    return true;
  }

  // By the columns that the broken store has: an older program's has fewer.
  std::string insertion(sqlite3_stmt* read) const
  {
    std::string names, places;
    for (int i = 0; i < sqlite3_column_count(read); ++i) {
      names += fmt::format("{}\"{}\"", i > 0 ? ", " : "", sqlite3_column_name(read, i));
      places += i > 0 ? ", ?" : "?";
    }
    return fmt::format("INSERT OR IGNORE INTO {} ({}) VALUES ({})", table_, names, places);
  }

  // In place of a name that is a number by now.
  bool bind_number(sqlite3_stmt* read, sqlite3_stmt* write, int column)
  {
    const std::pair<std::string_view, std::string_view> at{table_,
                                                           sqlite3_column_name(read, column)};
    if (std::find(kNamed.begin(), kNamed.end(), at) == kNamed.end()) return false;
    if (sqlite3_column_type(read, column) != SQLITE_TEXT) return false;
    const auto number = names_.number(text_of(read, column));
    if (number) sqlite3_bind_int64(write, column + 1, *number);
    return number.has_value();
  }

  // Row by row, until the first that cannot be read; false when there is one.
  bool copy(const std::string& select, const std::string& writing = "")
  {
    ++probes_;
    const auto read = prepare(from_, select);
    if (!read) return false;
    const int columns = sqlite3_column_count(read.get());
    const auto write = prepare(to_, writing.empty() ? insertion(read.get()) : writing);
    if (!write) return false;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(read.get())) == SQLITE_ROW) {
      for (int i = 0; i < columns; ++i)
        if (!bind_number(read.get(), write.get(), i))
          sqlite3_bind_value(write.get(), i + 1, sqlite3_column_value(read.get(), i));
      if (sqlite3_step(write.get()) == SQLITE_DONE)
        salvage_.rows += static_cast<std::size_t>(sqlite3_changes64(to_));
      else
        ++salvage_.lost;
      sqlite3_reset(write.get());
    }
    return code == SQLITE_DONE;
  }

  // All of a range, or its halves.
  void save_range(std::int64_t from, std::int64_t to)
  {
    if (copy(fmt::format("SELECT * FROM {} WHERE rowid BETWEEN {} AND {}", table_, from, to)))
      return;
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

  sqlite3 *from_, *to_;
  Connection& whole_; // the connection of `to_`
  Texts names_;
  Salvage& salvage_;
  std::string_view table_;
  std::size_t probes_ = 0;
};

Result<void> save_all(Connection& from, Connection& to, Salvage& salvage)
{
  TRY_VOID(to.execute("BEGIN IMMEDIATE"));
  Saver saver(from, to, salvage);
  TRY_VOID(saver.save_texts("gs_name", "name"));
  TRY_VOID(saver.save_texts("gs_origin", "text"));
  for (const auto table : kByRow)
    saver.save_by_row(table);
  for (const auto table : kByKey)
    saver.save_by_key(table);
  saver.save_sequences();
  return to.execute("COMMIT");
}

// The list of tables may be on several pages: up to a broken one it is believed. The first question fails all the same.
void read_what_schema_there_is(sqlite3* broken)
{
  sqlite3_db_config(broken, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, nullptr);
  sqlite3_exec(broken, "SELECT 1 FROM sqlite_schema LIMIT 0", nullptr, nullptr, nullptr);
}

} // namespace

Result<Salvage> salvage(const std::string& path, const StoreOptions& to)
{
  TRY(const auto alone, FileLock::take(path));
  {
    TRY(const auto made, open_sqlite(to)); // the schema of today, empty
  }
  Salvage salvage;
  {
    TRY(auto broken, Connection::open(path));
    TRY(auto whole, Connection::open(to.path));
    read_what_schema_there_is(broken->handle());
    if (auto saved = save_all(*broken, *whole, salvage); !saved)
      return within("what is left of " + path + " cannot be saved", std::move(saved.error()));
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
