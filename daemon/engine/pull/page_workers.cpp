// Of a page that is found unchanged, cutting and looking are nearly all of the work: two workers halve it.
#include "daemon/engine/pull/page_workers.hpp"

#include "connectors/api/extract.hpp"

#include <system_error>
#include <utility>

namespace gramsetu::engine {

namespace {

// A hub shares a server of two processors. Of a first load every record is stored, which takes longer than reading it:
// one worker keeps up with that, and a second would only hold another page, which is some ten megabytes.
constexpr std::size_t kWorkers = 2, kWorkersOfLoad = 1;

} // namespace

struct PageWorkers::Desk {
  connectors::PullRequest request;
  Parents parents; // the look's own: the pages before are staged meanwhile
  std::vector<std::string> left_out;

  Desk(Run& run, const connectors::PullRequest& first, bool direct) : request(first)
  {
    request.look = look_of(run, {parents, left_out, direct});
  }
};

PageWorkers::PageWorkers(Run& run, const connectors::PullRequest& first, bool direct)
    : run_(run),
      first_(first),
      direct_(direct),
      ahead_(direct ? kWorkersOfLoad : kWorkers),
      forward_(run.stop, [this] { stop_.request_stop(); })
{
  go_on_at({0, first.page, first.seen, false});
  while (run.services.read_ahead && threads_.size() < ahead_) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      return; // the system has no thread to spare
    }
  }
}

PageWorkers::~PageWorkers()
{
  stop_.request_stop();
}

void PageWorkers::work()
{
  Desk desk(run_, first_, direct_);
  while (const auto place = take()) {
    desk.request.onward = [&](const std::string& next) {
      offer(*place, {place->number + 1, next, place->seen, true});
    };
    fetch_at(desk, *place);
  }
}

// Waits for a page to begin; nothing once the reading is over.
std::optional<PageWorkers::Place> PageWorkers::take()
{
  std::unique_lock lock(mutex_);
  const bool is_open = moved_.wait(lock, stop_.get_token(),
                                   [this] { return open_ && open_->number < wanted_ + ahead_; });
  if (!is_open || stop_.stop_requested()) return std::nullopt;
  return std::exchange(open_, std::nullopt);
}

void PageWorkers::fetch_at(Desk& desk, const Place& place)
{
  desk.request.page = place.page;
  desk.request.seen = place.seen;
  finish(place, fetch(desk));
}

Result<Fetched> PageWorkers::fetch(Desk& desk)
{
  desk.left_out.clear();
  Fetched fetched;
  TRY(fetched.page, run_.flow.connector->pull(desk.request, stop_.get_token()));
  fetched.left_out = std::move(desk.left_out);
  fetched.mapped.reserve(fetched.page.records.size());
  for (const auto& remote : fetched.page.records)
    fetched.mapped.push_back(map_record(run_.flow, remote));
  return fetched;
}

// Only the first word of a page counts, and none of one that is void itself.
void PageWorkers::offer(const Place& place, const Place& after)
{
  const std::lock_guard lock(mutex_);
  if (!is_void(place) && !begun_.contains(after.number)) go_on_at(after);
}

// What was begun on the word of a page that failed, or that goes on elsewhere, is void.
void PageWorkers::finish(const Place& place, Result<Fetched> fetched)
{
  const std::lock_guard lock(mutex_);
  if (is_void(place)) return;
  const bool goes_on = fetched && !fetched->page.last;
  const auto after = begun_.upper_bound(place.number);
  if (!goes_on || after == begun_.end() || after->second != fetched->page.next) {
    begun_.erase(after, begun_.end());
    done_.erase(done_.upper_bound(place.number), done_.end());
    open_.reset();
    if (goes_on)
      go_on_at({place.number + 1, fetched->page.next, fetched->page.cursor, place.early});
  }
  done_.emplace(place.number, Done{std::move(fetched), place.early});
  moved_.notify_all();
}

void PageWorkers::go_on_at(Place place)
{
  begun_[place.number] = place.page;
  open_ = std::move(place);
  moved_.notify_all();
}

bool PageWorkers::is_void(const Place& place) const
{
  const auto begun = begun_.find(place.number);
  return begun == begun_.end() || begun->second != place.page;
}

Result<Fetched> PageWorkers::next()
{
  if (threads_.empty()) {
    if (!own_) own_ = std::make_unique<Desk>(run_, first_, direct_);
    if (const auto place = take()) fetch_at(*own_, *place);
  }
  std::unique_lock lock(mutex_);
  if (!moved_.wait(lock, stop_.get_token(), [this] { return done_.contains(wanted_); }))
    return fail(ErrorKind::cancelled, "stop was requested");
  auto [fetched, early] = std::move(done_.extract(wanted_).mapped());
  begun_.erase(wanted_++);
  moved_.notify_all();
  if (!fetched) return fetched;
  if (early)
    connectors::raise_cursor_to(*first_.stream, fetched->page.cursor, cursor_);
  else
    cursor_ = fetched->page.cursor;
  fetched->page.cursor = cursor_;
  return std::move(fetched);
}

bool PageWorkers::comes_by(std::chrono::steady_clock::time_point until)
{
  if (threads_.empty()) return false;
  std::unique_lock lock(mutex_);
  return moved_.wait_until(lock, stop_.get_token(), until,
                           [this] { return done_.contains(wanted_); });
}

} // namespace gramsetu::engine
