// Looking a store's file over while nobody uses it, mending it, and saving what is left of a broken one.
#pragma once

#include "base/result.hpp"
#include "daemon/store/store.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace gramsetu::store {

// One thing that is wrong with a store.
struct Damage {
  enum class Kind {
    unreadable, // it is no store, or of a newer program, or its pages do not fit together
    index,      // an index says something else than its table
    row,        // a row does not match its checksum
    count,      // what is counted is not what is there
    halves,     // a shadow without its other half
    outbox,     // a row of the outbox contradicts itself
  };
  Kind kind;
  std::string what;      // where, for a person
  std::string word, row; // of `row`: as its checksum names it, "record" and "voucher/V1"
};
std::string_view name_of(Damage::Kind kind);

// Everything that is wrong, at most a thousand of each kind. Changes nothing, also when the store is of another
// version. `invalid` when a hub uses it, or there is none.
Result<std::vector<Damage>> examine(const std::string& path);

struct Mending {
  std::string kept;              // a copy of the store as it was
  std::string removed;           // a database with the rows that were taken out; empty: none was
  std::vector<std::string> done; // one sentence each
};

// Mends everything but `unreadable`: indexes are rebuilt, counts counted, rows that do not match their
// checksum are moved into a database beside the store, and what endpoints can say again of them is read anew.
// The store as it was is kept beside it first, unless it is a copy itself.
Result<Mending> mend(const std::string& path, Instant now, bool keep = true);

struct Salvage {
  std::size_t rows = 0, lost = 0; // lost: at least so many, where it can be known
  std::vector<std::string> notes;
};

// Copies every row that can be read and matches its checksum into a new store at `to`.
Result<Salvage> salvage(const std::string& path, const StoreOptions& to);

} // namespace gramsetu::store
