// One SQLite file, opened the careful way.
#include "connectors/sql/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

namespace gramsetu::connectors::sql {

namespace {

namespace fs = std::filesystem;

constexpr int kStepsBetweenLooks = 10'000; // of SQLite's machine: about a millisecond
constexpr std::chrono::milliseconds kBusyPause{20};

std::string upper(std::string text)
{
  for (char& letter : text)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return text;
}

// By SQLite's own rules of affinity, and by the words that people declare beyond them.
void classify(Column& column)
{
  const std::string word = upper(column.declared);
  const auto has = [&](std::string_view piece) { return word.find(piece) != word.npos; };
  const bool integer = has("INT");
  const bool text = !integer && (has("CHAR") || has("CLOB") || has("TEXT"));
  column.is_untyped = !integer && !text && (word.empty() || has("BLOB"));
  const bool real =
      !integer && !text && !column.is_untyped && (has("REAL") || has("FLOA") || has("DOUB"));
  column.turns_digits = !text && !column.is_untyped;
  column.type = ColumnType::text;
  if (has("BOOL"))
    column.type = ColumnType::boolean;
  else if (has("JSON"))
    column.type = ColumnType::json;
  else if (has("DATETIME") || has("TIMESTAMP"))
    column.type = ColumnType::local_time;
  else if (integer)
    column.type = ColumnType::integer;
  else if (real)
    column.type = ColumnType::real;
  else if (has("NUM") || has("DEC") || has("MONEY"))
    column.type = ColumnType::numeric;
}

Cell cell_at(sqlite3_stmt* statement, int column)
{
  const int type = sqlite3_column_type(statement, column);
  if (type == SQLITE_NULL) return {};
  if (type == SQLITE_BLOB)
    return {Cell::Kind::bytes, fmt::format("{} bytes", sqlite3_column_bytes(statement, column))};
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  std::string value(text ? text : "",
                    static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
  const auto kind = type == SQLITE_INTEGER ? Cell::Kind::integer
                    : type == SQLITE_FLOAT ? Cell::Kind::real
                                           : Cell::Kind::text;
  return {kind, std::move(value)};
}

class SqliteSession final : public Session {
public:
  SqliteSession(std::string path, Clock& clock, const Limits& limits, std::stop_token stop)
      : path_(std::move(path)), clock_(clock), limits_(limits), stop_(std::move(stop))
  {
  }

  ~SqliteSession() override
  {
    if (!handle_) return;
    stop_ = {};
    roll_back();
    sqlite3_close(handle_);
  }

  Result<void> open(bool writes)
  {
    std::error_code error;
    const auto kind = fs::status(path_, error).type();
    if (kind == fs::file_type::not_found)
      return fail(ErrorKind::transient,
                  fs::is_symlink(path_, error)
                      ? fmt::format("{} leads to a file that is not there", path_)
                      : fmt::format("there is no file {}", path_));
    if (kind == fs::file_type::directory)
      return fail(ErrorKind::invalid, path_ + " is a folder, not a database");
    if (kind != fs::file_type::regular)
      return fail(ErrorKind::invalid, path_ + " is no file that can be read");
    const int how = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE;
    if (const int code = sqlite3_open_v2(path_.c_str(), &handle_, how, nullptr); code != SQLITE_OK)
      return tl::unexpected<Error>(error_of(code));
    deadline_ = clock_.ticks() + limits_.total_timeout;
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_busy_handler(handle_, wait_for_others, this);
    sqlite3_progress_handler(handle_, kStepsBetweenLooks, look_up, this);
    TRY_VOID(script("PRAGMA foreign_keys = ON"));
    // The first look at the file: is it one of SQLite's?
    return script("SELECT count(*) FROM sqlite_master");
  }

  Dialect dialect() const override { return Dialect::sqlite; }

  Result<Answer> run(const Statement& statement) override
  {
    TRY_VOID(check_time());
    sqlite3_stmt* prepared = nullptr;
    int code = sqlite3_prepare_v2(handle_, statement.text().c_str(), -1, &prepared, nullptr);
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> owner(prepared, sqlite3_finalize);
    if (code != SQLITE_OK) return tl::unexpected<Error>(error_of(code, &statement));
    const auto& values = statement.values();
    for (std::size_t i = 0; i < values.size() && code == SQLITE_OK; ++i)
      code = bind(prepared, static_cast<int>(i + 1), values[i].cell);
    if (code != SQLITE_OK) return tl::unexpected<Error>(error_of(code, &statement));
    Answer answer;
    begin_waiting();
    const auto before = sqlite3_total_changes64(handle_);
    while ((code = sqlite3_step(prepared)) == SQLITE_ROW) {
      Row row;
      for (int i = 0; i < sqlite3_column_count(prepared); ++i)
        row.push_back(cell_at(prepared, i));
      answer.rows.push_back(std::move(row));
    }
    if (code != SQLITE_DONE) return tl::unexpected<Error>(error_of(code, &statement));
    if (sqlite3_total_changes64(handle_) != before)
      answer.changed = static_cast<std::size_t>(sqlite3_changes64(handle_));
    return answer;
  }

  Result<void> script(const std::string& sql) override
  {
    TRY_VOID(check_time());
    begin_waiting();
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return tl::unexpected<Error>(error_of(code));
    return {};
  }

  Result<void> begin() override { return script("BEGIN IMMEDIATE"); }

  Ending commit() override
  {
    begin_waiting();
    const int code = sqlite3_exec(handle_, "COMMIT", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    Ending ending;
    ending.error = error_of(code);
    // A disk that fails while it is written to has kept the change or has not.
    ending.kind = (code & 0xff) == SQLITE_IOERR ? Ending::Kind::lost : Ending::Kind::undone;
    roll_back();
    return ending;
  }

  void roll_back() override
  {
    if (sqlite3_get_autocommit(handle_) == 0)
      sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }

  Result<Table> describe(const std::vector<std::string>& name) override
  {
    Statement statement(Dialect::sqlite);
    statement.add("SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(");
    statement.plain(name.back()).add(", ").plain(name.size() > 1 ? name.front() : "main");
    statement.add(") ORDER BY cid");
    TRY(const Answer answer, run(statement));
    if (answer.rows.empty())
      return fail(ErrorKind::not_found,
                  fmt::format("there is no table or view '{}' in {}", name.back(), path_));
    Table table{name, {}};
    if (name.size() == 1) table.name = {"main", name.front()};
    for (const Row& row : answer.rows) {
      Column column;
      column.name = row[0].text;
      column.declared = row[1].text;
      column.required = row[2].text == "1";
      classify(column);
      // An INTEGER PRIMARY KEY is the row's number and never NULL; other keys may be, by an old mistake.
      if (row[3].text == "1" && upper(column.declared) == "INTEGER") column.required = true;
      if (column.declared.empty()) column.declared = "without a type";
      table.columns.push_back(std::move(column));
    }
    return table;
  }

  Result<std::vector<std::string>> triggers(const Table& table) override
  {
    Statement statement(Dialect::sqlite);
    statement.add("SELECT name FROM ").name(table.name.front()).add(".sqlite_master");
    statement.add(" WHERE type = 'trigger' AND tbl_name = ").plain(table.name.back());
    statement.add(" COLLATE NOCASE AND name GLOB 'gramsetu_*'");
    TRY(const Answer answer, run(statement));
    std::vector<std::string> names;
    for (const Row& row : answer.rows)
      names.push_back(row[0].text);
    return names;
  }

private:
  static int bind(sqlite3_stmt* prepared, int at, const Cell& cell)
  {
    if (cell.kind == Cell::Kind::null) return sqlite3_bind_null(prepared, at);
    if (cell.kind == Cell::Kind::integer)
      return sqlite3_bind_int64(prepared, at, std::stoll(cell.text));
    return sqlite3_bind_text64(prepared, at, cell.text.data(), cell.text.size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8);
  }

  // Another program holds the file's lock: it gives it back in a moment.
  static int wait_for_others(void* self, int)
  {
    auto& session = *static_cast<SqliteSession*>(self);
    const auto until = session.waiting_since_ + session.limits_.connect_timeout;
    if (session.clock_.ticks() >= until) return 0;
    return session.clock_.sleep_until(session.clock_.ticks() + kBusyPause, session.stop_);
  }

  static int look_up(void* self)
  {
    auto& session = *static_cast<SqliteSession*>(self);
    return session.stop_.stop_requested() || session.clock_.ticks() >= session.deadline_;
  }

  void begin_waiting() { waiting_since_ = clock_.ticks(); }

  Result<void> check_time() const
  {
    if (stop_.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    if (clock_.ticks() >= deadline_) return fail(ErrorKind::transient, path_ + ": took too long");
    return {};
  }

  Error error_of(int code, const Statement* statement = nullptr) const
  {
    const std::string words = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    Error error{ErrorKind::invalid,
                fmt::format("{}: {}", path_, statement ? masked(words, *statement) : words)};
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      error = {ErrorKind::transient, path_ + ": another program holds the database"};
      break;
    case SQLITE_INTERRUPT: error = {ErrorKind::transient, path_ + ": took too long"}; break;
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
          code == SQLITE_CONSTRAINT_ROWID)
        error.kind = ErrorKind::precondition;
      break;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      error = {ErrorKind::unauthorized,
               fmt::format("{}: {}; may the service read and write the file and its folder?", path_,
                           words)};
      break;
    case SQLITE_NOTADB: error.what = path_ + " is no SQLite database"; break;
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_NOMEM: error.kind = ErrorKind::transient; break;
    default: break;
    }
    // A stop shows itself as whatever it interrupted.
    const bool passing = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_INTERRUPT;
    if (passing && stop_.stop_requested()) error = {ErrorKind::cancelled, "stop was requested"};
    return error;
  }

  std::string path_;
  Clock& clock_;
  const Limits& limits_;
  std::stop_token stop_;
  sqlite3* handle_ = nullptr;
  Ticks deadline_ = Ticks::max(), waiting_since_{};
};

class SqliteDatabase final : public Database {
public:
  SqliteDatabase(const EndpointSettings& settings, Clock& clock, bool writes)
      : path_(settings.path), limits_(settings.limits), clock_(clock), writes_(writes)
  {
  }

  Dialect dialect() const override { return Dialect::sqlite; }

  Result<std::unique_ptr<Session>> connect(std::stop_token stop) override
  {
    auto session = std::make_unique<SqliteSession>(path_, clock_, limits_, std::move(stop));
    TRY_VOID(session->open(writes_));
    return std::unique_ptr<Session>(std::move(session));
  }

  Result<std::string> greet(std::stop_token stop) override
  {
    TRY_VOID(connect(std::move(stop)));
    return fmt::format("{} is an SQLite database", path_);
  }

private:
  const std::string path_;
  const Limits limits_;
  Clock& clock_;
  const bool writes_;
};

} // namespace

std::unique_ptr<Database> sqlite_database(const EndpointSettings& settings, Clock& clock,
                                          bool writes)
{
  return std::make_unique<SqliteDatabase>(settings, clock, writes);
}

} // namespace gramsetu::connectors::sql
