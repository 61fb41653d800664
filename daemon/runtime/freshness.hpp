// How old what the hub knows is, place by place.
#pragma once

#include "base/clock.hpp"
#include "connectors/api/stream.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/store/store.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::runtime {

// A place of a flow, and the newest agreement of its stalest slice; none: a slice of it never came whole.
struct PlaceAge {
  std::string place; // what its slices go by, an LGD code; "all" where they go by no place
  std::optional<Instant> at;
};

// The slices that flows have today, which are asked for more often than places come and go. Any thread.
class Freshness {
public:
  // Those of one flow. Opens transactions of its own.
  Result<std::vector<connectors::Slice>> slices(const engine::Flow& flow, store::Store& store,
                                                Clock& clock);

private:
  struct Known {
    Ticks at{};
    std::vector<connectors::Slice> slices;
  };

  std::mutex mutex_; // guards `known_`
  std::map<std::string, Known> known_;
};

// Of a flow that pulls, the stalest place first. A slice that the flow has no more (of a year that is over, of a
// place that is gone) makes nothing stale.
std::vector<PlaceAge> place_ages(const connectors::Stream& stream,
                                 const std::vector<connectors::Slice>& slices,
                                 const std::vector<store::SliceRow>& rows);

} // namespace gramsetu::runtime
