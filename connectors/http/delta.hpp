// Reading what changed between two times, in windows that the endpoint can bear.
#pragma once

#include "connectors/http/request_plan.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::http {

// window:
//   from: updatedFrom    the parameters that carry its two ends
//   to: updatedTo
//   format: dd-MM-yyyy   of both; `zone` where it has none
//   length: 30d          of one window
//   overlap: 1d          how much before the last end the next reading begins: what was committed late, or
//                        on the same day, comes again
//   start: 2019-04-01    where the first reading begins; without it that one has no window: all is read
struct DeltaPlan {
  std::string from, to;
  std::string format = "iso";
  std::optional<std::chrono::minutes> zone;
  std::chrono::milliseconds length{std::chrono::days(30)}, overlap{std::chrono::days(1)};
  std::optional<Instant> start;
};

std::optional<DeltaPlan> read_delta(const schema::Node& pull, NodeReader& reader);

// Where a pull stands among its windows: with the place inside one, what travels as `Page::next`.
struct Delta {
  std::optional<Instant> from; // of this window; none: all there is
  Instant until;               // the end of the last one, fixed when the pull began
  std::string inner;           // place in the pages of this window

  Instant to(const DeltaPlan& plan) const; // the end of this window
  bool last(const DeltaPlan& plan) const { return to(plan) == until; }
};

// `since` is the end of the last window that was read, as `Page::cursor` said it.
Result<Delta> begin_delta(const DeltaPlan& plan, const std::string& since, Instant now);
Result<Delta> decode_delta(const std::string& page);
std::string encode(const Delta& delta);

std::vector<Extra> delta_extras(const DeltaPlan& plan, const Delta& delta);

} // namespace gramsetu::connectors::http
