// Which parents are there: asked once, and again when records of their kind have moved.
#pragma once

#include "daemon/engine/flow.hpp"
#include "daemon/store/store.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

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
  std::int64_t as_of_ = 0;      // the newest change when `there_` was true
  std::set<std::string> there_; // "local_body/245101"
};

} // namespace gramsetu::engine
