// A PostgreSQL database: how it is connected to, described and used.
#include "connectors/sql/postgres.hpp"

#include "connectors/sql/address.hpp"
#include "connectors/sql/link.hpp"
#include "connectors/sql/login.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <mutex>

namespace gramsetu::connectors::sql {

namespace {

constexpr std::size_t kKeptLinks = 4;
constexpr std::chrono::milliseconds kCommitGrace{2'000}; // a stop waits for an outcome so long

// PostgreSQL's numbers of its types, fixed for ever.
ColumnType type_of(unsigned oid, std::string_view category)
{
  switch (oid) {
  case 16: return ColumnType::boolean;
  case 17: return ColumnType::bytes;
  case 20:
  case 21:
  case 23: return ColumnType::integer;
  case 114:
  case 3802: return ColumnType::json;
  case 700:
  case 701: return ColumnType::real;
  case 790:
  case 1700: return ColumnType::numeric;
  case 1082: return ColumnType::date;
  case 1114: return ColumnType::local_time;
  case 1184: return ColumnType::instant;
  default: break;
  }
  // Arrays, composites, ranges and pseudo-types.
  return category == "A" || category == "C" || category == "R" || category == "P"
             ? ColumnType::other
             : ColumnType::text;
}

struct Links {
  std::mutex mutex;
  std::vector<std::unique_ptr<Link>> idle; // guarded by it
};

class PostgresSession final : public Session {
public:
  PostgresSession(std::unique_ptr<Link> link, Links& links) : link_(std::move(link)), links_(links)
  {
  }

  ~PostgresSession() override
  {
    if (!link_->is_idle()) return; // with the connection goes its transaction
    const std::lock_guard lock(links_.mutex);
    if (links_.idle.size() < kKeptLinks) links_.idle.push_back(std::move(link_));
  }

  Dialect dialect() const override { return Dialect::postgres; }
  Result<Answer> run(const Statement& statement) override { return link_->run(statement); }
  Result<void> script(const std::string& sql) override { return link_->script(sql); }
  Result<void> begin() override { return link_->script("BEGIN"); }

  Ending commit() override
  {
    link_->set_grace(kCommitGrace);
    return link_->commit();
  }

  void roll_back() override { static_cast<void>(link_->script("ROLLBACK")); }

  Result<Table> describe(const std::vector<std::string>& name) override
  {
    Statement statement(Dialect::postgres);
    statement.add("SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, -1),"
                  " CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END::bigint,"
                  " CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,"
                  " a.attnotnull, t.typcategory::text"
                  " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                  " ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
                  " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
                  " WHERE c.oid = to_regclass(");
    statement.plain(quoted(name))
        .add(") AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum");
    TRY(const Answer answer, run(statement));
    if (answer.rows.empty())
      return fail(ErrorKind::not_found,
                  fmt::format("there is no table or view {}", fmt::join(name, ".")));
    Table table{{answer.rows[0][0].text, answer.rows[0][1].text}, {}};
    for (const Row& row : answer.rows)
      table.columns.push_back(column_of(row));
    return table;
  }

  Result<std::vector<std::string>> triggers(const Table& table) override
  {
    Statement statement(Dialect::postgres);
    statement.add(
        "SELECT t.tgname::text FROM pg_catalog.pg_trigger t WHERE t.tgrelid = to_regclass(");
    statement.plain(quoted(table.name));
    statement.add(") AND NOT t.tgisinternal AND t.tgenabled <> 'D'"
                  " AND starts_with(t.tgname::text, 'gramsetu_')");
    TRY(const Answer answer, run(statement));
    std::vector<std::string> names;
    for (const Row& row : answer.rows)
      names.push_back(row[0].text);
    return names;
  }

private:
  static Column column_of(const Row& row)
  {
    Column column;
    column.name = row[2].text;
    column.declared = row[3].text;
    column.oid = static_cast<unsigned>(std::stoul(row[4].text));
    column.type = type_of(column.oid, row[7].text);
    column.required = row[6].text == "1";
    const int modifier = std::stoi(row[5].text);
    if (column.oid == 1700 && modifier >= 4)
      column.scale = std::max(0, (((modifier - 4) & 0x7ff) ^ 1024) - 1024);
    if (column.oid == 790) {
      column.oid = 1700; // written as what it is: its own text depends on the server's language
      column.scale = 2;
    }
    return column;
  }

  std::unique_ptr<Link> link_;
  Links& links_;
};

class PostgresDatabase final : public Database {
public:
  PostgresDatabase(const EndpointSettings& settings, Address address, Login login, Clock& clock)
      : address_(std::move(address)),
        limits_(settings.limits),
        clock_(clock),
        login_(std::move(login))
  {
  }

  void set_read_only() { read_only_ = true; }

  Dialect dialect() const override { return Dialect::postgres; }

  Result<std::unique_ptr<Session>> connect(std::stop_token stop) override
  {
    while (auto link = take_idle()) {
      link->heed(stop, clock_.ticks() + limits_.total_timeout);
      if (link->is_idle())
        return std::unique_ptr<Session>(std::make_unique<PostgresSession>(std::move(link), links_));
    }
    TRY(auto link, open(stop));
    return std::unique_ptr<Session>(std::make_unique<PostgresSession>(std::move(link), links_));
  }

  Result<std::string> greet(std::stop_token stop) override
  {
    TRY(const auto link, open(stop));
    return fmt::format("{} is a PostgreSQL {} database", address_.shown(), link->version());
  }

private:
  std::unique_ptr<Link> take_idle()
  {
    const std::lock_guard lock(links_.mutex);
    if (links_.idle.empty()) return nullptr;
    auto link = std::move(links_.idle.back());
    links_.idle.pop_back();
    return link;
  }

  Result<std::unique_ptr<Link>> open(const std::stop_token& stop)
  {
    auto link = std::make_unique<Link>(clock_);
    link->heed(stop, clock_.ticks() + limits_.connect_timeout);
    if (auto opened = link->open(login_.words); !opened)
      return within(address_.shown(), std::move(opened.error()));
    link->heed(stop, clock_.ticks() + limits_.total_timeout);
    // The bounds hold at the server, too: a call that was given up does not go on there for ever.
    TRY_VOID(link->script(fmt::format(
        "SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET standard_conforming_strings = on;"
        " SET statement_timeout = {}; SET lock_timeout = {};"
        " SET idle_in_transaction_session_timeout = {}; SET default_transaction_read_only = {}",
        limits_.total_timeout.count(), limits_.first_byte_timeout.count(),
        limits_.total_timeout.count(), read_only_ ? "on" : "off")));
    // Servers that can look whether we are still there; others know no such word.
    static_cast<void>(link->script("SET client_connection_check_interval = 2000"));
    return link;
  }

  const Address address_;
  const Limits limits_;
  Clock& clock_;
  const Login login_;
  bool read_only_ = false;
  Links links_;
};

} // namespace

Result<std::unique_ptr<Database>> postgres_database(const EndpointSettings& settings,
                                                    Services services, bool writes)
{
  TRY(Address address, read_address(settings.url));
  const auto kind = settings.auth.kind;
  if (kind != Auth::Kind::none && kind != Auth::Kind::basic)
    return fail(ErrorKind::invalid, "a PostgreSQL server knows auth: basic or none");
  TRY(Login login, login_of(settings, "gramsetu " + services.hub_name));
  auto database = std::make_unique<PostgresDatabase>(settings, std::move(address), std::move(login),
                                                     services.clock);
  if (!writes) database->set_read_only();
  return std::unique_ptr<Database>(std::move(database));
}

} // namespace gramsetu::connectors::sql
