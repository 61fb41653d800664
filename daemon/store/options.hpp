// What a store is opened with.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gramsetu::store {

// A typed, read-only view of one entity, for people with a SQL prompt: SELECT * FROM voucher.
struct ViewColumn {
  std::string name; // the field
  bool integer = false;
};
struct View {
  std::string entity;
  std::vector<ViewColumn> columns;
};

struct StoreOptions {
  std::string path; // SQLite: the file; its folder must exist
  std::vector<View> views;
  std::size_t cache_bytes = 8 << 20;
  // PostgreSQL in place of SQLite, unless empty: libpq's keywords and values, of which no log may know.
  std::map<std::string, std::string> postgresql{};
  std::shared_ptr<const void> held{}; // what they need while the store is opened
};

} // namespace gramsetu::store
