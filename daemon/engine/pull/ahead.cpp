// Fetching needs the network and a processor, storing the disk and another.
#include "daemon/engine/pull/ahead.hpp"

namespace gramsetu::engine {

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

Result<Fetched> Ahead::next()
{
  auto fetched = coming_.get();
  if (!fetched || fetched->page.last) return fetched;
  request_.page = fetched->page.next;
  request_.seen = fetched->page.cursor;
  begin();
  return fetched;
}

} // namespace gramsetu::engine
