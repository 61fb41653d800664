// Two connections and no program between them.
#include "tests/bench/store_work.hpp"

#include "tests/bench/must.hpp"
#include "tests/bench/records.hpp"
#include "tests/bench/sample.hpp"
#include "tests/bench/took.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace gramsetu::bench {

namespace {

struct Closing {
  void operator()(sqlite3* file) const { sqlite3_close(file); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  void operator()(sqlite3_value* value) const { sqlite3_value_free(value); }
};
using File = std::unique_ptr<sqlite3, Closing>;
using Statement = std::unique_ptr<sqlite3_stmt, Closing>;
using Value = std::unique_ptr<sqlite3_value, Closing>;

void must_be(bool good, sqlite3* file)
{
  if (!good) give_up(std::string("the store's file: ") + sqlite3_errmsg(file));
}

File opened(const std::string& path, int flags)
{
  sqlite3* file = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &file, flags, nullptr);
  must_be(code == SQLITE_OK, file);
  return File(file);
}

Statement prepared(const File& file, const std::string& sql)
{
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(file.get(), sql.c_str(), -1, &statement, nullptr);
  must_be(code == SQLITE_OK, file.get());
  return Statement(statement);
}

void execute(const File& file, const std::string& sql)
{
  must_be(sqlite3_exec(file.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
          file.get());
}

// One table's rows, a page of them in hand.
class Table {
public:
  Table(const File& from, const File& into, const std::string& name, const std::string& order)
      : into_(into.get()),
        select_(prepared(from, fmt::format("SELECT * FROM {} ORDER BY {}", name, order))),
        columns_(sqlite3_column_count(select_.get()))
  {
    std::string places = "?";
    for (int i = 1; i < columns_; ++i)
      places += ",?";
    insert_ = prepared(into, fmt::format("INSERT INTO {} VALUES ({})", name, places));
  }

  // The next page's; false when there are no more.
  bool read()
  {
    values_.clear();
    for (std::size_t row = 0; row < kPageRecords && !ended_; ++row) {
      ended_ = sqlite3_step(select_.get()) != SQLITE_ROW; // another step would begin again
      for (int i = 0; i < columns_ && !ended_; ++i)
        values_.emplace_back(sqlite3_value_dup(sqlite3_column_value(select_.get(), i)));
    }
    return !values_.empty();
  }

  void write()
  {
    for (std::size_t at = 0; at < values_.size();) {
      for (int i = 1; i <= columns_; ++i)
        sqlite3_bind_value(insert_.get(), i, values_[at++].get());
      must_be(sqlite3_step(insert_.get()) == SQLITE_DONE, into_);
      sqlite3_reset(insert_.get());
    }
  }

private:
  sqlite3* into_;
  Statement select_, insert_;
  int columns_;
  bool ended_ = false;
  std::vector<Value> values_;
};

using TableName = std::array<const char*, 2>; // with what orders its rows
constexpr std::array<TableName, 4> kTables = {
    {{"gs_record", "id"},
     {"gs_change", "sequence"},
     {"gs_shadow", "flow, key"},
     {"gs_record_place", "entity, place, key"}}}; // an index, by what it is for

std::span<const TableName> tables_of(const RowsAsked& asked)
{
  if (asked.records_alone) return std::span(kTables).first(1);
  return std::span(kTables).first(asked.indexes ? 4 : 3);
}

// As the store is set (store/sqlite/store.cpp).
void make_tables(const File& from, const File& into, const RowsAsked& asked)
{
  execute(into, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 8192");
  for (const auto& [table, order] : tables_of(asked)) {
    const auto made = prepared(
        from, fmt::format("SELECT sql FROM sqlite_schema WHERE tbl_name = '{}' AND sql <> '' AND "
                          "(type = 'table' OR (type = 'index' AND {}))",
                          table, asked.indexes ? "true" : "false"));
    while (sqlite3_step(made.get()) == SQLITE_ROW)
      execute(into, reinterpret_cast<const char*>(sqlite3_column_text(made.get(), 0)));
  }
}

void forget(const std::string& path)
{
  for (const auto* end : {"", "-wal", "-shm"})
    std::filesystem::remove(path + end);
}

} // namespace

void tell_size(const std::string& path)
{
  const auto store = opened(path, SQLITE_OPEN_READONLY);
  const auto sizes = prepared(
      store, "SELECT sum(s.pgsize), sum(iif(m.tbl_name IN ('gs_change', 'gs_run', 'gs_log'), "
             "s.pgsize, 0)) FROM dbstat('main', 1) s LEFT JOIN sqlite_schema m ON m.name = s.name");
  must_be(sqlite3_step(sizes.get()) == SQLITE_ROW, store.get());
  const double all = sqlite3_column_double(sizes.get(), 0);
  const double history = sqlite3_column_double(sizes.get(), 1);
  tell("present_bytes", all - history);
  tell("history_bytes", history);
}

void tell_rows(const std::string& path, const RowsAsked& asked)
{
  const auto copy = path + ".rows";
  forget(copy);
  const auto from = opened(path, SQLITE_OPEN_READONLY);
  const auto into = opened(copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  make_tables(from, into, asked);
  std::vector<Table> tables;
  for (const auto& [table, order] : tables_of(asked))
    tables.emplace_back(from, into, table, order);
  Took took;
  for (bool more = true; more;) {
    more = false;
    for (auto& table : tables)
      more = table.read() || more;
    took += took_by([&] {
      execute(into, "BEGIN IMMEDIATE");
      for (auto& table : tables)
        table.write();
      execute(into, "COMMIT");
    });
  }
  tell_time(took);
  forget(copy);
}

} // namespace gramsetu::bench
