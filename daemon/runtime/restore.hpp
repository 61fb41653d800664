// A backup takes the place of the store, while no hub runs.
#pragma once

#include "connectors/api/transport.hpp"
#include "daemon/store/store.hpp"
#include "schema/value.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace gramsetu::runtime {

struct RestoreOrder {
  std::string file;
  connectors::Secret key; // of an encrypted one
  std::string hub;        // whose backup it must be
  store::StoreOptions store;
  Instant now{};
};

struct RestoreDone {
  schema::Object manifest;        // what the backup says of itself; empty: it is a bare store
  std::vector<std::string> moved; // files of the store as it was, where they lie now
  std::size_t documents = 0;      // that are beside the store again
};

// Opens the backup, brings a copy to this program's schema and reads all of it; only then the present
// store is moved aside, and nothing of it is deleted. Documents that are there already stay. The store says at
// its next start that it was rewound.
// `precondition` while a hub runs; `invalid` when the file is no backup of this hub, or the key is not its
// key; `corrupt` when the backup is damaged. Then everything is as it was.
Result<RestoreDone> restore(const RestoreOrder& order);

} // namespace gramsetu::runtime
