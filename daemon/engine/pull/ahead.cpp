// Fetching needs the network and a processor, storing the disk and another.
#include "daemon/engine/pull/ahead.hpp"

#include "daemon/engine/limits.hpp"

namespace gramsetu::engine {

namespace {

// What was read is stored within that time: so much is read again after a death.
constexpr std::chrono::milliseconds kHeldAtMost{500};
// Of a page whose records are all known, their keys are held.
constexpr std::size_t kPagesHeld = 100;

} // namespace

Ahead::Ahead(Run& run, connectors::PullRequest first, bool direct)
    : run_(run), request_(std::move(first)), forward_(run.stop, [this] { stop_.request_stop(); })
{
  request_.look = look_of(run, {parents_, left_out_, direct});
  begin();
}

void Ahead::begin()
{
  // Where the system has no thread to spare, the page is fetched when it is asked for.
  const auto when =
      run_.services.read_ahead ? std::launch::async | std::launch::deferred : std::launch::deferred;
  coming_ = std::async(when, [this] { return fetch(); });
}

Result<Fetched> Ahead::fetch()
{
  left_out_.clear();
  Fetched fetched;
  TRY(fetched.page, run_.flow.connector->pull(request_, stop_.get_token()));
  fetched.left_out = std::move(left_out_);
  fetched.mapped.reserve(fetched.page.records.size());
  for (const auto& remote : fetched.page.records)
    fetched.mapped.push_back(map_record(run_.flow, remote));
  return fetched;
}

bool Ahead::comes_by(std::chrono::steady_clock::time_point until)
{
  return coming_.wait_until(until) == std::future_status::ready;
}

// A commit waits for the disk, so pages of which little is left after a look share one.
Result<std::vector<Fetched>> Ahead::next()
{
  if (failed_) return tl::unexpected<Error>(*failed_);
  const auto until = std::chrono::steady_clock::now() + kHeldAtMost;
  std::vector<Fetched> pages;
  std::size_t records = 0;
  do {
    auto fetched = coming_.get();
    if (!fetched && pages.empty()) return tl::unexpected<Error>(fetched.error());
    if (!fetched) {
      failed_ = fetched.error();
      return pages;
    }
    records += fetched->page.records.size() + fetched->page.bad.size();
    pages.push_back(std::move(*fetched));
    const auto& page = pages.back().page;
    if (page.last) return pages;
    request_.page = page.next;
    request_.seen = page.cursor;
    begin();
  } while (records < kBatchRecords && pages.size() < kPagesHeld && comes_by(until));
  return pages;
}

} // namespace gramsetu::engine
