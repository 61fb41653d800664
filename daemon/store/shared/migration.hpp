// The steps that make the store's schema, engine by engine.
#pragma once

#include <string>
#include <vector>

namespace gramsetu::store {

struct Migration {
  std::string name; // "0001_first": its number is its place in the list, from 1
  std::string sql;
};

// In order; the texts of daemon/store/migrations/*.sql and daemon/store/migrations/postgresql/*.sql (generated
// sources).
std::vector<Migration> sqlite_migrations();
std::vector<Migration> postgresql_migrations();

} // namespace gramsetu::store
