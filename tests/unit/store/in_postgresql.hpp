// A store in a database of the test's own, whichever engine the contract's tests run on.
#pragma once

#include "tests/support/postgres.hpp"
#include "tests/unit/store/outside.hpp"

#include <memory>
#include <string>

namespace gramsetu::test {

inline store::StoreOptions fresh()
{
  store::StoreOptions options;
  options.views = {{"voucher", {{"amount", true}, {"payee", false}, {"order", false}}}};
  use_fresh_database(options);
  return options;
}

// Null where PostgreSQL is not installed.
inline std::unique_ptr<StoreFixture> in_postgresql()
{
  if (!Postgres::get()) return nullptr;
  auto made = std::make_unique<StoreFixture>();
  made->store.reset();
  made->options = fresh();
  made->store = made->open();
  return made;
}

inline bool has(const Error& error, const std::string& words)
{
  return error.what.find(words) != std::string::npos;
}

} // namespace gramsetu::test
