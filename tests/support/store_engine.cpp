// One server a process, one database a path.
#include "tests/support/store_engine.hpp"

#include "base/check.hpp"
#include "tests/support/postgres.hpp"

#include <libpq-fe.h>

#include <cstdlib>
#include <filesystem>
#include <map>

namespace gramsetu::test {

namespace {

std::map<std::string, std::string> words_of(const std::string& database)
{
  const auto folder = std::filesystem::path(Postgres::get()->socket()).parent_path().string();
  return {{"host", folder},
          {"user", "gramsetu"},
          {"dbname", database},
          {"application_name", "gramsetu test"}};
}

using Databases = std::map<std::string, std::map<std::string, std::string>>; // by path

store::StoreOptions at_server()
{
  store::StoreOptions server;
  server.postgresql = words_of("postgres");
  return server;
}

// One whose folder is gone: its test is over. Emptied it is as good as new, and sooner there than one.
bool take_unused(Databases& known, store::StoreOptions& options)
{
  for (auto one = known.begin(); one != known.end(); ++one) {
    if (std::filesystem::exists(std::filesystem::path(one->first).parent_path())) continue;
    options.postgresql = one->second;
    known.erase(one);
    sql_in_database(options, "DROP SCHEMA gramsetu CASCADE");
    return true;
  }
  return false;
}

} // namespace

void choose_engine(store::StoreOptions& options)
{
  static Databases known;
  const char* const chosen = std::getenv("GRAMSETU_TEST_STORE");
  if (!chosen || std::string(chosen) != "postgresql" || !Postgres::get()) return;
  if (const auto same = known.find(options.path); same != known.end()) {
    options.postgresql = same->second;
    return;
  }
  if (!take_unused(known, options)) use_fresh_database(options);
  known[options.path] = options.postgresql;
}

void use_fresh_database(store::StoreOptions& options)
{
  static int made = 0;
  const std::string name = "store" + std::to_string(++made);
  const auto said = sql_in_database(at_server(), "CREATE DATABASE " + name);
  check(said.empty(), "the server makes a database");
  options.postgresql = words_of(name);
}

std::string store_block(const store::StoreOptions& options, const std::string& folder)
{
  if (options.postgresql.empty()) return "{ sqlite: { path: " + options.path + " } }";
  return "{ postgresql: { url: \"" + Postgres::get()->url(options.postgresql.at("dbname")) +
         "\", folder: " + folder + " } }";
}

std::string sql_in_database(const store::StoreOptions& options, const std::string& text)
{
  std::string conninfo;
  for (const auto& [word, value] : options.postgresql)
    conninfo += word + "='" + value + "' ";
  PGconn* const other = PQconnectdb((conninfo + "options='-c search_path=gramsetu "
                                                "-c client_min_messages=warning'")
                                        .c_str());
  PGresult* const result = PQexec(other, text.c_str());
  std::string first = PQresultErrorMessage(result);
  if (first.empty() && PQntuples(result) > 0) first = PQgetvalue(result, 0, 0);
  PQclear(result);
  PQfinish(other);
  return first;
}

} // namespace gramsetu::test
