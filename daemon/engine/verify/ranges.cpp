// Ranges by the head of the key's digest: even, however the keys are made, and the same on both sides.
#include "daemon/engine/verify/ranges.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

// Records that share a range on the average: few enough to look at, many enough that the sum of a range
// does not give a single record away, and a small certificate stays small.
constexpr std::size_t kRecordsARange = 256;

void add(Sum& to, const Sum& what)
{
  to.count += what.count;
  accumulate(to.sum, what.sum);
}

void add(Range& to, const Range& what)
{
  add(to.hub, what.hub);
  add(to.endpoint, what.endpoint);
  to.left_out += what.left_out;
}

bool is_empty(const Range& range)
{
  return range.hub.count + range.endpoint.count + range.left_out == 0;
}

// Hex digits of the name of a range.
std::size_t digits_for(std::size_t records)
{
  if (records <= kRecordsARange) return 0;
  return records <= kRecordsARange * 16 ? 1 : 2;
}

} // namespace

Digest entry_of(std::string_view key, const Digest& digest)
{
  return sha256(std::string(key) + std::string(as_bytes(digest)));
}

Ranges::Ranges()
{
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    Digest head{};
    head[0] = static_cast<std::uint8_t>(i);
    ranges_[i].name = to_hex(head).substr(0, 2);
  }
}

void Ranges::add_hub(std::string_view key, const Digest& digest)
{
  add(ranges_[sha256(key)[0]].hub, {1, entry_of(key, digest)});
}

void Ranges::add_endpoint(std::string_view key, const Digest& digest)
{
  add(ranges_[sha256(key)[0]].endpoint, {1, entry_of(key, digest)});
}

void Ranges::leave_out(std::string_view key)
{
  ++ranges_[sha256(key)[0]].left_out;
}

bool Ranges::agree() const
{
  return std::all_of(ranges_.begin(), ranges_.end(),
                     [](const Range& range) { return range.hub == range.endpoint; });
}

Range Ranges::whole() const
{
  Range all;
  for (const auto& range : ranges_)
    add(all, range);
  return all;
}

std::vector<Range> Ranges::list() const
{
  const auto all = whole();
  const auto digits = digits_for(std::max(all.hub.count, all.endpoint.count));
  std::vector<Range> merged;
  for (const auto& range : ranges_) {
    if (is_empty(range)) continue;
    const auto name = range.name.substr(0, digits);
    if (merged.empty() || merged.back().name != name) merged.push_back({name, {}, {}, 0});
    add(merged.back(), range);
  }
  return merged;
}

} // namespace gramsetu::engine
