// The pages of a slice, one after the other; the next is fetched and read while the present one is stored.
#pragma once

#include "daemon/engine/stage/glance.hpp"
#include "daemon/engine/stage/stage.hpp"

#include <chrono>
#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace gramsetu::engine {

// A page, and all of its staging that needs no store.
struct Fetched {
  connectors::Page page;
  std::vector<Mapped> mapped;        // one a record of the page
  std::vector<std::string> left_out; // keys of what the page does not hold: known by its bytes
};

// With `Services::read_ahead`, fetching is done in a thread of its own, and what goes wrong there is said when its
// turn comes: after the pages before. The destructor stops what is under way and waits for its end.
class Ahead {
public:
  // `first` asks for the slice's first page; `run` outlives this.
  Ahead(Run& run, connectors::PullRequest first, bool direct);
  ~Ahead() { stop_.request_stop(); }
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;

  // The next pages, at least one: as many as hold little enough to be stored at once, and come soon. Not to be called
  // after the last page, or after an error.
  Result<std::vector<Fetched>> next();

private:
  void begin();
  Result<Fetched> fetch();
  bool comes_by(std::chrono::steady_clock::time_point until);

  Run& run_;
  connectors::PullRequest request_;
  Parents parents_; // the look's own: the pages before are staged meanwhile
  std::vector<std::string> left_out_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
  std::optional<Error> failed_;         // what ended the reading, until its turn
  std::future<Result<Fetched>> coming_; // the last member: it ends before what it uses
};

} // namespace gramsetu::engine
