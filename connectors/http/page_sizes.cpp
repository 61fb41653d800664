// Halved at once, grown slowly: what breaks costs a whole page, what is too small costs little.
#include "connectors/http/page_sizes.hpp"

#include <algorithm>
#include <optional>

namespace gramsetu::connectors::http {

namespace {

// Full pages that must have come before the size is trusted to grow.
constexpr std::size_t kTrusted = 4;

std::size_t clamped(const SizeRange& range, std::size_t size)
{
  return std::clamp(size, range.least, range.most);
}

} // namespace

std::size_t PageSizes::size_of(const std::string& stream, const SizeRange& range,
                               std::size_t carried)
{
  if (!range.varies()) return range.most;
  const std::lock_guard lock(mutex_);
  const auto known = sizes_.find(stream);
  if (known != sizes_.end()) return clamped(range, known->second.now);
  if (carried == 0) return range.most;
  set(stream, range, clamped(range, carried));
  return clamped(range, carried);
}

void PageSizes::came(const std::string& stream, const SizeRange& range, std::size_t asked,
                     std::size_t records)
{
  if (!range.varies()) return;
  const std::lock_guard lock(mutex_);
  const auto known = sizes_.find(stream);
  // One that was smaller says nothing of what is asked for now.
  if (known == sizes_.end() || asked < known->second.now) return;
  Size& size = known->second;
  size.came += records;
  if (size.came < kTrusted * size.now) return;
  set(stream, range, clamped(range, size.now + std::max<std::size_t>(1, size.now / 4)));
}

std::size_t PageSizes::broke(const std::string& stream, const SizeRange& range, std::size_t asked)
{
  if (!range.varies()) return range.most;
  const std::lock_guard lock(mutex_);
  const auto known = sizes_.find(stream);
  const auto now = known == sizes_.end() ? range.most : clamped(range, known->second.now);
  const auto smaller = std::min(now, clamped(range, asked / 2));
  set(stream, range, smaller);
  return smaller;
}

// With the lock held.
void PageSizes::set(const std::string& stream, const SizeRange& range, std::size_t now)
{
  sizes_[stream] = {now, 0};
  traffic_->smaller_pages(stream, now < range.most ? std::optional(now) : std::nullopt);
}

} // namespace gramsetu::connectors::http
