// From slices to places.
#include "daemon/runtime/freshness.hpp"

#include "daemon/engine/pull/slices.hpp"

#include <algorithm>

namespace gramsetu::runtime {

namespace {

using connectors::SliceDimension;

// Listing the places of a district costs a look at each of them.
constexpr std::chrono::minutes kKept{1};

// The finest place that slices go by, or nothing.
const SliceDimension* place_dimension(const connectors::Stream& stream)
{
  const SliceDimension* finest = nullptr;
  const auto rank = [](const SliceDimension* dimension) {
    if (!dimension) return 0;
    switch (dimension->source) {
    case SliceDimension::Source::children: return 3;
    case SliceDimension::Source::area_district: return 2;
    case SliceDimension::Source::area_state: return 1;
    default: return 0;
    }
  };
  for (const auto& dimension : stream.slices)
    if (rank(&dimension) > rank(finest)) finest = &dimension;
  return finest;
}

} // namespace

Result<std::vector<connectors::Slice>> Freshness::slices(const engine::Flow& flow,
                                                         store::Store& store, Clock& clock)
{
  const Ticks now = clock.ticks();
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(flow.id);
    if (found != known_.end() && now - found->second.at < kKept) return found->second.slices;
  }
  TRY(auto slices, engine::slices_of(flow, store, clock));
  if (slices.empty()) return slices; // the places may come any moment
  const std::lock_guard lock(mutex_);
  known_[flow.id] = {now, slices};
  return slices;
}

std::vector<PlaceAge> place_ages(const connectors::Stream& stream,
                                 const std::vector<connectors::Slice>& slices,
                                 const std::vector<store::SliceRow>& rows)
{
  std::map<std::string, std::optional<Instant>> complete, places;
  for (const auto& row : rows)
    complete[row.slice] = row.complete_at;
  const auto* dimension = place_dimension(stream);
  for (const auto& slice : slices) {
    const std::string place = dimension ? slice.part.at(dimension->name) : "all";
    const auto at = complete[slice.id];
    const auto [known, is_new] = places.emplace(place, at);
    if (!is_new && (!at || (known->second && *at < *known->second))) known->second = at;
  }
  std::vector<PlaceAge> ages;
  for (auto& [place, at] : places)
    ages.push_back({place, at});
  std::stable_sort(ages.begin(), ages.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; }); // none is first
  return ages;
}

} // namespace gramsetu::runtime
