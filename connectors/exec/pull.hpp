// Pages out of what a tap said.
#pragma once

#include "connectors/exec/tap.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <string>

namespace gramsetu::connectors::exec {

// The first page of a slice runs the tap to its end; all pages are read from what it said. Safe to use from
// any thread.
class Puller {
public:
  explicit Puller(std::shared_ptr<const Context> context) : context_(std::move(context)) {}
  Result<Page> pull(const PullRequest& request, std::stop_token stop);

private:
  struct Session {
    std::string
        id; // tells one run's words from another's: a page of other words is no page of these
    Reading reading;
  };
  using Shared = std::shared_ptr<const Session>;

  Result<Shared> run(const PullRequest& request, std::stop_token stop);
  Shared known(const std::string& id);

  std::shared_ptr<const Context> context_;
  std::mutex mutex_;            // guards `sessions_`
  std::deque<Shared> sessions_; // the newest last
};

} // namespace gramsetu::connectors::exec
