// Which parents are there: asked once, and again when records of their kind have moved.
#pragma once

#include "daemon/engine/flow.hpp"
#include "daemon/store/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

namespace gramsetu::engine {

// Must the record of this parent be there before the flow's own?
bool is_enforced(const Flow& flow, const schema::Parent& parent);

// What one run knows of parents. Of the flow's own entity nothing is kept: its pages move them.
class Parents {
public:
  // Forgets what has changed. Once in each transaction, before it asks.
  Result<void> refresh(store::Tx& tx, const Flow& flow);
  Result<bool> is_there(store::Tx& tx, const Flow& flow, const std::string& entity,
                        std::string_view key);

private:
  // Looked at for each record of each page: no text is put together for it.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Keys = std::unordered_set<std::string, Hash, std::equal_to<>>;

  std::int64_t as_of_ = 0;                         // the newest change when `there_` was true
  std::map<std::string, Keys, std::less<>> there_; // by entity
};

} // namespace gramsetu::engine
