// A commit waits for the disk, so pages of which little is left after a look share one.
#include "daemon/engine/pull/ahead.hpp"

#include "daemon/engine/limits.hpp"

namespace gramsetu::engine {

namespace {

// What was read is stored within that time: so much is read again after a death.
constexpr std::chrono::milliseconds kHeldAtMost{500};
// Of a page whose records are all known, their keys are held.
constexpr std::size_t kPagesHeld = 100;

} // namespace

Result<std::vector<Fetched>> Ahead::next()
{
  if (failed_) return tl::unexpected<Error>(*failed_);
  const auto until = std::chrono::steady_clock::now() + kHeldAtMost;
  std::vector<Fetched> pages;
  std::size_t records = 0;
  do {
    auto fetched = workers_.next();
    if (!fetched && pages.empty()) return tl::unexpected<Error>(fetched.error());
    if (!fetched) {
      failed_ = fetched.error();
      return pages;
    }
    records += fetched->page.records.size() + fetched->page.bad.size();
    pages.push_back(std::move(*fetched));
    if (pages.back().page.last) return pages;
  } while (records < kBatchRecords && pages.size() < kPagesHeld && workers_.comes_by(until));
  return pages;
}

} // namespace gramsetu::engine
