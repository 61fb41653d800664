// What lies beside the store and says how far it had come: how a store that went back in time is known.
#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "daemon/store/care.hpp"

#include <optional>
#include <string>

namespace gramsetu::runtime {

struct Anchor {
  std::string store;   // the store's name for itself, drawn when it was made
  std::string machine; // a digest of the machine's id; empty: it has none
  store::Heads heads;  // durable when the anchor was written
};

// The store as it is now, with the present machine. A new store is given its name.
Result<Anchor> anchor_of(store::Tx& tx, Ids& ids);

// `<store>.anchor`. Nothing when there is none, or it cannot be read as one.
Result<std::optional<Anchor>> read_anchor(const std::string& store_path);
Result<void> write_anchor(const std::string& store_path, const Anchor& anchor);

} // namespace gramsetu::runtime
