// A conversation with a database, whichever it is: statements go in, rows come out.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::sql {

// A value as the database holds it.
struct Cell {
  enum class Kind { null, integer, real, text, bytes };
  Kind kind = Kind::null;
  std::string text; // digits of a number; of bytes only how many there are

  static Cell of(std::int64_t number) { return {Kind::integer, std::to_string(number)}; }
  static Cell of(std::string text) { return {Kind::text, std::move(text)}; }
  bool operator==(const Cell&) const = default;
};
using Row = std::vector<Cell>;

enum class ColumnType {
  text,
  boolean,
  integer,
  numeric,
  real,
  date,
  local_time, // a date and time without a zone
  instant,    // with one
  json,
  bytes,
  other, // what records cannot hold: arrays, ranges
};

struct Column {
  std::string name;
  ColumnType type = ColumnType::text;
  std::string declared;      // the database's own word for its type
  unsigned oid = 0;          // PostgreSQL's number of the type
  int scale = -1;            // decimals that it keeps; -1: as many as come
  bool required = false;     // holds no NULL
  bool is_untyped = false;   // SQLite: holds whatever comes, as it comes
  bool turns_digits = false; // SQLite: makes a number of a text that looks like one
};

// A table or view as the database describes it.
struct Table {
  std::vector<std::string> name; // with its schema, where there are any
  std::vector<Column> columns;

  const Column* find(std::string_view column) const; // null when it is not there
};

enum class Dialect { sqlite, postgres };

// An identifier as SQL writes it: "a""b".
std::string quoted(std::string_view name);
std::string quoted(const std::vector<std::string>& name); // "schema"."table"
std::string literal(std::string_view text);               // 'it''s'

// A statement with its values beside it, never in its text.
class Statement {
public:
  explicit Statement(Dialect dialect) : dialect_(dialect) {}

  struct Bound {
    Cell cell;
    unsigned oid = 0;
  };

  Statement& add(std::string_view text);
  Statement& name(std::string_view identifier);
  Statement& names(const std::vector<std::string>& columns, std::string_view before = "");
  Statement& value(Cell cell, const Column& column);
  Statement& number(std::int64_t value); // as a 64-bit integer
  Statement& plain(std::string text);    // as text

  Dialect dialect() const { return dialect_; }
  const std::string& text() const { return text_; }
  const std::vector<Bound>& values() const { return values_; }

private:
  Statement& bind(Bound bound);

  Dialect dialect_;
  std::string text_;
  std::vector<Bound> values_;
};

// A database's words without what was bound: they go to logs and people.
std::string masked(std::string words, const Statement& statement);

struct Answer {
  std::vector<Row> rows;
  std::size_t changed = 0; // rows that an INSERT, UPDATE or DELETE changed
};

// How a transaction ended. `lost`: nobody told us.
struct Ending {
  enum class Kind { committed, undone, lost };
  Kind kind = Kind::committed;
  Error error{ErrorKind::transient, "", std::nullopt}; // unless committed
};

// For one call: it heeds the call's stop and its bounds in time, and leaves no transaction behind.
// What goes wrong: `transient` (away, busy, deadlock), `unauthorized`, `precondition` (a second row with a unique
// value), `invalid` (any other thing that the database refuses), `cancelled`. No error shows a bound value.
class Session {
public:
  virtual ~Session() = default;
  virtual Dialect dialect() const = 0;
  virtual Result<Answer> run(const Statement& statement) = 0;
  virtual Result<void>
  script(const std::string& sql) = 0; // one or several; what they return is dropped
  virtual Result<void> begin() = 0;   // so that it can write
  virtual Ending commit() = 0;
  virtual void roll_back() = 0;
  // `not_found` when there is none.
  virtual Result<Table> describe(const std::vector<std::string>& name) = 0;
  // Which triggers of ours stand on a table.
  virtual Result<std::vector<std::string>> triggers(const Table& table) = 0;
};

// Where sessions come from. Any thread.
class Database {
public:
  virtual ~Database() = default;
  virtual Dialect dialect() const = 0;
  virtual Result<std::unique_ptr<Session>> connect(std::stop_token stop) = 0;
  virtual Result<std::string> greet(std::stop_token stop) = 0; // what it is, for a person
};

} // namespace gramsetu::connectors::sql
