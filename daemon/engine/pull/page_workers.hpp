// The pages of a slice, several at once: each worker takes one from its request to its mapped records.
#pragma once

#include "daemon/engine/stage/glance.hpp"
#include "daemon/engine/stage/stage.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace gramsetu::engine {

// A page, and all of its staging that needs no store.
struct Fetched {
  connectors::Page page;
  std::vector<Mapped> mapped;        // one a record of the page
  std::vector<std::string> left_out; // keys of what the page does not hold: known by its bytes
};

// Hands pages out in their order, whichever was read first. A page is begun when it is known where it starts: where an
// answer shows that before its records are read (`PullRequest::onward`), two are read at once; elsewhere, and of a
// first load (`direct`), one after the other. With `Services::read_ahead` that is done in threads, without it by who
// asks. The destructor stops what is under way and waits for its end.
class PageWorkers {
public:
  // `first` asks for the slice's first page; `run` outlives this.
  PageWorkers(Run& run, const connectors::PullRequest& first, bool direct);
  ~PageWorkers();
  PageWorkers(const PageWorkers&) = delete;
  PageWorkers& operator=(const PageWorkers&) = delete;

  // Waits for the next page. Not to be called after the last page, or after an error.
  Result<Fetched> next();
  // True when `next` would not wait.
  bool comes_by(std::chrono::steady_clock::time_point until);

private:
  // Where a page starts, and what its request says of those before.
  struct Place {
    std::size_t number = 0; // of the page, from 0
    std::string page, seen;
    bool early = false; // the page before is still read: what it has seen is not in `seen`
  };
  struct Desk; // of one worker: its request, and what it looks at records with
  struct Done {
    Result<Fetched> fetched;
    bool early = false;
  };

  void work();
  std::optional<Place> take();
  void fetch_at(Desk& desk, const Place& place);
  Result<Fetched> fetch(Desk& desk);
  void offer(const Place& place, const Place& after);
  void finish(const Place& place, Result<Fetched> fetched);
  void go_on_at(Place place);
  bool is_void(const Place& place) const;

  Run& run_;
  const connectors::PullRequest first_;
  const bool direct_;
  const std::size_t
      ahead_; // workers, and pages that are read or wait beyond those that were handed out
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
  std::unique_ptr<Desk> own_; // of who asks, where there are no threads

  std::mutex mutex_;                         // guards all below
  std::condition_variable_any moved_;        // any of it has
  std::map<std::size_t, std::string> begun_; // where pages start that were begun and not handed out
  std::optional<Place> open_;                // to be begun
  std::map<std::size_t, Done> done_;
  std::size_t wanted_ = 0;            // the page that is handed out next
  std::string cursor_;                // of the pages that were
  std::vector<std::jthread> threads_; // the last member: they end before what they use
};

} // namespace gramsetu::engine
